// row_range.hpp: which rows of an image a call computes, so that threads can share one frame.
#pragma once

#include <cstddef>

namespace framegen {

struct RowRange {
  std::size_t begin = 0;
  std::size_t end = 0;
};

}  // namespace framegen
