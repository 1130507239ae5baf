// jpeg_encoder.hpp: pictures as JPEG, of which only the face box is coded anew.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "pictures/picture_encoder.hpp"
#include "pictures/template_jpegs.hpp"

namespace framegen::server {

// The rest of each picture is the template frame's, coded once (pictures/splice.hpp).
class JpegEncoder : public PictureEncoder {
 public:
  JpegEncoder(int quality, std::shared_ptr<TemplateJpegs> jpegs);
  ~JpegEncoder() override;
  JpegEncoder(const JpegEncoder&) = delete;
  JpegEncoder& operator=(const JpegEncoder&) = delete;
  Result<EncodedPicture> encode(const Frame& frame) override;

 private:
  // A JPEG of `pixels`, BGR.
  Status compress(const ImageView& pixels, std::vector<std::uint8_t>& out);
  Status encode_into_bytes(const Frame& frame);

  int quality_;
  void* turbo_;
  std::shared_ptr<TemplateJpegs> jpegs_;
  std::vector<std::uint8_t> bytes_, face_;
  SpliceScratch scratch_;
};

}  // namespace framegen::server
