// rounding_reference.cpp: factors of products in each precision.
#include "kernels/network/rounding_reference.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>

namespace framegen::reference {
namespace {

float brief(float x) {
  return std::bit_cast<float>((std::bit_cast<std::uint32_t>(x) + 0x8000U) & 0xFFFF0000U);
}

}  // namespace

Rounding::Rounding(ProductPrecision precision, std::span<const float> largest, bool is_signed)
    : precision_(precision), scales_(byte_scales(largest, is_signed, 1)) {}

float Rounding::input(float x, std::size_t channel) const {
  if (precision_ == ProductPrecision::kFloat32) return x;
  if (precision_ == ProductPrecision::kBFloat16) return brief(x);
  return std::clamp(std::nearbyint(x * scales_.inverse[channel] + scales_.zero), 0.0F, 255.0F) - scales_.zero;
}

std::vector<float> Rounding::weights(const float* w, std::size_t count, std::size_t channels) const {
  std::vector<float> rounded(w, w + count);
  if (precision_ == ProductPrecision::kFloat32) return rounded;
  if (precision_ == ProductPrecision::kBFloat16) {
    std::transform(w, w + count, rounded.begin(), brief);
    return rounded;
  }
  const std::size_t taps = count / channels;
  float largest = 0;
  for (std::size_t i = 0; i < count; ++i) {
    rounded[i] *= scales_.scale[i / taps];
    largest = std::max(largest, std::abs(rounded[i]));
  }
  const float factor = std::max(largest, 1e-30F) / 127.0F;
  for (float& v : rounded) v = std::nearbyint(v / factor) * factor;
  return rounded;
}

}  // namespace framegen::reference
