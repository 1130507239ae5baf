// half.hpp: IEEE 754 half-precision numbers as single-precision ones.
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

}  // namespace framegen
