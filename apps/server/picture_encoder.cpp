// picture_encoder.cpp: JPEG by libjpeg-turbo, of the face box alone where that will do, or the pixels as they
// are.
#include "picture_encoder.hpp"

#include <turbojpeg.h>

namespace framegen::server {

PictureEncoder::PictureEncoder(VideoFormat format, int quality, std::shared_ptr<TemplateJpegs> jpegs)
    : format_(format), quality_(quality), jpegs_(std::move(jpegs)) {
  if (format == VideoFormat::kJpeg) turbo_ = tjInitCompress();
}

PictureEncoder::~PictureEncoder() {
  if (turbo_ != nullptr) tjDestroy(turbo_);
}

Status PictureEncoder::compress(const ImageView& pixels, std::vector<std::uint8_t>& out) {
  out.resize(tjBufSize(pixels.width, pixels.height, TJSAMP_420));
  unsigned char* bytes = out.data();
  unsigned long size = out.size();
  if (turbo_ == nullptr ||
      tjCompress2(turbo_, pixels.data, pixels.width, static_cast<int>(pixels.stride), pixels.height, TJPF_BGR,
                  &bytes, &size, TJSAMP_420, quality_, TJFLAG_NOREALLOC) != 0)
    return Error{ErrorCode::kInternal, "JPEG", turbo_ == nullptr ? "no memory" : tjGetErrorStr2(turbo_), ""};
  out.resize(size);
  return {};
}

Status PictureEncoder::jpeg(const Frame& frame) {
  const auto kept = jpegs_->find(frame.template_frame);
  if (frame.untouched && kept != nullptr && kept->untouched()) {
    kept->whole(bytes_);
    return {};
  }
  const Rectangle rectangle = whole_mcus(frame.box, frame.width, frame.height);
  if (!frame.untouched && kept != nullptr && kept->rectangle() == rectangle) {
    FRAMEGEN_TRY(
        compress(frame.bgr.crop(rectangle.x, rectangle.y, rectangle.width, rectangle.height), face_));
    return kept->splice(face_, scratch_, bytes_);
  }
  FRAMEGEN_TRY(compress(frame.bgr, bytes_));
  if (rectangle.width == 0 || rectangle.height == 0 || !jpegs_->has_room(bytes_.size())) return {};
  jpegs_->keep(frame.template_frame, FRAMEGEN_TRY(KeptJpeg::create(bytes_, rectangle, frame.untouched)));
  return {};
}

void PictureEncoder::copy_rows(const std::uint8_t* from, std::ptrdiff_t stride, int width, int height) {
  for (int y = 0; y < height; ++y) bytes_.insert(bytes_.end(), from + y * stride, from + y * stride + width);
}

Result<std::span<const std::uint8_t>> PictureEncoder::encode(const Frame& frame) {
  bytes_.clear();
  switch (format_) {
    case VideoFormat::kNone:
      break;
    case VideoFormat::kBgr:
      copy_rows(frame.bgr.data, frame.bgr.stride, 3 * frame.width, frame.height);
      break;
    case VideoFormat::kI420: {
      const int width = (frame.width + 1) / 2, height = (frame.height + 1) / 2;
      copy_rows(frame.planes[0], frame.plane_strides[0], 2 * width, 2 * height);
      copy_rows(frame.planes[1], frame.plane_strides[1], width, height);
      copy_rows(frame.planes[2], frame.plane_strides[2], width, height);
      break;
    }
    case VideoFormat::kJpeg:
      FRAMEGEN_TRY(jpeg(frame));
      break;
  }
  return std::span<const std::uint8_t>(bytes_);
}

}  // namespace framegen::server
