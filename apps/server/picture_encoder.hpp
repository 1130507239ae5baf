// picture_encoder.hpp: a frame as the bytes that a client asked for.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "protocol.hpp"
#include "template_jpegs.hpp"

namespace framegen::server {

// Of a JPEG only the face box is coded anew: the rest is the template frame's, coded once (jpeg/splice.hpp).
// Not thread-safe.
class PictureEncoder {
 public:
  // `jpegs`: of the avatar and quality; null where the format is another one.
  PictureEncoder(VideoFormat format, int quality, std::shared_ptr<TemplateJpegs> jpegs);
  ~PictureEncoder();
  // Borrowed until the next call. Errors: kInternal.
  Result<std::span<const std::uint8_t>> encode(const Frame& frame);

 private:
  // A JPEG of `pixels`, BGR.
  Status compress(const ImageView& pixels, std::vector<std::uint8_t>& out);
  Status jpeg(const Frame& frame);
  void copy_rows(const std::uint8_t* from, std::ptrdiff_t stride, int width, int height);

  VideoFormat format_;
  int quality_;
  void* turbo_ = nullptr;
  std::shared_ptr<TemplateJpegs> jpegs_;
  std::vector<std::uint8_t> bytes_, face_;
  SpliceScratch scratch_;
};

}  // namespace framegen::server
