// byte_reader.hpp: little-endian numbers out of a stranger's bytes, never past their end.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace framegen::checkpoint {

using Bytes = std::span<const std::uint8_t>;

// The `width` ≤ 8 bytes at `at` as a number, which must lie inside.
inline std::uint64_t little_endian(Bytes bytes, std::size_t at, std::size_t width) {
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < width; ++i) value |= std::uint64_t{bytes[at + i]} << (8 * i);
  return value;
}

// Whether [at, at+size) lies in `bytes`; sums that overflow do not.
inline bool inside(Bytes bytes, std::uint64_t at, std::uint64_t size) {
  return at <= bytes.size() && size <= bytes.size() - at;
}

inline std::string_view as_text(Bytes bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

}  // namespace framegen::checkpoint
