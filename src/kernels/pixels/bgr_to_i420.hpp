// bgr_to_i420.hpp: pixels → the planes that video encoders take: 8-bit 4:2:0, BT.709, limited range.
#pragma once

#include "core/i420.hpp"
#include "framegen/image.hpp"

namespace framegen {

// Writes what the pixels of `part` give; its top left pixel is pixel (x, y) of the frame. x and y are even;
// the part's right and bottom edges are even too, or the picture's own edges, so that no chroma sample is
// split. Both chroma planes have one stride; where the planes are a column or row larger than an odd picture,
// its last one is repeated.
//   whole frame: bgr_to_i420(frame, 0, 0, planes)      face box only: bgr_to_i420(area, area_x, area_y,
//   planes)
// Integers only, the same bytes everywhere. ITU-R BT.709, weights × 65536:
//   Y  = (11966 R + 40254 G +  4064 B + 16·2¹⁶ + 2¹⁵) >> 16
//   Cb = (−6596 R − 22189 G + 28785 B + 128·2¹⁸ + 2¹⁷) >> 18     R, G, B here: sums of 2×2 pixels, so that
//   Cr = (28784 R − 26145 G −  2639 B + 128·2¹⁸ + 2¹⁷) >> 18     a chroma sample sits in their centre
// In an odd last column or row, which has one pixel instead of two, that pixel counts twice.
void bgr_to_i420(ImageView part, int x, int y, const MutableI420View& frame);

// The whole picture; `frame` has its size, padded to even.
inline void bgr_to_i420(ImageView bgr, const MutableI420View& frame) { bgr_to_i420(bgr, 0, 0, frame); }

namespace reference {
void bgr_to_i420(ImageView part, int x, int y, const MutableI420View& frame);
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
