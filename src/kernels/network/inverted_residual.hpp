// inverted_residual.hpp: 1×1 expand → ReLU → depthwise 3×3 → ReLU → 1×1 project, the tensor in between never
// in memory (docs/reference.md §6).
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "core/aligned_buffer.hpp"
#include "kernels/network/packing.hpp"
#include "kernels/network/product_precision.hpp"
#include "kernels/network/row_range.hpp"
#include "kernels/network/scaled_rows.hpp"

namespace framegen {

struct InvertedResidualShape {
  std::size_t source_channels =
      0;  // of the expand's input; 0: there is no expand, the source is already expanded
  std::size_t expanded = 0;
  std::size_t out_channels = 0;
  std::size_t stride = 1;         // of the depthwise convolution (padding 1): 1 or 2
  std::size_t skip_channels = 0;  // of a second source beside an upsampled one; 0: there is none
};

// Borrowed for the call, in ONNX's own order. Null biases are zero.
struct InvertedResidualWeights {
  const float* expand = nullptr;  // [expanded][source_channels]; null where source_channels is 0
  const float* expand_bias = nullptr;
  const float* depthwise = nullptr;  // [expanded][3][3]
  const float* depthwise_bias = nullptr;
  const float* project = nullptr;  // [out_channels][expanded]
  const float* project_bias = nullptr;
  const float* skip = nullptr;  // [expanded][skip_channels]; null where skip_channels is 0
};

// Nearest to the face a rounded projection is seen first: it may stay finer than what comes before it.
struct InvertedResidualPrecision {
  InvertedResidualPrecision(ProductPrecision all)  // NOLINT(google-explicit-constructor)
      : expand(all), project(all) {}
  InvertedResidualPrecision(ProductPrecision expand_and_skip, ProductPrecision last)
      : expand(expand_and_skip), project(last) {}
  ProductPrecision expand, project;  // the depthwise filter is float32
};

// For products of bytes: the largest magnitude of each channel, measured.
struct InvertedResidualRanges {
  std::span<const float> source;    // [source_channels], or empty where there is no expand
  std::span<const float> filtered;  // [expanded]: what the depthwise convolution's ReLU lets through
  std::span<const float> skip;      // [skip_channels], or empty
};

// Weights in the order in which the instruction set in use reads them; immutable, shared by all threads.
struct PackedInvertedResidual {
  InvertedResidualShape shape;
  InvertedResidualPrecision precision = ProductPrecision::kFloat32;
  std::size_t lanes = 0;  // floats per vector that the order is made for
  PanelForm expand_form, skip_form, project_form;
  AlignedBuffer<float> expand, expand_bias, depthwise, project, project_bias, skip, skip_bias;
  // Of bytes alone. The filtered bytes' scales are in the depthwise weights.
  AlignedBuffer<float> expand_factors, project_factors, skip_factors;
  ByteScales source, skip_source;

  bool tile_registers() const {
    return expand_form.tile_registers || skip_form.tile_registers || project_form.tile_registers;
  }
  std::size_t bytes() const {
    std::size_t floats = 0;
    for (const AlignedBuffer<float>* buffer :
         {&expand, &expand_bias, &depthwise, &project, &project_bias, &skip, &skip_bias, &expand_factors,
          &project_factors, &skip_factors, &source.scale, &source.inverse, &skip_source.scale,
          &skip_source.inverse})
      floats += buffer->size();
    return sizeof(float) * floats;
  }
};
PackedInvertedResidual pack_inverted_residual(
    const InvertedResidualShape& shape, const InvertedResidualWeights& weights,
    InvertedResidualPrecision precision = ProductPrecision::kFloat32,
    const InvertedResidualRanges& ranges = {});

// What enters the depthwise convolution at height × width is
//   e = relu(up(expand·source) + expand_bias + addend + skip_weights·skip)
// where `up` is the identity or bilinear ×2 with aligned corners, and `expand·` is left out where the shape
// has none. A skip enters beside an upsampled source, and then there is no addend. All tensors are channels
// last, rows and pixels without gaps.
struct InvertedResidualInput {
  const float* source = nullptr;  // [height][width], or with `upsample` [height/2][width/2], of its channels
  std::size_t height = 0;         // of e; even where `upsample`
  std::size_t width = 0;
  bool upsample = false;
  // The part that does not depend on the audio: floats [height][width][expanded], or the same in scaled rows,
  // or neither.
  const float* addend = nullptr;
  ConstScaledRows scaled_addend{};
  const float* skip = nullptr;      // [height][width][skip_channels], where the shape has them
  const float* residual = nullptr;  // like the output, added to it; or null
};

// Output size: (size − 1) / stride + 1.
std::size_t inverted_residual_out(std::size_t size, std::size_t stride);
// Floats of scratch memory (aligned for vectors) that one call needs.
std::size_t inverted_residual_scratch(const PackedInvertedResidual& packed,
                                      const InvertedResidualInput& input);
// Writes the output rows [row_begin, row_end) of out [out height][out width][out_channels]; the bytes do not
// depend on how the rows are split. `out` overlaps no input.
void inverted_residual(const PackedInvertedResidual& packed, const InvertedResidualInput& input,
                       RowRange rows, float* out, float* scratch);

namespace reference {
void inverted_residual(const InvertedResidualShape& shape, const InvertedResidualWeights& weights,
                       const InvertedResidualInput& input, float* out,
                       InvertedResidualPrecision precision = ProductPrecision::kFloat32,
                       const InvertedResidualRanges& ranges = {});
}  // namespace reference

}  // namespace framegen
