// live_blocks.hpp: what of the heap is in use. A program that links live_blocks.cpp gets malloc and free that
// count, for itself and for every shared library in it.
#pragma once

namespace framegen::test {

struct LiveBlocks {
  long blocks = 0;  // taken with malloc and its like, or operator new, and not given back yet
  long bytes = 0;   // their usable sizes
};

LiveBlocks live_blocks();

}  // namespace framegen::test
