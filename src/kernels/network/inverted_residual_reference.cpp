// inverted_residual_reference.cpp: the plain-loop truth of inverted_residual (docs/reference.md §6).
#include <algorithm>
#include <vector>

#include "kernels/network/elementwise.hpp"
#include "kernels/network/inverted_residual.hpp"
#include "kernels/network/rounding_reference.hpp"
#include "kernels/network/upsample_bilinear.hpp"

namespace framegen::reference {

namespace {

// weights [out][in], bias [out] or null.
struct Pointwise {
  std::size_t in, out;
  const float* weights;
  const float* bias;
  const Rounding& rounding;
};

// y[pixel][out] = bias[out] + Σ weights[out][in] · x[pixel][in]
std::vector<float> pointwise(const Pointwise& c, const float* x, std::size_t pixels) {
  std::vector<float> y(pixels * c.out);
  for (std::size_t o = 0; o < c.out; ++o) {
    const std::vector<float> weights = c.rounding.weights(c.weights + o * c.in, c.in, c.in);
    for (std::size_t p = 0; p < pixels; ++p) {
      float sum = c.bias != nullptr ? c.bias[o] : 0.0F;
      for (std::size_t i = 0; i < c.in; ++i) sum += weights[i] * c.rounding.input(x[p * c.in + i], i);
      y[p * c.out + o] = sum;
    }
  }
  return y;
}

std::vector<float> expanded_tensor(const InvertedResidualShape& shape, const InvertedResidualWeights& weights,
                                   const InvertedResidualInput& in, const Rounding& rounding,
                                   const Rounding& skip_rounding) {
  const std::size_t half = in.upsample ? 2 : 1, channels = shape.expanded;
  const std::size_t source_pixels = (in.height / half) * (in.width / half);
  std::vector<float> e = shape.source_channels != 0
                             ? pointwise({shape.source_channels, channels, weights.expand, nullptr, rounding},
                                         in.source, source_pixels)
                             : std::vector<float>(in.source, in.source + source_pixels * channels);
  if (in.upsample) {
    std::vector<float> large(in.height * in.width * channels);
    upsample_bilinear({in.height / 2, in.width / 2, channels}, e.data(), large.data());
    e = std::move(large);
  }
  std::vector<float> added;
  if (in.scaled_addend.integers != nullptr) {
    added.resize(e.size());
    reference::from_scaled_rows(in.scaled_addend, {in.height, in.width, channels}, added.data());
  }
  if (shape.skip_channels != 0)
    added = pointwise({shape.skip_channels, channels, weights.skip, nullptr, skip_rounding}, in.skip,
                      in.height * in.width);
  for (std::size_t i = 0; i < e.size(); ++i) {
    if (weights.expand_bias != nullptr) e[i] += weights.expand_bias[i % channels];
    if (in.addend != nullptr) e[i] += in.addend[i];
    if (!added.empty()) e[i] += added[i];
    e[i] = std::max(e[i], 0.0F);
  }
  return e;
}

}  // namespace

void inverted_residual(const InvertedResidualShape& shape, const InvertedResidualWeights& weights,
                       const InvertedResidualInput& in, float* out, InvertedResidualPrecision precision,
                       const InvertedResidualRanges& ranges) {
  const std::vector<float> e = expanded_tensor(shape, weights, in, {precision.expand, ranges.source, true},
                                               {precision.expand, ranges.skip, true});
  const std::size_t out_height = inverted_residual_out(in.height, shape.stride);
  const std::size_t out_width = inverted_residual_out(in.width, shape.stride);
  std::vector<float> d(out_height * out_width * shape.expanded);
  for (std::size_t y = 0; y < out_height; ++y)
    for (std::size_t x = 0; x < out_width; ++x)
      for (std::size_t c = 0; c < shape.expanded; ++c) {
        float sum = weights.depthwise_bias != nullptr ? weights.depthwise_bias[c] : 0.0F;
        for (std::size_t ky = 0; ky < 3; ++ky)
          for (std::size_t kx = 0; kx < 3; ++kx) {
            const std::size_t row = y * shape.stride + ky,
                              column = x * shape.stride + kx;  // both one too large
            if (row < 1 || row > in.height || column < 1 || column > in.width) continue;
            sum += weights.depthwise[c * 9 + ky * 3 + kx] *
                   e[((row - 1) * in.width + column - 1) * shape.expanded + c];
          }
        d[(y * out_width + x) * shape.expanded + c] = std::max(sum, 0.0F);
      }
  const Rounding rounding(precision.project, ranges.filtered, false);
  const std::vector<float> y =
      pointwise({shape.expanded, shape.out_channels, weights.project, weights.project_bias, rounding},
                d.data(), out_height * out_width);
  for (std::size_t i = 0; i < y.size(); ++i) out[i] = y[i] + (in.residual != nullptr ? in.residual[i] : 0.0F);
}

}  // namespace framegen::reference
