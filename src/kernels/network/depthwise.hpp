// depthwise.hpp: one small filter per channel, for graphs whose blocks are not fused (docs/reference.md §6).
#pragma once

#include <cstddef>

#include "core/aligned_buffer.hpp"
#include "kernels/network/conv2d.hpp"
#include "kernels/network/row_range.hpp"

namespace framegen {

struct PackedDepthwise {
  ConvShape shape;               // in_channels = out_channels
  AlignedBuffer<float> weights;  // [taps][channels, whole vectors]
  AlignedBuffer<float> bias;     // whole vectors

  std::size_t bytes() const { return sizeof(float) * (weights.size() + bias.size()); }
};
// weights [channels][1][kernel_height][kernel_width] as in ONNX; bias [channels] or null.
PackedDepthwise pack_depthwise(const ConvShape& shape, const float* weights, const float* bias);
// Writes the output rows [rows.begin, rows.end); `out` overlaps no input.
void depthwise(const PackedDepthwise& packed, const ConvInput& input, RowRange rows, float* out);

namespace reference {
void depthwise(const ConvShape& shape, const float* weights, const float* bias, const ConvInput& input,
               float* out);
}  // namespace reference

}  // namespace framegen
