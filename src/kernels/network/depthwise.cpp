// depthwise.cpp: one small filter per channel, one vector of channels at a time (docs/reference.md §6).
#include "kernels/network/depthwise.hpp"

#include "kernels/network/packing.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/network/depthwise.cpp"
#include "kernels/highway_targets.hpp"
// clang-format off
#include <hwy/foreach_target.h>
#include <hwy/highway.h>
// clang-format on
#include "kernels/network/matrix_tile-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace framegen::HWY_NAMESPACE {

// Output pixel (y, x) of the channels from c on.
HWY_INLINE Vector filtered_pixel(const PackedDepthwise& packed, const ConvInput& in, std::size_t y,
                                 std::size_t x, std::size_t c) {
  const Floats d;
  const ConvShape& s = packed.shape;
  const std::size_t padded = packed.bias.size();
  Vector sum = hn::LoadU(d, packed.bias.data() + c);
  for (std::size_t ky = 0; ky < s.kernel_height; ++ky) {
    const std::size_t row = y * s.stride_y + ky;  // in the padded image
    if (row < s.pad_top || row >= in.height + s.pad_top) continue;
    for (std::size_t kx = 0; kx < s.kernel_width; ++kx) {
      const std::size_t column = x * s.stride_x + kx;
      if (column < s.pad_left || column >= in.width + s.pad_left) continue;
      const float* pixel = in.x + ((row - s.pad_top) * in.width + column - s.pad_left) * s.in_channels + c;
      const float* weights = packed.weights.data() + (ky * s.kernel_width + kx) * padded + c;
      sum = hn::MulAdd(hn::LoadU(d, weights), load_some(pixel, s.in_channels - c), sum);
    }
  }
  return sum;
}

void depthwise(const PackedDepthwise& packed, const ConvInput& in, RowRange rows, float* out) {
  const Floats d;
  const ConvShape& s = packed.shape;
  const std::size_t channels = s.in_channels;
  const std::size_t width = conv_out(in.width, s.pad_left + s.pad_right, s.kernel_width, s.stride_x);
  for (std::size_t y = rows.begin; y < rows.end; ++y)
    for (std::size_t x = 0; x < width; ++x)
      for (std::size_t c = 0; c < channels; c += kLanes) {
        const std::size_t at = (y * width + x) * channels + c, valid = channels - c;
        Vector sum = filtered_pixel(packed, in, y, x, c);
        if (in.addend != nullptr) sum = hn::Add(sum, load_some(in.addend + at, valid));
        store_some(in.relu ? hn::Max(sum, hn::Zero(d)) : sum, out + at, valid);
      }
}

}  // namespace framegen::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace framegen {

PackedDepthwise pack_depthwise(const ConvShape& shape, const float* weights, const float* bias) {
  PackedDepthwise packed;
  packed.shape = shape;
  packed.bias = pack_bias(bias, shape.in_channels, vector_lanes());
  const std::size_t taps = shape.kernel_height * shape.kernel_width, padded = packed.bias.size();
  packed.weights = AlignedBuffer<float>(taps * padded);
  packed.weights.fill_zero();
  for (std::size_t c = 0; c < shape.in_channels; ++c)
    for (std::size_t tap = 0; tap < taps; ++tap) packed.weights[tap * padded + c] = weights[c * taps + tap];
  return packed;
}

HWY_EXPORT(depthwise);
void depthwise(const PackedDepthwise& packed, const ConvInput& input, RowRange rows, float* out) {
  HWY_DYNAMIC_DISPATCH(depthwise)(packed, input, rows, out);
}

}  // namespace framegen
#endif
