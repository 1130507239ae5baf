// rounding_reference.hpp: what the factors of a product become in each precision, as plain loops.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "kernels/network/packing.hpp"
#include "kernels/network/product_precision.hpp"

namespace framegen::reference {

// For bytes: the largest magnitude of each input channel, and whether it has both signs.
class Rounding {
 public:
  Rounding(ProductPrecision precision, std::span<const float> largest, bool is_signed);
  // An input times a weight is the product in this precision.
  float input(float x, std::size_t channel) const;
  // One output's weights, `taps` of them for each of `channels` channels in turn.
  std::vector<float> weights(const float* w, std::size_t count, std::size_t channels) const;

 private:
  ProductPrecision precision_;
  ByteScales scales_;
};

}  // namespace framegen::reference
