// steps_conv.cpp: convolutions and fused blocks on their kernels.
#include <algorithm>
#include <cstring>

#include "kernels/network/elementwise.hpp"
#include "nn/native/steps.hpp"

namespace framegen::native {
namespace {

// Large enough to keep the kernels busy, small enough to stay in the second-level cache.
constexpr std::size_t kChunkFloats = std::size_t{1} << 17;

std::size_t rounded(std::size_t floats) { return (floats + 15) / 16 * 16; }  // the next buffer stays aligned

// The address of row 0 of a tensor of which only rows from `first` on are there. Never read before `first`.
const float* row_zero(const float* rows, std::size_t first, std::size_t row_floats) {
  return reinterpret_cast<const float*>(reinterpret_cast<std::uintptr_t>(rows) -
                                        first * row_floats * sizeof(float));
}

}  // namespace

ConvStep::ConvStep(Shared<PackedConv> packed, const TensorPlan& in, const TensorPlan& out, bool relu)
    : packed_(std::move(packed)),
      in_height_(in.height),
      in_width_(in.width),
      out_height_(out.height),
      relu_(relu) {}

std::size_t ConvStep::scratch_floats() const {
  return conv2d_scratch(*packed_, {nullptr, in_height_, in_width_, nullptr, relu_});
}

void ConvStep::run(const Memory& memory, Part part, float* scratch) const {
  const ConvInput input{memory.floats(reads[0]), in_height_, in_width_, memory.floats_or_null(reads[1]),
                        relu_};
  conv2d(*packed_, input, part.of(out_height_), memory.out(writes), scratch);
}

ScaledConvStep::ScaledConvStep(Shared<PackedConv> packed, const TensorPlan& out, bool relu)
    : packed_(std::move(packed)),
      out_(out.rows()),
      chunk_(std::clamp<std::size_t>(kChunkFloats / (out_.width * out_.channels), 1, out_.height)),
      relu_(relu) {}

ConvInput ScaledConvStep::rows(std::size_t count) const {
  return {nullptr, count, out_.width, nullptr, relu_};
}

std::size_t ScaledConvStep::scratch_floats() const {
  return rounded(chunk_ * out_.width * out_.channels) + conv2d_scratch(*packed_, rows(chunk_));
}

void ScaledConvStep::run(const Memory& memory, Part part, float* scratch) const {
  const RowRange range = part.of(out_.height);
  const std::size_t in_row = out_.width * packed_->shape.in_channels, out_row = out_.width * out_.channels;
  for (std::size_t row = range.begin; row < range.end; row += chunk_) {
    const std::size_t count = std::min(chunk_, range.end - row);
    ConvInput input = rows(count);
    input.x = memory.floats(reads[0]) + row * in_row;
    conv2d(*packed_, input, {0, count}, scratch, scratch + rounded(chunk_ * out_row));
    to_scaled_rows(scratch, {count, out_.width, out_.channels}, memory.scaled_out(writes, out_, row));
  }
}

void DepthwiseStep::run(const Memory& memory, Part part, float*) const {
  const ConvInput input{memory.floats(reads[0]), in_height_, in_width_, memory.floats_or_null(reads[1]),
                        relu_};
  depthwise(*packed_, input, part.of(out_height_), memory.out(writes));
}

BlockStep::BlockStep(Shared<PackedInvertedResidual> packed, const Sizes& sizes)
    : packed_(std::move(packed)),
      sizes_(sizes),
      out_height_(inverted_residual_out(sizes.height, packed_->shape.stride)) {
  if (!sizes_.scaled_skip) return;
  const std::size_t row = skip_row() * packed_->shape.stride;
  band_ = std::clamp<std::size_t>(kChunkFloats / row, 4, std::max<std::size_t>(out_height_, 4));
}

InvertedResidualInput BlockStep::input() const {
  InvertedResidualInput input;
  input.height = sizes_.height;
  input.width = sizes_.width;
  input.upsample = sizes_.upsample;
  return input;
}

// The rows that the depthwise 3×3 needs for these output rows.
RowRange BlockStep::expanded_rows(RowRange out) const {
  const std::size_t stride = packed_->shape.stride, first = out.begin * stride;
  return {first == 0 ? 0 : first - 1, std::min(sizes_.height, (out.end - 1) * stride + 2)};
}

std::size_t BlockStep::scratch_floats() const {
  const std::size_t own = inverted_residual_scratch(*packed_, input());
  if (!sizes_.scaled_skip) return own;
  return rounded(own) + std::min(sizes_.height, band_ * packed_->shape.stride + 2) * skip_row();
}

void BlockStep::run(const Memory& memory, Part part, float* scratch) const {
  InvertedResidualInput input = this->input();
  input.source = memory.floats(reads[0]);
  if (sizes_.scaled_addend)
    input.scaled_addend = memory.scaled(reads[1], {sizes_.height, sizes_.width, packed_->shape.expanded}, 0);
  else
    input.addend = memory.floats_or_null(reads[1]);
  input.residual = memory.floats_or_null(reads[2]);
  const RowRange range = part.of(out_height_);
  if (!sizes_.scaled_skip) {
    input.skip = memory.floats_or_null(reads[3]);
    return inverted_residual(*packed_, input, range, memory.out(writes), scratch);
  }
  const ScaledRowsShape of_skip{sizes_.height, sizes_.width, packed_->shape.skip_channels};
  float* skip = scratch + rounded(inverted_residual_scratch(*packed_, input));
  for (std::size_t out = range.begin; out < range.end; out += band_) {
    const RowRange band{out, std::min(out + band_, range.end)}, needed = expanded_rows(band);
    from_scaled_rows(memory.scaled(reads[3], of_skip, needed.begin),
                     {needed.end - needed.begin, of_skip.width, of_skip.channels}, skip);
    input.skip = row_zero(skip, needed.begin, skip_row());
    inverted_residual(*packed_, input, band, memory.out(writes), scratch);
  }
}

}  // namespace framegen::native
