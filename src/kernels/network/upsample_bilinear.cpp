// upsample_bilinear.cpp: bilinear enlargement by two with aligned corners, one vector of channels at a time
// (docs/reference.md §6).
#include "kernels/network/upsample_bilinear.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/network/upsample_bilinear.cpp"
#include "kernels/highway_targets.hpp"
// clang-format off
#include <hwy/foreach_target.h>
#include <hwy/highway.h>
// clang-format on
#include "kernels/network/upsample_tile-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace framegen::HWY_NAMESPACE {

void upsample_bilinear(const UpsampleShape& shape, const float* x, RowRange rows, float* y) {
  const Floats d;
  const std::size_t channels = shape.channels, pitch = shape.width * channels;
  for (std::size_t row = rows.begin; row < rows.end; ++row) {
    const float* top = x + upsample_source(row) * pitch;
    const float* bottom = x + HWY_MIN(upsample_source(row) + 1, shape.height - 1) * pitch;
    const Vector fy = hn::Set(d, upsample_fraction(row, shape.height));
    for (std::size_t column = 0; column < 2 * shape.width; ++column) {
      const std::size_t left = upsample_source(column), right = HWY_MIN(left + 1, shape.width - 1);
      const Vector fx = hn::Set(d, upsample_fraction(column, shape.width));
      float* out = y + (row * 2 * shape.width + column) * channels;
      for (std::size_t c = 0; c < channels; c += kLanes) {
        const auto blended = [&](std::size_t at) HWY_ATTR {
          const Vector above = load_some(top + at * channels + c, channels - c);
          return hn::MulAdd(fy, hn::Sub(load_some(bottom + at * channels + c, channels - c), above), above);
        };
        const Vector a = blended(left);
        store_some(hn::MulAdd(fx, hn::Sub(blended(right), a), a), out + c, channels - c);
      }
    }
  }
}

}  // namespace framegen::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace framegen {

HWY_EXPORT(upsample_bilinear);
void upsample_bilinear(const UpsampleShape& shape, const float* x, RowRange rows, float* y) {
  HWY_DYNAMIC_DISPATCH(upsample_bilinear)(shape, x, rows, y);
}

}  // namespace framegen
#endif
