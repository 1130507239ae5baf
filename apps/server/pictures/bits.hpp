// bits.hpp: single bits, first bit highest, read from bytes and written one behind the other.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace framegen::server {

// Bytes past the end of what is read that must be there, whatever they hold.
inline constexpr std::size_t kBitSlack = 8;

// 32 bits from bit `at` on. `bytes` has kBitSlack more than the bits that count.
inline std::uint32_t peek_32(const std::uint8_t* bytes, std::size_t at) {
  const std::uint8_t* b = bytes + at / 8;
  std::uint64_t v = 0;
  for (int i = 0; i < 5; ++i) v = v << 8 | b[i];
  return static_cast<std::uint32_t>(v >> (8 - at % 8));
}

class BitWriter {
 public:
  explicit BitWriter(std::vector<std::uint8_t>& bytes) : bytes_(bytes) { bytes_.clear(); }

  // The lowest `count` bits of `value`, 0 … 32.
  void put(std::uint32_t value, unsigned count) {
    if (count == 0) return;
    held_ = held_ << count | (value & (0xFFFFFFFFU >> (32 - count)));
    held_bits_ += count;
    if (held_bits_ < 32) return;
    held_bits_ -= 32;
    const auto word = static_cast<std::uint32_t>(held_ >> held_bits_);
    const std::size_t at = bytes_.size();
    bytes_.resize(at + 4);
    for (unsigned i = 0; i < 4; ++i) bytes_[at + i] = static_cast<std::uint8_t>(word >> (24 - 8 * i));
  }

  // Bits `begin` … `end` of `from`, which has kBitSlack bytes more.
  void copy(const std::uint8_t* from, std::size_t begin, std::size_t end) {
    for (; end - begin >= 32; begin += 32) put(peek_32(from, begin), 32);
    if (end > begin) put(peek_32(from, begin) >> (32 - (end - begin)), static_cast<unsigned>(end - begin));
  }

  // Fills the last byte with ones, as JPEG does.
  void finish() {
    for (put(0x7F, 7); held_bits_ >= 8; held_bits_ -= 8)
      bytes_.push_back(static_cast<std::uint8_t>(held_ >> (held_bits_ - 8)));
    held_bits_ = 0;
  }

 private:
  std::vector<std::uint8_t>& bytes_;
  std::uint64_t held_ = 0;
  unsigned held_bits_ = 0;  // below 32 between calls
};

}  // namespace framegen::server
