// image_fuzz.cpp: any bytes as a JPEG or PNG picture: pixels of the told size, or refused in words.
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "media/image_decoder.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static framegen::ImageDecoder decoder;  // its state must survive every picture
  framegen::Image image;
  // Half of the inputs ask for a size, as templates do: large pictures are refused before they are decoded.
  const int width = size % 2 == 0 ? 16 : 0;
  const auto status = decoder.decode({data, size}, "fuzz", image, width, width);
  if (!status) {
    if (status.error().what.empty()) std::abort();
    return 0;
  }
  if (image.empty() || image.width() > framegen::kMaxImageSide || (width != 0 && image.width() != width))
    std::abort();
  return 0;
}
