// packing.cpp: weights in the order in which the matrix kernels read them.
#include "kernels/packing.hpp"

#include <algorithm>
#include <bit>
#include <cstdint>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/packing.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "kernels/highway_targets.hpp"

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
  const std::uint32_t high = 2 * k + 1 < inputs ? brief(weights[2 * k + 1]) : 0;
  return std::bit_cast<float>(brief(weights[2 * k]) | high << 16);
}

}  // namespace

AlignedBuffer<float> pack_matrix(const float* weights, std::size_t outputs, std::size_t inputs,
                                 std::size_t lanes, ProductPrecision precision) {
  const std::size_t padded = round_up(outputs, lanes), words = words_of(precision, inputs);
  AlignedBuffer<float> packed(padded * words);
  float* to = packed.data();
  for (std::size_t first = 0; first < padded; first += kPanelVectors * lanes) {
    const std::size_t width = std::min(kPanelVectors * lanes, padded - first);
    for (std::size_t k = 0; k < words; ++k)
      for (std::size_t o = first; o < first + width; ++o)
        *to++ = o < outputs ? word(weights + o * inputs, inputs, k, precision) : 0.0F;
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
