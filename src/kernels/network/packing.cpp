// packing.cpp: weights in the order in which the matrix kernels read them.
#include "kernels/network/packing.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <vector>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/network/packing.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "kernels/highway_targets.hpp"
#include "kernels/instruction_set.hpp"

HWY_BEFORE_NAMESPACE();
namespace framegen::HWY_NAMESPACE {

std::size_t vector_lanes() { return hwy::HWY_NAMESPACE::Lanes(hwy::HWY_NAMESPACE::ScalableTag<float>()); }

}  // namespace framegen::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace framegen {

HWY_EXPORT(vector_lanes);
std::size_t vector_lanes() { return HWY_DYNAMIC_DISPATCH(vector_lanes)(); }

namespace {

// The upper half of a float, nearest, ties away from zero.
std::uint32_t brief(float x) { return (std::bit_cast<std::uint32_t>(x) + 0x8000U) >> 16; }

// Word k of one output's weights.
float word(const float* weights, std::size_t inputs, std::size_t k, ProductPrecision precision) {
  if (precision == ProductPrecision::kFloat32) return weights[k];
  if (2 * k >= inputs) return 0;
  const std::uint32_t high = 2 * k + 1 < inputs ? brief(weights[2 * k + 1]) : 0;
  return std::bit_cast<float>(brief(weights[2 * k]) | high << 16);
}

}  // namespace

PanelForm PanelForm::of(ProductPrecision precision, std::size_t outputs, std::size_t inputs) {
  PanelForm form{.lanes = vector_lanes(), .precision = precision};
  if (precision == ProductPrecision::kFloat32 || form.lanes != kTileEdge || !uses_tile_registers())
    return form;
  const bool many = words_of(precision, inputs) >= 2 * kTileEdge && outputs >= 4 * kTileEdge;
  form.tile_registers = many || precision == ProductPrecision::kBFloat16;
  return form;
}

AlignedBuffer<float> pack_matrix(const float* weights, std::size_t outputs, std::size_t inputs,
                                 const PanelForm& form) {
  const std::size_t lanes = form.lanes, padded = round_up(outputs, lanes), words = form.words(inputs);
  AlignedBuffer<float> packed(padded * words);
  float* to = packed.data();
  for (std::size_t first = 0; first < padded; first += kPanelVectors * lanes) {
    const std::size_t width = std::min(kPanelVectors * lanes, padded - first);
    for (std::size_t k = 0; k < words; ++k)
      for (std::size_t o = first; o < first + width; ++o)
        *to++ = o < outputs ? word(weights + o * inputs, inputs, k, form.precision) : 0.0F;
  }
  return packed;
}

// Other speech than the measured one goes further.
constexpr float kHeadroom = 1.3F;

ByteScales byte_scales(std::span<const float> largest, bool is_signed, std::size_t lanes) {
  ByteScales scales;
  const std::size_t padded = round_up(largest.size(), lanes);
  scales.scale = AlignedBuffer<float>(padded);
  scales.inverse = AlignedBuffer<float>(padded);
  scales.scale.fill_zero();
  scales.inverse.fill_zero();
  scales.zero = is_signed ? 128.0F : 0.0F;
  const float loudest = largest.empty() ? 0.0F : *std::max_element(largest.begin(), largest.end());
  for (std::size_t c = 0; c < largest.size(); ++c) {
    const float range = kHeadroom * std::max({largest[c], 0.02F * loudest, 1e-20F});
    scales.scale[c] = range / (is_signed ? 127.0F : 255.0F);
    scales.inverse[c] = 1.0F / scales.scale[c];
  }
  return scales;
}

ByteMatrix pack_byte_matrix(const float* weights, std::size_t outputs, std::size_t inputs,
                            const PanelForm& form, const ByteScales& scales, std::span<float> bias) {
  const std::size_t lanes = form.lanes, padded = round_up(outputs, lanes), words = form.words(inputs);
  ByteMatrix packed{AlignedBuffer<float>(padded * words), AlignedBuffer<float>(padded)};
  packed.factors.fill_zero();
  std::vector<std::uint32_t> rows(padded * words, 0);  // [output][word]
  for (std::size_t o = 0; o < outputs; ++o) {
    float largest = 0;
    for (std::size_t k = 0; k < inputs; ++k)
      largest = std::max(largest, std::abs(weights[o * inputs + k] * scales.scale[k]));
    const float factor = std::max(largest, 1e-30F) / 127.0F;
    packed.factors[o] = factor;
    std::int64_t sum = 0;
    for (std::size_t k = 0; k < inputs; ++k) {
      const auto byte =
          static_cast<std::int32_t>(std::nearbyint(weights[o * inputs + k] * scales.scale[k] / factor));
      sum += byte;
      rows[o * words + k / 4] |= (static_cast<std::uint32_t>(byte) & 0xFFU) << (8 * (k % 4));
    }
    bias[o] -= factor * scales.zero * static_cast<float>(sum);
  }
  float* to = packed.words.data();
  for (std::size_t first = 0; first < padded; first += kPanelVectors * lanes) {
    const std::size_t width = std::min(kPanelVectors * lanes, padded - first);
    for (std::size_t k = 0; k < words; ++k)
      for (std::size_t o = first; o < first + width; ++o) *to++ = std::bit_cast<float>(rows[o * words + k]);
  }
  return packed;
}

AlignedBuffer<float> pack_bias(const float* bias, std::size_t outputs, std::size_t lanes) {
  AlignedBuffer<float> packed(round_up(outputs, lanes));
  packed.fill_zero();
  if (bias != nullptr) std::copy_n(bias, outputs, packed.data());
  return packed;
}

}  // namespace framegen
#endif
