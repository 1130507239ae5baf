// packing.hpp: weights in the order in which the matrix kernels read them.
#pragma once

#include <cstddef>

#include "core/aligned_buffer.hpp"
#include "kernels/product_precision.hpp"

namespace framegen {

// Vectors side by side in one panel of the right-hand matrix.
inline constexpr std::size_t kPanelVectors = 2;

// Floats per vector of the instruction set in use.
std::size_t vector_lanes();

constexpr std::size_t ceil_div(std::size_t a, std::size_t b) { return (a + b - 1) / b; }
constexpr std::size_t round_up(std::size_t a, std::size_t b) { return ceil_div(a, b) * b; }

// Words of 32 bits that hold k numbers.
constexpr std::size_t words_of(ProductPrecision precision, std::size_t k) {
  return precision == ProductPrecision::kFloat32 ? k : ceil_div(k, 2);
}

// A weight matrix [outputs][inputs] → panels of kPanelVectors vectors (the last one may have fewer), each
// [words of inputs][panel width]; missing outputs are zero. The panel that holds output o begins at o / width
// · width · words.
AlignedBuffer<float> pack_matrix(const float* weights, std::size_t outputs, std::size_t inputs,
                                 std::size_t lanes, ProductPrecision precision = ProductPrecision::kFloat32);
// Zeros behind the values up to a whole number of vectors; null is all zeros.
AlignedBuffer<float> pack_bias(const float* bias, std::size_t outputs, std::size_t lanes);

}  // namespace framegen
