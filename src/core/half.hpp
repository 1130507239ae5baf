// half.hpp: IEEE 754 half-precision numbers as single-precision ones, and back.
#pragma once

#include <bit>
#include <cstdint>

namespace framegen {

// Exact for every value; subnormal numbers, infinities and NaN included.
inline float half_to_float(std::uint16_t half) {
  const std::uint32_t sign = static_cast<std::uint32_t>(half & 0x8000u) << 16;
  const std::uint32_t magnitude = half & 0x7fffu;
  if (magnitude >= 0x7c00u) return std::bit_cast<float>(sign | 0x7f800000u | (magnitude & 0x3ffu) << 13);
  // As an integer the half's exponent and fraction, moved to the float's place, are 2^112 times too small.
  const float scaled = std::bit_cast<float>(magnitude << 13) * std::bit_cast<float>((127u + 112u) << 23);
  return std::bit_cast<float>(sign | std::bit_cast<std::uint32_t>(scaled));
}

// The nearest, halves to even; beyond 65504 an infinity, NaN stays one.
inline std::uint16_t float_to_half(float value) {
  const auto bits = std::bit_cast<std::uint32_t>(value);
  const std::uint32_t sign = bits >> 16 & 0x8000u, magnitude = bits & 0x7fffffffu;
  if (magnitude > 0x7f800000u) return static_cast<std::uint16_t>(sign | 0x7e00u);
  if (magnitude >= 0x477ff000u) return static_cast<std::uint16_t>(sign | 0x7c00u);  // from 65520 on
  if (magnitude < 0x38800000u) {  // subnormal: adding 1/2 leaves steps of 2^-24 in the fraction, rounded
    const float shifted = std::bit_cast<float>(magnitude) + 0.5F;
    return static_cast<std::uint16_t>(sign | (std::bit_cast<std::uint32_t>(shifted) - 0x3f000000u));
  }
  const std::uint32_t odd = magnitude >> 13 & 1u;
  return static_cast<std::uint16_t>(sign | (magnitude - 0x38000000u + 0xfffu + odd) >> 13);
}

}  // namespace framegen
