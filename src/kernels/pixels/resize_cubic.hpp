// resize_cubic.hpp: the reference's cubic resize of 8-bit BGR, OpenCV's INTER_CUBIC bit by bit
// (docs/reference.md §5).
#pragma once

#include <cstdint>
#include <vector>

#include "core/aligned_buffer.hpp"
#include "framegen/image.hpp"

namespace framegen {

// A picture with another one laid over its inner part; that one may be empty.
struct LaidPicture {
  ImageView outer, inner;
  int inset = 0;  // of `inner` from the left and from the top
};

// One axis of a resize: every output is a sum of four neighbouring inputs; those outside repeat the edge's.
struct CubicAxis {
  std::vector<std::int32_t> first;  // of each output's four: −2 … from−2
  std::vector<float> weights;       // four for each output, whole numbers: 2048 is one
};

// What a resize needs beside the pictures; made for a pair of sizes, kept for the next of the same. One
// thread at a time.
struct CubicScratch {
  int from_width = 0, from_height = 0, to_width = 0, to_height = 0;
  CubicAxis x, y;
  AlignedBuffer<std::uint8_t> row;  // of the source, its edges repeated
  AlignedBuffer<float> sums;        // four rows, resized along x

  // Asks for memory only where there was never so much. Throws std::bad_alloc.
  void fit(ImageView from, MutableImageView to);
};

//   source row ──► four weighted neighbours, whole numbers ──► four such rows, weighted ──► 8-bit row
// Along y floats are multiplied and added as OpenCV's vectors do, in whole groups of eight values, and whole
// numbers in the rest of the row: a sum that lies within a bit of a half is rounded otherwise there.
// `scratch` was fitted to from.outer and `to`, both not empty; `inner` lies within `outer`.
void resize_cubic(const LaidPicture& from, CubicScratch& scratch, MutableImageView to);

namespace reference {
void resize_cubic(const LaidPicture& from, MutableImageView to);
}  // namespace reference

}  // namespace framegen
