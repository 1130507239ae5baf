// scaled_rows_reference.cpp: the plain-loop truth of the 16-bit integers with scales.
#include <algorithm>
#include <cmath>

#include "kernels/network/scaled_rows.hpp"

namespace framegen::reference {

void to_scaled_rows(const float* x, const ScaledRowsShape& shape, const ScaledRows& y) {
  for (std::size_t row = 0; row < shape.height; ++row)
    for (std::size_t c = 0; c < shape.channels; ++c) {
      const auto at = [&](std::size_t column) { return (row * shape.width + column) * shape.channels + c; };
      float largest = 0;
      for (std::size_t i = 0; i < shape.width; ++i) largest = std::max(largest, std::abs(x[at(i)]));
      const bool is_something = largest >= 1e-30F;
      const float inverse = is_something ? 32767.0F / largest : 0.0F;
      y.scales[row * shape.channels + c] = is_something ? largest / 32767.0F : 0.0F;
      for (std::size_t i = 0; i < shape.width; ++i)
        y.integers[at(i)] =
            static_cast<std::int16_t>(std::clamp(std::nearbyint(x[at(i)] * inverse), -32768.0F, 32767.0F));
    }
}

void from_scaled_rows(const ConstScaledRows& x, const ScaledRowsShape& shape, float* y) {
  const std::size_t pitch = shape.width * shape.channels;
  for (std::size_t i = 0; i < shape.elements(); ++i)
    y[i] = static_cast<float>(x.integers[i]) * x.scales[i / pitch * shape.channels + i % shape.channels];
}

}  // namespace framegen::reference
