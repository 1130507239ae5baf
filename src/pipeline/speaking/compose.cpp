// compose.cpp: outside the face box a picture is the template's, so it is copied; only the box's area is new.
#include "pipeline/speaking/compose.hpp"

#include <cstring>
#include <utility>

#include "kernels/pixels/bgr_to_i420.hpp"

namespace framegen {
Composer::Composer(PixelFormat format, int width, int height) : format_(format) {
  if (format != PixelFormat::kI420) bgr_ = Image(width, height);
  if (format != PixelFormat::kBgr) planes_ = I420Image(width, height);
}

Frame Composer::compose(const FinishedFace& face) {
  Frame frame;
  frame.index = face.index;
  frame.template_frame = face.template_frame;
  frame.width = face.prepared->bgr->width();
  frame.height = face.prepared->bgr->height();
  frame.box = face.prepared->box;
  const bool plain = face.area == nullptr;
  frame.untouched = plain;
  if (format_ != PixelFormat::kI420) {
    if (!plain) fill_bgr(face);
    frame.bgr = plain ? face.prepared->bgr->view() : std::as_const(bgr_).view();
  }
  if (format_ != PixelFormat::kBgr) {
    if (!plain) fill_planes(face);
    const I420View view = plain ? face.prepared->i420().view() : std::as_const(planes_).view();
    frame.planes = view.planes;
    frame.plane_strides = view.strides;
  }
  return frame;
}

void Composer::fill_bgr(const FinishedFace& face) {
  const Rectangle& area = face.prepared->area;
  std::memcpy(bgr_.data(), face.prepared->bgr->data(), bgr_.bytes());
  copy_pixels(face.area->view(), bgr_.view().crop(area.x, area.y, area.width, area.height));
}

void Composer::fill_planes(const FinishedFace& face) {
  const I420Image& ready = face.prepared->i420();
  std::memcpy(planes_.view().planes[0], ready.view().planes[0], planes_.bytes());
  const Rectangle& area = face.prepared->area;
  bgr_to_i420(face.area->view(), area.x, area.y, planes_.view());
}

}  // namespace framegen
