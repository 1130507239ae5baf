// conv2d.hpp: a dense convolution of any size, 1×1 first of all, as a packed matrix product
// (docs/reference.md §6).
#pragma once

#include <cstddef>
#include <span>

#include "core/aligned_buffer.hpp"
#include "kernels/network/packing.hpp"
#include "kernels/network/product_precision.hpp"
#include "kernels/network/row_range.hpp"

namespace framegen {

struct ConvShape {
  std::size_t in_channels = 0;
  std::size_t out_channels = 0;
  std::size_t kernel_height = 1, kernel_width = 1;
  std::size_t stride_y = 1, stride_x = 1;
  std::size_t pad_top = 0, pad_left = 0, pad_bottom = 0, pad_right = 0;
};

// Output size along one axis; the padded input must not be smaller than the kernel.
constexpr std::size_t conv_out(std::size_t size, std::size_t pads, std::size_t kernel, std::size_t stride) {
  return (size + pads - kernel) / stride + 1;
}

// Weights in the order in which the instruction set in use reads them; immutable, shared by all threads.
struct PackedConv {
  ConvShape shape;
  PanelForm form;
  AlignedBuffer<float> weights, bias;
  AlignedBuffer<float> factors;  // of bytes alone, as are the scales of all inputs (taps × channels)
  ByteScales inputs;

  std::size_t bytes() const {
    return sizeof(float) *
           (weights.size() + bias.size() + factors.size() + inputs.scale.size() + inputs.inverse.size());
  }
};
// weights [out][in][kernel_height][kernel_width] as in ONNX; bias [out] or null. For bytes `largest` is the
// largest magnitude of each input channel.
PackedConv pack_conv2d(const ConvShape& shape, const float* weights, const float* bias,
                       ProductPrecision precision = ProductPrecision::kFloat32,
                       std::span<const float> largest = {});

// Channels last, rows and pixels without gaps.
struct ConvInput {
  const float* x = nullptr;  // [height][width][in_channels]
  std::size_t height = 0;
  std::size_t width = 0;
  const float* addend = nullptr;  // like the output, added before the ReLU; or null
  bool relu = false;
};

// Floats of scratch memory (aligned for vectors) that one call needs.
std::size_t conv2d_scratch(const PackedConv& packed, const ConvInput& input);
// Writes the output rows [rows.begin, rows.end) of out [out height][out width][out_channels]; the bytes do
// not depend on how the rows are split. `out` overlaps no input.
void conv2d(const PackedConv& packed, const ConvInput& input, RowRange rows, float* out, float* scratch);

namespace reference {
void conv2d(const ConvShape& shape, const float* weights, const float* bias, const ConvInput& input,
            float* out, ProductPrecision precision = ProductPrecision::kFloat32,
            std::span<const float> largest = {});
}  // namespace reference

}  // namespace framegen
