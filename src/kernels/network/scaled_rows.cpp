// scaled_rows.cpp: floats ↔ 16-bit integers with a scale for each row and channel.
#include "kernels/network/scaled_rows.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/network/scaled_rows.cpp"
#include "kernels/highway_targets.hpp"
// clang-format off
#include <hwy/foreach_target.h>
#include <hwy/highway.h>
// clang-format on

HWY_BEFORE_NAMESPACE();
namespace framegen::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

// One vector of channels, or one channel, along a row.
template <class D>
HWY_INLINE void scale_row(D d, const float* x, std::size_t width, std::size_t channels, std::int16_t* y,
                          float* scale) {
  auto largest = hn::Zero(d);
  for (std::size_t i = 0; i < width; ++i) largest = hn::Max(largest, hn::Abs(hn::LoadU(d, x + i * channels)));
  const auto is_something = hn::Ge(largest, hn::Set(d, 1e-30F));
  const auto steps = hn::Set(d, 32767.0F);
  hn::StoreU(hn::IfThenElseZero(is_something, hn::Div(largest, steps)), d, scale);
  const auto inverse = hn::IfThenElseZero(is_something, hn::Div(steps, largest));
  const hn::Rebind<std::int16_t, D> brief;
  for (std::size_t i = 0; i < width; ++i) {
    const auto nearest = hn::NearestInt(hn::Mul(hn::LoadU(d, x + i * channels), inverse));
    hn::StoreU(hn::DemoteTo(brief, nearest), brief, y + i * channels);
  }
}

template <class D>
HWY_INLINE void unscale_row(D d, const std::int16_t* x, const float* scale, std::size_t width,
                            std::size_t channels, float* y) {
  const hn::Rebind<std::int16_t, D> brief;
  const hn::RebindToSigned<D> di;
  const auto factor = hn::LoadU(d, scale);
  for (std::size_t i = 0; i < width; ++i) {
    const auto integers = hn::PromoteTo(di, hn::LoadU(brief, x + i * channels));
    hn::StoreU(hn::Mul(hn::ConvertTo(d, integers), factor), d, y + i * channels);
  }
}

// Calls work(tag, row, channel) for whole vectors of channels, then for single ones.
template <class Work>
HWY_INLINE void for_channels(const ScaledRowsShape& shape, const Work& work) {
  const hn::ScalableTag<float> all;
  const hn::CappedTag<float, 1> one;
  for (std::size_t row = 0; row < shape.height; ++row) {
    std::size_t c = 0;
    for (; c + hn::Lanes(all) <= shape.channels; c += hn::Lanes(all)) work(all, row, c);
    for (; c < shape.channels; ++c) work(one, row, c);
  }
}

void to_scaled_rows(const float* x, const ScaledRowsShape& shape, const ScaledRows& y) {
  const std::size_t pitch = shape.width * shape.channels;
  for_channels(shape, [&](auto d, std::size_t row, std::size_t c) HWY_ATTR {
    const std::size_t at = row * pitch + c;
    scale_row(d, x + at, shape.width, shape.channels, y.integers + at, y.scales + row * shape.channels + c);
  });
}

void from_scaled_rows(const ConstScaledRows& x, const ScaledRowsShape& shape, float* y) {
  const std::size_t pitch = shape.width * shape.channels;
  for_channels(shape, [&](auto d, std::size_t row, std::size_t c) HWY_ATTR {
    const std::size_t at = row * pitch + c;
    unscale_row(d, x.integers + at, x.scales + row * shape.channels + c, shape.width, shape.channels, y + at);
  });
}

}  // namespace framegen::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace framegen {

HWY_EXPORT(to_scaled_rows);
void to_scaled_rows(const float* x, const ScaledRowsShape& shape, const ScaledRows& y) {
  HWY_DYNAMIC_DISPATCH(to_scaled_rows)(x, shape, y);
}
HWY_EXPORT(from_scaled_rows);
void from_scaled_rows(const ConstScaledRows& x, const ScaledRowsShape& shape, float* y) {
  HWY_DYNAMIC_DISPATCH(from_scaled_rows)(x, shape, y);
}

ScaledRows scaled_rows_in(void* memory, const ScaledRowsShape& shape) {
  auto* bytes = static_cast<std::byte*>(memory);
  return {reinterpret_cast<std::int16_t*>(bytes), reinterpret_cast<float*>(bytes + shape.scales_offset())};
}
ConstScaledRows scaled_rows_in(const void* memory, const ScaledRowsShape& shape) {
  const auto* bytes = static_cast<const std::byte*>(memory);
  return {reinterpret_cast<const std::int16_t*>(bytes),
          reinterpret_cast<const float*>(bytes + shape.scales_offset())};
}

}  // namespace framegen
#endif
