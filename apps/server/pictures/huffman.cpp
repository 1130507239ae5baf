// huffman.cpp: codes of one length follow each other; the first of the next length is twice the one after the
// last.
#include "pictures/huffman.hpp"

#include <algorithm>

namespace framegen::server {

bool HuffmanCode::set(std::span<const std::uint8_t, 16> counts, std::span<const std::uint8_t> values) {
  *this = {};
  int code = 0;
  std::size_t next = 0;
  for (unsigned length = 1; length <= 16; ++length, code *= 2) {
    first_code_[length] = code;
    first_value_[length] = static_cast<int>(next);
    count_[length] = counts[length - 1];
    for (int i = 0; i < count_[length]; ++i, ++code, ++next) {
      if (next >= values.size() || next >= values_.size() || code >= 1 << length) return false;
      values_[next] = values[next];
      codes_[values[next]] = {static_cast<std::uint16_t>(code), static_cast<std::uint8_t>(length)};
      if (length > kQuickBits) continue;
      const auto begin = quick_.begin() + (code << (kQuickBits - length));
      std::fill(begin, begin + (1 << (kQuickBits - length)),
                Symbol{values[next], static_cast<std::uint8_t>(length)});
    }
  }
  return next == values.size();
}

HuffmanCode::Symbol HuffmanCode::read_long(std::uint32_t next_bits) const {
  for (unsigned length = kQuickBits + 1; length <= 16; ++length) {
    const int place = static_cast<int>(next_bits >> (32 - length)) - first_code_[length];
    if (place >= 0 && place < count_[length])
      return {values_[static_cast<std::size_t>(first_value_[length] + place)],
              static_cast<std::uint8_t>(length)};
  }
  return {};
}

}  // namespace framegen::server
