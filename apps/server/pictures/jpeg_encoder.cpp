// jpeg_encoder.cpp: libjpeg-turbo, of the face box alone where that will do.
#include "pictures/jpeg_encoder.hpp"

#include <turbojpeg.h>

namespace framegen::server {

JpegEncoder::JpegEncoder(int quality, std::shared_ptr<TemplateJpegs> jpegs)
    : quality_(quality), turbo_(tjInitCompress()), jpegs_(std::move(jpegs)) {}

JpegEncoder::~JpegEncoder() {
  if (turbo_ != nullptr) tjDestroy(turbo_);
}

Result<EncodedPicture> JpegEncoder::encode(const Frame& frame) {
  FRAMEGEN_TRY(encode_into_bytes(frame));
  return EncodedPicture{bytes_};
}

Status JpegEncoder::compress(const ImageView& pixels, std::vector<std::uint8_t>& out) {
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

Status JpegEncoder::encode_into_bytes(const Frame& frame) {
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

}  // namespace framegen::server
