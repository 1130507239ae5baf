// bgr_to_i420.hpp: pixels → the planes that video encoders take: 8-bit 4:2:0, BT.709, limited range.
#pragma once

#include <cstddef>
#include <cstdint>

#include "framegen/image.hpp"

namespace framegen {

// Planes of a whole frame, borrowed. `width` and `height` are those of the luma plane: the picture's own, or
// rounded up to even (H.264 has no odd sizes), then the picture's last column and row are repeated. Chroma
// planes have ⌈width/2⌉ × ⌈height/2⌉ samples.
struct I420Planes {
  std::uint8_t* y = nullptr;
  std::uint8_t* cb = nullptr;
  std::uint8_t* cr = nullptr;
  std::ptrdiff_t y_stride = 0;
  std::ptrdiff_t c_stride = 0;  // of both chroma planes
  int width = 0;
  int height = 0;
};

// Writes what the pixels of `part` give; its top left pixel is pixel (x, y) of the frame. x and y are even;
// the part's right and bottom edges are even too, or the picture's own edges, so that no chroma sample is
// split.
//   whole frame: bgr_to_i420(frame, 0, 0, planes)      face box only: bgr_to_i420(area, area_x, area_y,
//   planes)
// Integers only, the same bytes everywhere. ITU-R BT.709, weights × 65536:
//   Y  = (11966 R + 40254 G +  4064 B + 16·2¹⁶ + 2¹⁵) >> 16
//   Cb = (−6596 R − 22189 G + 28785 B + 128·2¹⁸ + 2¹⁷) >> 18     R, G, B here: sums of 2×2 pixels, so that
//   Cr = (28784 R − 26145 G −  2639 B + 128·2¹⁸ + 2¹⁷) >> 18     a chroma sample sits in their centre
// In an odd last column or row, which has one pixel instead of two, that pixel counts twice.
void bgr_to_i420(ImageView part, int x, int y, const I420Planes& frame);

namespace reference {
void bgr_to_i420(ImageView part, int x, int y, const I420Planes& frame);
}  // namespace reference

// Y' = 0.2126 R + 0.7152 G + 0.0722 B, Cb = (B−Y')/1.8556, Cr = (R−Y')/1.5748; 219 steps for 255 in luma, 224
// in chroma. Chroma's rows sum to 0, so that grey stays grey; luma's sums to 219/255.
struct Bt709 {
  static constexpr int kYR = 11966, kYG = 40254, kYB = 4064;
  static constexpr int kCbR = -6596, kCbG = -22189, kCbB = 28785;
  static constexpr int kCrR = 28784, kCrG = -26145, kCrB = -2639;
  static constexpr int kLumaBias = (16 << 16) + (1 << 15);
  static constexpr int kChromaBias = (128 << 18) + (1 << 17);
};

}  // namespace framegen
