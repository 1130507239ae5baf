// picture_encoder.cpp: the encoder for each format; pixels as they are.
#include "pictures/picture_encoder.hpp"

#include <vector>

#include "pictures/h264_encoder.hpp"
#include "pictures/jpeg_encoder.hpp"

namespace framegen::server {
namespace {

class NoPictures : public PictureEncoder {
 public:
  Result<EncodedPicture> encode(const Frame&) override { return EncodedPicture{}; }
};

class Pixels : public PictureEncoder {
 public:
  explicit Pixels(VideoFormat format) : format_(format) {}

  Result<EncodedPicture> encode(const Frame& frame) override {
    bytes_.clear();
    if (format_ == VideoFormat::kBgr) {
      copy_rows(frame.bgr.data, frame.bgr.stride, 3 * frame.width, frame.height);
    } else {
      const int width = (frame.width + 1) / 2, height = (frame.height + 1) / 2;
      copy_rows(frame.planes[0], frame.plane_strides[0], 2 * width, 2 * height);
      copy_rows(frame.planes[1], frame.plane_strides[1], width, height);
      copy_rows(frame.planes[2], frame.plane_strides[2], width, height);
    }
    return EncodedPicture{bytes_};
  }

 private:
  void copy_rows(const std::uint8_t* from, std::ptrdiff_t stride, int width, int height) {
    for (int y = 0; y < height; ++y)
      bytes_.insert(bytes_.end(), from + y * stride, from + y * stride + width);
  }

  VideoFormat format_;
  std::vector<std::uint8_t> bytes_;
};

}  // namespace

Result<std::unique_ptr<PictureEncoder>> make_picture_encoder(VideoFormat format, int width, int height,
                                                             int quality,
                                                             std::shared_ptr<TemplateJpegs> jpegs) {
  std::unique_ptr<PictureEncoder> encoder;
  switch (format) {
    case VideoFormat::kJpeg:
      encoder = std::make_unique<JpegEncoder>(quality, std::move(jpegs));
      break;
    case VideoFormat::kH264:
      encoder = FRAMEGEN_TRY(H264Encoder::create(width, height, quality));
      break;
    case VideoFormat::kH264Line:
      encoder = FRAMEGEN_TRY(H264Encoder::create_for_line(width, height, quality));
      break;
    case VideoFormat::kI420:
    case VideoFormat::kBgr:
      encoder = std::make_unique<Pixels>(format);
      break;
    case VideoFormat::kNone:
      encoder = std::make_unique<NoPictures>();
      break;
  }
  return encoder;
}

}  // namespace framegen::server
