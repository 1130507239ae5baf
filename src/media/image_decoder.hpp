// image_decoder.hpp: JPEG and PNG files → pixels, exactly as libjpeg's defaults give them (docs/reference.md
// §5).
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "core/image.hpp"
#include "framegen/result.hpp"

namespace framegen {

inline constexpr int kMaxImageSide = 16384;

// Keeps the libraries' state from one picture to the next. One thread at a time.
class ImageDecoder {
 public:
  ImageDecoder();
  ImageDecoder(ImageDecoder&&) noexcept;
  ImageDecoder& operator=(ImageDecoder&&) noexcept;
  ~ImageDecoder();

  // Into `image`, whose memory is kept where the size fits. `name` stands in errors; `width` and `height`,
  // where not 0, are what the picture must have. Errors: kBadInput (no JPEG or PNG, truncated, damaged,
  // another size, larger than kMaxImageSide), kInternal (no memory).
  Status decode(std::span<const std::uint8_t> file, const std::string& name, Image& image, int width = 0,
                int height = 0);

 private:
  struct Jpeg;
  Status decode_jpeg(std::span<const std::uint8_t> file, const std::string& name, Image& image);
  std::unique_ptr<Jpeg> jpeg_;
  int width_ = 0;  // asked for by the current call
  int height_ = 0;
};

}  // namespace framegen
