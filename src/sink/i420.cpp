// i420.cpp: BT.709 limited-range planes of BGR pictures, in 16-bit fixed point.
#include "sink/i420.hpp"

#include <algorithm>
#include <cassert>

namespace framegen {
namespace {

// ITU-R BT.709: Y' = 0.2126 R + 0.7152 G + 0.0722 B, Cb = (B−Y')/1.8556, Cr = (R−Y')/1.5748; 219 (luma) and
// 224 (chroma) steps for 255, times 65536. Chroma rows sum to 0, so that grey stays grey.
constexpr int kYR = 11966, kYG = 40254, kYB = 4064;
constexpr int kCbR = -6596, kCbG = -22189, kCbB = 28785;
constexpr int kCrR = 28784, kCrG = -26145, kCrB = -2639;
constexpr int kLumaBias = (16 << 16) + (1 << 15);
constexpr int kChromaBias = (128 << 18) + (1 << 17);  // sums of four pixels: two bits more

std::uint8_t luma(const std::uint8_t* p) {
  return static_cast<std::uint8_t>((kYR * p[2] + kYG * p[1] + kYB * p[0] + kLumaBias) >> 16);
}

// Two rows of pixels [x0, x1), x0 even: two rows of Y, one of Cb and Cr.
struct RowPair {
  const std::uint8_t* top;
  const std::uint8_t* bottom;  // the same as `top` below the picture's edge
  std::uint8_t* y_top;
  std::uint8_t* y_bottom;
  std::uint8_t* cb;
  std::uint8_t* cr;
};

void convert_block(const RowPair& rows, int x, int right) {
  const std::uint8_t* const a = rows.top + 3 * x;
  const std::uint8_t* const b = rows.top + 3 * right;
  const std::uint8_t* const c = rows.bottom + 3 * x;
  const std::uint8_t* const d = rows.bottom + 3 * right;
  rows.y_top[x] = luma(a);
  rows.y_top[x + 1] = luma(b);
  rows.y_bottom[x] = luma(c);
  rows.y_bottom[x + 1] = luma(d);
  const int blue = a[0] + b[0] + c[0] + d[0];
  const int green = a[1] + b[1] + c[1] + d[1];
  const int red = a[2] + b[2] + c[2] + d[2];
  rows.cb[x / 2] = static_cast<std::uint8_t>((kCbR * red + kCbG * green + kCbB * blue + kChromaBias) >> 18);
  rows.cr[x / 2] = static_cast<std::uint8_t>((kCrR * red + kCrG * green + kCrB * blue + kChromaBias) >> 18);
}

}  // namespace

void bgr_to_i420(ImageView bgr, MutableI420View to) {
  bgr_to_i420(bgr, Rectangle{0, 0, bgr.width, bgr.height}, to);
}

void bgr_to_i420(ImageView bgr, Rectangle box, MutableI420View to) {
  assert(to.width == next_even(bgr.width) && to.height == next_even(bgr.height));
  const int x0 = std::max(box.x, 0) & ~1;
  const int y0 = std::max(box.y, 0) & ~1;
  const int x1 = std::min(next_even(box.x + box.width), to.width);
  const int y1 = std::min(next_even(box.y + box.height), to.height);
  const int whole_end = std::min(x1, bgr.width & ~1);
  for (int y = y0; y < y1; y += 2) {
    const RowPair rows{bgr.row(y),
                       bgr.row(std::min(y + 1, bgr.height - 1)),
                       to.planes[0] + y * to.strides[0],
                       to.planes[0] + (y + 1) * to.strides[0],
                       to.planes[1] + y / 2 * to.strides[1],
                       to.planes[2] + y / 2 * to.strides[2]};
    int x = x0;
    for (; x < whole_end; x += 2) convert_block(rows, x, x + 1);
    if (x < x1) convert_block(rows, x, x);  // the odd last column, repeated
  }
}

}  // namespace framegen
