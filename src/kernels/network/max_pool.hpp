// max_pool.hpp: the largest of each window of a picture, for every channel; no padding.
#pragma once

#include <cstddef>

#include "kernels/network/conv2d.hpp"
#include "kernels/network/row_range.hpp"

namespace framegen {

// The kernel must not be larger than the picture.
struct PoolShape {
  std::size_t height = 0, width = 0, channels = 0;  // of the input
  std::size_t kernel_height = 1, kernel_width = 1;
  std::size_t stride_y = 1, stride_x = 1;

  std::size_t out_height() const { return conv_out(height, 0, kernel_height, stride_y); }
  std::size_t out_width() const { return conv_out(width, 0, kernel_width, stride_x); }
};

// x [height][width][channels] → the rows [rows.begin, rows.end) of y [out height][out width][channels].
void max_pool(const PoolShape& shape, const float* x, RowRange rows, float* y);

namespace reference {
void max_pool(const PoolShape& shape, const float* x, float* y);
}  // namespace reference

}  // namespace framegen
