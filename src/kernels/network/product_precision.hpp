// product_precision.hpp: what the network's products are computed with, the user's explicit choice.
#pragma once

#include <cstdint>

namespace framegen {

enum class ProductPrecision : std::uint8_t {
  kFloat32,
  kBFloat16,  // factors rounded to bfloat16, sums in float32; everything between the products stays float32
  // Factors rounded to 8 bits with a scale for each input channel (from measured ranges) and output channel,
  // sums in whole numbers: the same on every machine.
  kInt8,
};

// Whether this machine has instructions that make it faster than float32. All precisions run everywhere.
bool product_precision_is_native(ProductPrecision precision);

}  // namespace framegen
