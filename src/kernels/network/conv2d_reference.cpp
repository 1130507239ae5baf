// conv2d_reference.cpp: the plain-loop truth of conv2d and depthwise (docs/reference.md §6).
#include <algorithm>
#include <vector>

#include "kernels/network/conv2d.hpp"
#include "kernels/network/depthwise.hpp"
#include "kernels/network/rounding_reference.hpp"

namespace framegen::reference {
namespace {

// Each output channel reads `group` input channels: all of them, or with `group` 1 its own.
void grouped(const ConvShape& s, std::size_t group, const float* weights, const float* bias,
             const ConvInput& in, float* out, const Rounding& rounding) {
  const std::size_t out_height = conv_out(in.height, s.pad_top + s.pad_bottom, s.kernel_height, s.stride_y);
  const std::size_t out_width = conv_out(in.width, s.pad_left + s.pad_right, s.kernel_width, s.stride_x);
  for (std::size_t y = 0; y < out_height; ++y)
    for (std::size_t x = 0; x < out_width; ++x)
      for (std::size_t o = 0; o < s.out_channels; ++o) {
        float sum = bias != nullptr ? bias[o] : 0.0F;
        const std::size_t inputs = group * s.kernel_height * s.kernel_width;
        const std::vector<float> rounded_weights = rounding.weights(weights + o * inputs, inputs, group);
        const float* w = rounded_weights.data();
        for (std::size_t i = 0; i < group; ++i)
          for (std::size_t ky = 0; ky < s.kernel_height; ++ky)
            for (std::size_t kx = 0; kx < s.kernel_width; ++kx, ++w) {
              const std::size_t row = y * s.stride_y + ky,
                                column = x * s.stride_x + kx;  // in the padded image
              if (row < s.pad_top || row >= in.height + s.pad_top) continue;
              if (column < s.pad_left || column >= in.width + s.pad_left) continue;
              const std::size_t pixel = (row - s.pad_top) * in.width + column - s.pad_left;
              const std::size_t channel = group == 1 ? o % s.in_channels : i;
              sum += *w * rounding.input(in.x[pixel * s.in_channels + channel], channel);
            }
        const std::size_t index = (y * out_width + x) * s.out_channels + o;
        if (in.addend != nullptr) sum += in.addend[index];
        out[index] = in.relu ? std::max(sum, 0.0F) : sum;
      }
}

}  // namespace

void conv2d(const ConvShape& shape, const float* weights, const float* bias, const ConvInput& input,
            float* out, ProductPrecision precision, std::span<const float> largest) {
  grouped(shape, shape.in_channels, weights, bias, input, out, {precision, largest, true});
}

void depthwise(const ConvShape& shape, const float* weights, const float* bias, const ConvInput& input,
               float* out) {
  grouped(shape, 1, weights, bias, input, out, {ProductPrecision::kFloat32, {}, true});
}

}  // namespace framegen::reference
