// compose.cpp: outside the face box a picture is the template's, so it is copied; only the box's area is new.
#include "pipeline/speaking/compose.hpp"

#include <cstring>
#include <utility>

#include "kernels/pixels/bgr_to_i420.hpp"

namespace framegen {
Composer::Composer(PixelFormat format, int width, int height)
    : format_(format), width_(width), height_(height) {
  pictures_.reserve(kMostKept);
  pictures_.push_back(std::make_shared<Picture>(make()));
}

Composer::Picture Composer::make() const {
  Picture picture;
  if (format_ != PixelFormat::kI420) picture.bgr = Image(width_, height_);
  if (format_ != PixelFormat::kBgr) picture.planes = I420Image(width_, height_);
  return picture;
}

// One that nobody holds. Beyond kMostKept the picture that was taken longest ago is left to who holds it.
const std::shared_ptr<Composer::Picture>& Composer::free_picture() {
  for (const auto& picture : pictures_) {
    if (picture.use_count() != 1) continue;
    // The count alone is no meeting of threads: a holder's last reads come before its letting go, and this
    // counting up and down comes after that.
    auto met = picture;
    met.reset();
    return picture;
  }
  auto picture = std::make_shared<Picture>(make());
  if (pictures_.size() < kMostKept) return pictures_.emplace_back(std::move(picture));
  oldest_ = (oldest_ + 1) % kMostKept;
  return pictures_[oldest_] = std::move(picture);
}

Frame Composer::compose(const FinishedFace& face) {
  Frame frame;
  frame.index = face.index;
  frame.template_frame = face.template_frame;
  frame.width = face.prepared->bgr->width();
  frame.height = face.prepared->bgr->height();
  frame.box = face.prepared->box;
  frame.untouched = face.area == nullptr;
  ImageView bgr;
  I420View planes;
  if (frame.untouched) {
    if (format_ != PixelFormat::kI420) bgr = face.prepared->bgr->view();
    if (format_ != PixelFormat::kBgr) planes = face.prepared->i420().view();
    frame.memory = face.prepared;
  } else {
    const std::shared_ptr<Picture>& picture = free_picture();
    if (format_ != PixelFormat::kI420) fill_bgr(face, picture->bgr);
    if (format_ != PixelFormat::kBgr) fill_planes(face, picture->planes);
    bgr = std::as_const(picture->bgr).view();
    planes = std::as_const(picture->planes).view();
    frame.memory = picture;
  }
  if (format_ != PixelFormat::kI420) frame.bgr = bgr;
  if (format_ != PixelFormat::kBgr) {
    frame.planes = planes.planes;
    frame.plane_strides = planes.strides;
  }
  return frame;
}

void Composer::fill_bgr(const FinishedFace& face, Image& bgr) {
  const Rectangle& area = face.prepared->area;
  std::memcpy(bgr.data(), face.prepared->bgr->data(), bgr.bytes());
  copy_pixels(face.area->view(), bgr.view().crop(area.x, area.y, area.width, area.height));
}

void Composer::fill_planes(const FinishedFace& face, I420Image& planes) {
  const I420Image& ready = face.prepared->i420();
  std::memcpy(planes.view().planes[0], ready.view().planes[0], planes.bytes());
  const Rectangle& area = face.prepared->area;
  bgr_to_i420(face.area->view(), area.x, area.y, planes.view());
}

}  // namespace framegen
