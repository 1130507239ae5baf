// upsample_bilinear.hpp: bilinear enlargement by two with aligned corners, channels last (docs/reference.md
// §6).
#pragma once

#include <cstddef>

#include "kernels/network/row_range.hpp"

namespace framegen {

struct UpsampleShape {
  std::size_t height = 0;  // of the input
  std::size_t width = 0;
  std::size_t channels = 0;
};

// Writes the rows [rows.begin, rows.end) of y [2·height][2·width][channels] from x [height][width][channels].
void upsample_bilinear(const UpsampleShape& shape, const float* x, RowRange rows, float* y);

namespace reference {
void upsample_bilinear(const UpsampleShape& shape, const float* x, float* y);
}  // namespace reference

}  // namespace framegen
