// bytes.hpp: big-endian numbers in packets, read within their end and written one behind the other.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace framegen::server::webrtc {

using Bytes = std::vector<std::uint8_t>;
using BytesView = std::span<const std::uint8_t>;

// `count` bytes at `at`, which are there.
inline std::uint64_t number_at(BytesView bytes, std::size_t at, std::size_t count) {
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < count; ++i) value = value << 8 | bytes[at + i];
  return value;
}

inline void put_at(std::span<std::uint8_t> bytes, std::size_t at, std::size_t count, std::uint64_t value) {
  for (std::size_t i = 0; i < count; ++i)
    bytes[at + i] = static_cast<std::uint8_t>(value >> 8 * (count - 1 - i));
}

inline void append(Bytes& bytes, std::size_t count, std::uint64_t value) {
  bytes.resize(bytes.size() + count);
  put_at(bytes, bytes.size() - count, count, value);
}

inline void append(Bytes& bytes, BytesView more) { bytes.insert(bytes.end(), more.begin(), more.end()); }

}  // namespace framegen::server::webrtc
