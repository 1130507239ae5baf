// huffman.hpp: a JPEG's Huffman code (ITU-T T.81, Annex C), to read symbols and to write them.
#pragma once

#include <array>
#include <cstdint>
#include <span>

namespace framegen::server {

class HuffmanCode {
 public:
  struct Symbol {
    std::uint8_t value = 0;
    std::uint8_t length = 0;  // of its code, bits; 0: no symbol has such a code
  };
  struct Code {
    std::uint16_t bits = 0;
    std::uint8_t length = 0;
  };

  // `counts`: codes of 1 … 16 bits; `values`: their symbols, in that order, as many as the counts say.
  // False: there cannot be such a code.
  bool set(std::span<const std::uint8_t, 16> counts, std::span<const std::uint8_t> values);
  // The symbol whose code `next_bits` (the next 32 of the stream) begin with.
  Symbol read(std::uint32_t next_bits) const {
    const Symbol quick = quick_[next_bits >> (32 - kQuickBits)];
    return quick.length != 0 ? quick : read_long(next_bits);
  }
  Code code_of(std::uint8_t symbol) const { return codes_[symbol]; }

 private:
  static constexpr unsigned kQuickBits = 10;
  Symbol read_long(std::uint32_t next_bits) const;

  std::array<Symbol, std::size_t{1} << kQuickBits> quick_{};
  std::array<Code, 256> codes_{};
  std::array<std::uint8_t, 256> values_{};
  std::array<int, 17> first_code_{}, first_value_{}, count_{};  // by length
};

}  // namespace framegen::server
