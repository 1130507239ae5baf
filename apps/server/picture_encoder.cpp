// picture_encoder.cpp: JPEG by libjpeg-turbo, or the pixels as they are.
#include "picture_encoder.hpp"

#include <turbojpeg.h>

namespace framegen::server {

PictureEncoder::PictureEncoder(VideoFormat format, int quality, int template_frames)
    : format_(format), quality_(quality), kept_(static_cast<std::size_t>(template_frames)) {
  if (format == VideoFormat::kJpeg) turbo_ = tjInitCompress();
}

PictureEncoder::~PictureEncoder() {
  if (turbo_ != nullptr) tjDestroy(turbo_);
}

Status PictureEncoder::jpeg(const Frame& frame, std::vector<std::uint8_t>& out) {
  out.resize(tjBufSize(frame.width, frame.height, TJSAMP_420));
  unsigned char* bytes = out.data();
  unsigned long size = out.size();
  if (turbo_ == nullptr ||
      tjCompress2(turbo_, frame.bgr.data, frame.width, static_cast<int>(frame.bgr.stride), frame.height,
                  TJPF_BGR, &bytes, &size, TJSAMP_420, quality_, TJFLAG_NOREALLOC) != 0)
    return Error{ErrorCode::kInternal, "JPEG", turbo_ == nullptr ? "no memory" : tjGetErrorStr2(turbo_), ""};
  out.resize(size);
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
    case VideoFormat::kJpeg: {
      if (!frame.untouched) {
        FRAMEGEN_TRY(jpeg(frame, bytes_));
        break;
      }
      auto& kept = kept_[static_cast<std::size_t>(frame.template_frame)];
      if (kept.empty()) {
        FRAMEGEN_TRY(jpeg(frame, kept));
        kept.shrink_to_fit();
      }
      return std::span<const std::uint8_t>(kept);
    }
  }
  return std::span<const std::uint8_t>(bytes_);
}

}  // namespace framegen::server
