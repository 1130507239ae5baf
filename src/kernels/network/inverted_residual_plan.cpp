// inverted_residual_plan.cpp: tile sizes from the sizes of the caches; packing of the block's weights.
#include "kernels/network/inverted_residual_plan.hpp"

#include <algorithm>

#include "kernels/cache_sizes.hpp"
#include "kernels/network/packing.hpp"
#include "kernels/tile_registers.hpp"

namespace framegen {
namespace {

// [vectors of channels][9 taps, then the bias][lanes]
AlignedBuffer<float> pack_depthwise3x3(const InvertedResidualWeights& weights, std::size_t channels,
                                       std::size_t lanes) {
  AlignedBuffer<float> packed(round_up(channels, lanes) * 10);
  packed.fill_zero();
  for (std::size_t c = 0; c < channels; ++c) {
    float* to = packed.data() + c / lanes * lanes * 10 + c % lanes;
    for (std::size_t tap = 0; tap < 9; ++tap) to[tap * lanes] = weights.depthwise[c * 9 + tap];
    if (weights.depthwise_bias != nullptr) to[9 * lanes] = weights.depthwise_bias[c];
  }
  return packed;
}

// A weight matrix [outputs][inputs] → words, and for bytes factors; its zero bytes' share is taken from
// `bias`.
struct Product {
  const float* weights;
  std::size_t outputs, inputs;
};
void pack_product(const Product& product, const PanelForm& form, const ByteScales& scales,
                  std::span<float> bias, AlignedBuffer<float>& words, AlignedBuffer<float>& factors) {
  if (form.precision != ProductPrecision::kInt8) {
    words = pack_matrix(product.weights, product.outputs, product.inputs, form);
    return;
  }
  ByteMatrix bytes = pack_byte_matrix(product.weights, product.outputs, product.inputs, form, scales, bias);
  words = std::move(bytes.words);
  factors = std::move(bytes.factors);
}

// The filtered bytes' scales go into the depthwise weights: a byte then costs one conversion.
void scale_depthwise(PackedInvertedResidual& packed, const ByteScales& filtered) {
  for (std::size_t c = 0; c < packed.shape.expanded; ++c)
    for (std::size_t i = 0; i < 10; ++i)
      packed.depthwise[c / packed.lanes * packed.lanes * 10 + i * packed.lanes + c % packed.lanes] *=
          filtered.inverse[c];
}

void place(InvertedResidualPlan& plan, const PackedInvertedResidual& packed,
           const InvertedResidualInput& input) {
  const std::size_t lanes = packed.lanes;
  std::size_t end = 0;
  const auto take = [&](std::size_t floats) {
    const std::size_t at = end;
    end += round_up(floats, kBufferAlignment / sizeof(float));
    return at;
  };
  plan.fractions = take(input.upsample ? input.width : 0);
  plan.ring = take(3 * plan.ring_blocks * plan.ring_width * lanes);
  plan.low = take(3 * plan.ring_blocks * plan.low_width * lanes);
  plan.filtered = take(plan.chunk_blocks * plan.tile * lanes);
  const std::size_t tile_columns = plan.tile * packed.shape.stride + 2;
  const std::size_t low = input.upsample ? 2 : 1;
  plan.gathered = take(plan.source_blocks * lanes *
                       (plan.gathered_once ? input.height / low * (input.width / low)
                                           : std::max(3 * tile_columns, plan.low_width)));
  plan.skip =
      take(plan.skip_blocks * lanes * (plan.gathered_once ? input.height * input.width : 3 * tile_columns));
  if (plan.low_width != 0 && plan.skip_blocks != 0) plan.blended_width = tile_columns / 2 + 3;
  plan.blended = take(kPanelVectors * plan.blended_width * lanes);
  if (packed.tile_registers()) take(kTileEdge * kTileEdge);  // rows behind the last pixel are read
  plan.floats = end;
}

}  // namespace

PackedInvertedResidual pack_inverted_residual(const InvertedResidualShape& shape,
                                              const InvertedResidualWeights& weights,
                                              InvertedResidualPrecision precision,
                                              const InvertedResidualRanges& ranges) {
  const std::size_t lanes = vector_lanes();
  PackedInvertedResidual packed;
  packed.shape = shape;
  packed.precision = precision;
  packed.lanes = lanes;
  packed.expand_form = PanelForm::of(precision.expand, shape.expanded, shape.source_channels);
  packed.skip_form = PanelForm::of(precision.expand, shape.expanded, shape.skip_channels);
  packed.project_form = PanelForm::of(precision.project, shape.out_channels, shape.expanded);
  packed.expand_bias = pack_bias(weights.expand_bias, shape.expanded, lanes);
  packed.depthwise = pack_depthwise3x3(weights, shape.expanded, lanes);
  packed.project_bias = pack_bias(weights.project_bias, shape.out_channels, lanes);
  if (shape.skip_channels != 0) packed.skip_bias = pack_bias(nullptr, shape.expanded, lanes);
  const bool bytes = precision.expand == ProductPrecision::kInt8;
  if (shape.source_channels != 0) {
    if (bytes) packed.source = byte_scales(ranges.source, true, lanes);
    pack_product({weights.expand, shape.expanded, shape.source_channels}, packed.expand_form, packed.source,
                 packed.expand_bias.span(), packed.expand, packed.expand_factors);
  }
  if (shape.skip_channels != 0) {
    if (bytes) packed.skip_source = byte_scales(ranges.skip, true, lanes);
    pack_product({weights.skip, shape.expanded, shape.skip_channels}, packed.skip_form, packed.skip_source,
                 packed.skip_bias.span(), packed.skip, packed.skip_factors);
  }
  ByteScales filtered;
  if (precision.project == ProductPrecision::kInt8) {
    filtered = byte_scales(ranges.filtered, false, lanes);
    scale_depthwise(packed, filtered);
  }
  pack_product({weights.project, shape.out_channels, shape.expanded}, packed.project_form, filtered,
               packed.project_bias.span(), packed.project, packed.project_factors);
  return packed;
}

std::size_t inverted_residual_out(std::size_t size, std::size_t stride) { return (size - 1) / stride + 1; }

InvertedResidualPlan plan_inverted_residual(const PackedInvertedResidual& packed,
                                            const InvertedResidualInput& input) {
  const InvertedResidualShape& shape = packed.shape;
  const std::size_t lanes = packed.lanes, out_width = inverted_residual_out(input.width, shape.stride);
  const CacheSizes& caches = cache_sizes();
  InvertedResidualPlan plan;
  plan.blocks = ceil_div(shape.expanded, lanes);
  const auto word_blocks = [&](std::size_t channels) {
    return ceil_div(words_of(packed.precision.expand, round_up(channels, lanes)), lanes);
  };
  plan.source_blocks = word_blocks(shape.source_channels);
  plan.skip_blocks = word_blocks(shape.skip_channels);

  // Weights beyond half of the L2 would be fetched from further away for every row.
  const std::size_t weight_words =
      words_of(packed.precision.expand, shape.expanded * (shape.source_channels + shape.skip_channels)) +
      words_of(packed.precision.project, shape.expanded * shape.out_channels);
  plan.channels_outside = weight_words * sizeof(float) > caches.l2_bytes / 2;
  // As many channels at a time, in either order, as 64 words of the projection hold; an even number of
  // vectors keeps panels whole.
  constexpr std::size_t kChunkWords = 64;
  const std::size_t chunk = round_up(kChunkWords * inputs_of_word(packed.precision.project), lanes);
  plan.chunk_blocks = std::min(plan.blocks, std::max<std::size_t>(kPanelVectors, chunk / lanes));
  plan.ring_blocks = plan.channels_outside ? plan.chunk_blocks : plan.blocks;

  // The ring of a strip in half of the L2.
  const std::size_t column_bytes = 3 * plan.ring_blocks * lanes * sizeof(float) * shape.stride;
  plan.strip =
      std::clamp<std::size_t>(caches.l2_bytes / 2 / column_bytes, 16, out_width < 16 ? 16 : out_width);
  plan.strip = std::min(plan.strip, out_width);
  plan.strip = ceil_div(out_width, ceil_div(out_width, plan.strip));  // strips of nearly equal widths
  plan.ring_width = shape.stride * (plan.strip - 1) + 3;
  if (input.upsample && shape.source_channels != 0) plan.low_width = plan.ring_width / 2 + 2;

  // What a tile's chunk writes, its words and as much of an expanded row, in the L1. Whole multiples of the
  // register tile's 14 rows where there is room, or of tile registers' 32.
  const std::size_t words = std::min(round_up(kChunkWords, lanes), plan.chunk_blocks * lanes);
  const std::size_t fits = caches.l1_bytes / (2 * words * sizeof(float));
  const std::size_t rows = packed.tile_registers() ? 2 * kTileEdge : 14;
  plan.tile = std::min(plan.strip, std::max<std::size_t>(fits / rows * rows, rows));
  const std::size_t low = input.upsample ? 2 : 1;
  const std::size_t gathered = lanes *
                               (input.height * input.width * plan.skip_blocks +
                                input.height / low * (input.width / low) * plan.source_blocks) *
                               sizeof(float);
  plan.gathered_once = plan.channels_outside && plan.blocks > plan.chunk_blocks && plan.strip == out_width &&
                       gathered <= caches.l2_bytes;
  place(plan, packed, input);
  return plan;
}

std::size_t inverted_residual_scratch(const PackedInvertedResidual& packed,
                                      const InvertedResidualInput& input) {
  return plan_inverted_residual(packed, input).floats;
}

}  // namespace framegen
