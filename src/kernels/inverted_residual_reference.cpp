// inverted_residual_reference.cpp: the plain-loop truth of inverted_residual (REFERENCE.md §6).
#include <algorithm>
#include <vector>

#include "kernels/elementwise.hpp"
#include "kernels/inverted_residual.hpp"
#include "kernels/upsample_bilinear.hpp"

namespace framegen::reference {
namespace {

// y[pixel][out] = bias[out] + Σ weights[out][in] · x[pixel][in]
std::vector<float> pointwise(const float* x, std::size_t pixels, std::size_t in, std::size_t out,
                             const float* weights, const float* bias) {
  std::vector<float> y(pixels * out);
  for (std::size_t p = 0; p < pixels; ++p)
    for (std::size_t o = 0; o < out; ++o) {
      float sum = bias != nullptr ? bias[o] : 0.0F;
      for (std::size_t i = 0; i < in; ++i) sum += weights[o * in + i] * x[p * in + i];
      y[p * out + o] = sum;
    }
  return y;
}

std::vector<float> expanded_tensor(const InvertedResidualShape& shape, const InvertedResidualWeights& weights,
                                   const InvertedResidualInput& in) {
  const std::size_t half = in.upsample ? 2 : 1, channels = shape.expanded;
  const std::size_t source_pixels = (in.height / half) * (in.width / half);
  std::vector<float> e =
      shape.source_channels != 0
          ? pointwise(in.source, source_pixels, shape.source_channels, channels, weights.expand, nullptr)
          : std::vector<float>(in.source, in.source + source_pixels * channels);
  if (in.upsample) {
    std::vector<float> large(in.height * in.width * channels);
    upsample_bilinear({in.height / 2, in.width / 2, channels}, e.data(), large.data());
    e = std::move(large);
  }
  for (std::size_t i = 0; i < e.size(); ++i) {
    if (weights.expand_bias != nullptr) e[i] += weights.expand_bias[i % channels];
    if (in.addend != nullptr)
      e[i] += in.addend_type == AddendType::kFloat16
                  ? from_half(static_cast<const std::uint16_t*>(in.addend)[i])
                  : static_cast<const float*>(in.addend)[i];
    e[i] = std::max(e[i], 0.0F);
  }
  return e;
}

}  // namespace

void inverted_residual(const InvertedResidualShape& shape, const InvertedResidualWeights& weights,
                       const InvertedResidualInput& in, float* out) {
  const std::vector<float> e = expanded_tensor(shape, weights, in);
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
  const std::vector<float> y = pointwise(d.data(), out_height * out_width, shape.expanded, shape.out_channels,
                                         weights.project, weights.project_bias);
  for (std::size_t i = 0; i < y.size(); ++i) out[i] = y[i] + (in.residual != nullptr ? in.residual[i] : 0.0F);
}

}  // namespace framegen::reference
