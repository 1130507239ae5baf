// packing.hpp: weights in the order in which the matrix kernels read them.
#pragma once

#include <cstddef>
#include <span>

#include "core/aligned_buffer.hpp"
#include "kernels/network/product_precision.hpp"
#include "kernels/tile_registers.hpp"

namespace framegen {

// Vectors side by side in one panel of the right-hand matrix.
inline constexpr std::size_t kPanelVectors = 2;

// Floats per vector of the instruction set in use.
std::size_t vector_lanes();

constexpr std::size_t ceil_div(std::size_t a, std::size_t b) { return (a + b - 1) / b; }
constexpr std::size_t round_up(std::size_t a, std::size_t b) { return ceil_div(a, b) * b; }

// Numbers that a word of 32 bits holds, and words that hold k numbers.
constexpr std::size_t inputs_of_word(ProductPrecision precision) {
  switch (precision) {
    case ProductPrecision::kFloat32:
      return 1;
    case ProductPrecision::kBFloat16:
      return 2;
    case ProductPrecision::kInt8:
      return 4;
  }
  return 1;
}
constexpr std::size_t words_of(ProductPrecision precision, std::size_t k) {
  return ceil_div(k, inputs_of_word(precision));
}

// How a weight matrix lies in memory.
struct PanelForm {
  std::size_t lanes = 0;  // floats per vector
  ProductPrecision precision = ProductPrecision::kFloat32;
  bool tile_registers = false;  // never of float32: words come in whole tiles, zeros behind the last

  // As this machine wants it for a matrix [outputs][inputs]. Tile registers hand over whole squares of sums,
  // which costs as much as the products where these are few: for bytes, which other instructions multiply
  // fast too, they take more.
  static PanelForm of(ProductPrecision precision, std::size_t outputs, std::size_t inputs);

  // Of k inputs, or of the first k of them where k is a multiple of 64.
  constexpr std::size_t words(std::size_t k) const {
    const std::size_t words = words_of(precision, k);
    return tile_registers ? round_up(words, kTileEdge) : words;
  }
};

// What stands for an 8-bit input: x ≈ scale · (byte − zero), with a scale for each input channel.
struct ByteScales {
  AlignedBuffer<float> scale, inverse;  // [channels], zeros behind them up to a whole number of vectors
  float zero = 0;
};
// For inputs whose magnitudes stay below `largest`, per channel. `is_signed`: both signs, zero is byte 128;
// else not below 0. Channels that are nearly always silent get a scale of 2 % of the loudest one's: what was
// measured was a sample, and for the same reason all ranges are taken 1.3 times as wide.
ByteScales byte_scales(std::span<const float> largest, bool is_signed, std::size_t lanes);

// A weight matrix [outputs][inputs] → panels of kPanelVectors vectors (the last one may have fewer), each
// [words of inputs][panel width]; missing outputs are zero. The panel that holds output o begins at o / width
// · width · words.
AlignedBuffer<float> pack_matrix(const float* weights, std::size_t outputs, std::size_t inputs,
                                 const PanelForm& form);
// The same for bytes: a word is four of them, and a product is factor[output] · Σ byte · weight + bias, the
// zero bytes' share taken from `bias` [outputs, padded].
struct ByteMatrix {
  AlignedBuffer<float> words, factors;
};
ByteMatrix pack_byte_matrix(const float* weights, std::size_t outputs, std::size_t inputs,
                            const PanelForm& form, const ByteScales& scales, std::span<float> bias);
// Zeros behind the values up to a whole number of vectors; null is all zeros.
AlignedBuffer<float> pack_bias(const float* bias, std::size_t outputs, std::size_t lanes);

}  // namespace framegen
