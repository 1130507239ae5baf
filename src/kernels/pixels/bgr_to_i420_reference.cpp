// bgr_to_i420_reference.cpp: pixels → BT.709 planes, plainly, one sample at a time.
#include <algorithm>

#include "kernels/pixels/bgr_to_i420.hpp"

namespace framegen::reference {
namespace {

const std::uint8_t* pixel(ImageView part, int x, int y) {
  return part.row(std::min(y, part.height - 1)) + 3 * std::min(x, part.width - 1);
}

}  // namespace

void bgr_to_i420(ImageView part, int x, int y, const MutableI420View& frame) {
  using W = Bt709;
  for (int j = 0; j < part.height + part.height % 2; ++j)
    for (int i = 0; i < part.width + part.width % 2; ++i) {
      if (x + i >= frame.width || y + j >= frame.height) continue;
      const std::uint8_t* const p = pixel(part, i, j);
      frame.planes[0][(y + j) * frame.strides[0] + x + i] =
          static_cast<std::uint8_t>((W::kYR * p[2] + W::kYG * p[1] + W::kYB * p[0] + W::kLumaBias) >> 16);
    }
  for (int j = 0; j < part.height; j += 2)
    for (int i = 0; i < part.width; i += 2) {
      int sum[3];
      for (int c = 0; c < 3; ++c)
        sum[c] = pixel(part, i, j)[c] + pixel(part, i + 1, j)[c] + pixel(part, i, j + 1)[c] +
                 pixel(part, i + 1, j + 1)[c];
      const std::ptrdiff_t at = (y + j) / 2 * frame.strides[1] + (x + i) / 2;
      frame.planes[1][at] = static_cast<std::uint8_t>(
          (W::kCbR * sum[2] + W::kCbG * sum[1] + W::kCbB * sum[0] + W::kChromaBias) >> 18);
      frame.planes[2][at] = static_cast<std::uint8_t>(
          (W::kCrR * sum[2] + W::kCrG * sum[1] + W::kCrB * sum[0] + W::kChromaBias) >> 18);
    }
}

}  // namespace framegen::reference
