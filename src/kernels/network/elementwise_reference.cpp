// elementwise_reference.cpp: the plain-loop truths of the small operations, upsampling and the face epilogue
// (docs/reference.md §6, §7).
#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <limits>

#include "kernels/network/elementwise.hpp"
#include "kernels/network/face_epilogue.hpp"
#include "kernels/network/max_pool.hpp"
#include "kernels/network/upsample_bilinear.hpp"

namespace framegen::reference {

void add(const float* a, const float* b, std::size_t n, bool with_relu, float* y) {
  for (std::size_t i = 0; i < n; ++i) y[i] = with_relu ? std::max(a[i] + b[i], 0.0F) : a[i] + b[i];
}

void relu(const float* x, std::size_t n, float* y) {
  for (std::size_t i = 0; i < n; ++i) y[i] = std::max(x[i], 0.0F);
}

void sigmoid(const float* x, std::size_t n, float* y) {
  for (std::size_t i = 0; i < n; ++i)
    y[i] = static_cast<float>(1.0 / (1.0 + std::exp(-static_cast<double>(x[i]))));
}

void prelu(const float* x, const float* slopes, std::size_t channels, std::size_t pixels, float* y) {
  for (std::size_t i = 0; i < pixels * channels; ++i) y[i] = x[i] < 0 ? x[i] * slopes[i % channels] : x[i];
}

void max_pool(const PoolShape& shape, const float* x, float* y) {
  for (std::size_t row = 0; row < shape.out_height(); ++row)
    for (std::size_t column = 0; column < shape.out_width(); ++column)
      for (std::size_t c = 0; c < shape.channels; ++c) {
        float largest = -std::numeric_limits<float>::infinity();
        for (std::size_t ky = 0; ky < shape.kernel_height; ++ky)
          for (std::size_t kx = 0; kx < shape.kernel_width; ++kx)
            largest = std::max(largest,
                               x[((row * shape.stride_y + ky) * shape.width + column * shape.stride_x + kx) *
                                     shape.channels +
                                 c]);
        *y++ = largest;
      }
}

void concat_channels(std::span<const ConcatPart> parts, std::size_t pixels, float* y) {
  for (std::size_t p = 0; p < pixels; ++p)
    for (const ConcatPart& part : parts) y = std::copy_n(part.x + p * part.channels, part.channels, y);
}

void to_channels_last(const float* x, std::size_t channels, std::size_t pixels, float* y) {
  for (std::size_t p = 0; p < pixels; ++p)
    for (std::size_t c = 0; c < channels; ++c) y[p * channels + c] = x[c * pixels + p];
}

void to_channels_first(const float* x, std::size_t channels, std::size_t pixels, float* y) {
  for (std::size_t c = 0; c < channels; ++c)
    for (std::size_t p = 0; p < pixels; ++p) y[c * pixels + p] = x[p * channels + c];
}

void upsample_bilinear(const UpsampleShape& shape, const float* x, float* y) {
  const auto source = [](std::size_t i, std::size_t n) {  // position in the input of output i of 2n
    return static_cast<double>(i) * static_cast<double>(n - 1) / static_cast<double>(2 * n - 1);
  };
  for (std::size_t row = 0; row < 2 * shape.height; ++row)
    for (std::size_t column = 0; column < 2 * shape.width; ++column) {
      const double sy = source(row, shape.height), sx = source(column, shape.width);
      const auto y0 = static_cast<std::size_t>(sy), x0 = static_cast<std::size_t>(sx);
      const std::size_t y1 = std::min(y0 + 1, shape.height - 1), x1 = std::min(x0 + 1, shape.width - 1);
      const auto fy = static_cast<float>(sy - static_cast<double>(y0)),
                 fx = static_cast<float>(sx - static_cast<double>(x0));
      for (std::size_t c = 0; c < shape.channels; ++c) {
        const auto at = [&](std::size_t r, std::size_t k) {
          return x[(r * shape.width + k) * shape.channels + c];
        };
        const float top = at(y0, x0) * (1.0F - fx) + at(y0, x1) * fx;
        const float bottom = at(y1, x0) * (1.0F - fx) + at(y1, x1) * fx;
        *y++ = top * (1.0F - fy) + bottom * fy;
      }
    }
}

void face_epilogue(const FaceWeights& face, const float* x, std::size_t pixels, const FaceOutput& out) {
  for (std::size_t p = 0; p < pixels; ++p)
    for (std::size_t o = 0; o < 3; ++o) {
      float sum = face.bias != nullptr ? face.bias[o] : 0.0F;
      for (std::size_t c = 0; c < face.channels; ++c)
        sum += face.weights[o * face.channels + c] * x[p * face.channels + c];
      float value = 0;
      sigmoid(&sum, 1, &value);
      if (out.bgr != nullptr) out.bgr[p * 3 + o] = static_cast<std::uint8_t>(value * 255.0F);
      if (out.planar != nullptr) out.planar[o * out.plane + p] = value;
    }
}

}  // namespace framegen::reference
