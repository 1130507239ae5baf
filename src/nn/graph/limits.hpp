// limits.hpp: how large a network may be before we call it hostile.
#pragma once

#include <cstdint>
#include <limits>
#include <span>

namespace framegen::graph {

inline constexpr std::size_t kMaxRank = 8;
inline constexpr std::int64_t kMaxElements = std::int64_t{1} << 28;  // 1 GiB of float32 in one tensor
inline constexpr std::size_t kMaxNodes = 100'000;
inline constexpr std::uint64_t kMaxFileBytes = std::uint64_t{1} << 30;

// The product of the dimensions, or −1 where one is negative or the product passes kMaxElements.
inline std::int64_t bounded_count(std::span<const std::int64_t> shape) {
  std::int64_t count = 1;
  bool empty = false;
  for (const std::int64_t d : shape) {
    if (d < 0 || d > kMaxElements) return -1;
    if (d == 0) {
      empty = true;
      continue;
    }
    if (count > kMaxElements / d) return -1;
    count *= d;
  }
  return empty ? 0 : count;
}

}  // namespace framegen::graph
