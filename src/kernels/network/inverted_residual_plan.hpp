// inverted_residual_plan.hpp: in which pieces a fused block is computed, and where its scratch memory lies.
#pragma once

#include <cstddef>

#include "kernels/network/inverted_residual.hpp"

namespace framegen {

// A block is cut into strips of columns; in a strip, output rows are made top to bottom from a ring of three
// expanded rows, in tiles of a few columns, and in chunks of channels. Two orders:
//   rows outside:     for each row, tile, chunk   the ring holds all channels; for large images
//   channels outside: for each chunk, row, tile   weights are read once; for small images with many channels
struct InvertedResidualPlan {
  bool channels_outside = false;
  bool gathered_once = false;     // source and skip, whole, before the first chunk of channels
  std::size_t strip = 0;          // output columns
  std::size_t tile = 0;           // output columns
  std::size_t chunk_blocks = 0;   // vectors of expanded channels
  std::size_t blocks = 0;         // all of them
  std::size_t ring_blocks = 0;    // of which the ring holds so many at a time
  std::size_t ring_width = 0;     // columns of the ring: the strip's input with one column on each side
  std::size_t low_width = 0;      // columns of the ring of rows below the upsampling; 0: there is none
  std::size_t source_blocks = 0;  // vectors of words of source channels
  std::size_t skip_blocks = 0;    // the same of the skip's channels
  std::size_t blended_width =
      0;  // columns of a tile's row below the upsampling; 0: there is no skip beside it

  // Offsets into the scratch memory, in floats.
  std::size_t fractions = 0;  // horizontal upsampling weight of each column
  std::size_t ring = 0;       // [3][ring_blocks][ring_width][lanes]
  std::size_t low = 0;        // [3][ring_blocks][low_width][lanes]
  std::size_t filtered = 0;   // [chunk_blocks][tile][lanes]: depthwise output
  std::size_t gathered = 0;   // source pixels as blocks of channels: a tile's, or all of them
  std::size_t skip = 0;       // the skip's pixels likewise
  std::size_t blended = 0;    // [panel vectors][blended_width][lanes]
  std::size_t floats = 0;     // size of it all
};
InvertedResidualPlan plan_inverted_residual(const PackedInvertedResidual& packed,
                                            const InvertedResidualInput& input);

}  // namespace framegen
