// upsample_tile-inl.hpp: bilinear ×2 with aligned corners along one row, for one vector of channels, with
// what is added to it and the ReLU (REFERENCE.md §6). Included by kernels once per instruction set.
#if defined(FRAMEGEN_KERNELS_UPSAMPLE_TILE_INL_HPP_) == defined(HWY_TARGET_TOGGLE)
#ifdef FRAMEGEN_KERNELS_UPSAMPLE_TILE_INL_HPP_
#undef FRAMEGEN_KERNELS_UPSAMPLE_TILE_INL_HPP_
#else
#define FRAMEGEN_KERNELS_UPSAMPLE_TILE_INL_HPP_
#endif

#include <hwy/highway.h>

#include <algorithm>
#include <cstddef>

#include "kernels/matrix_tile-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace framegen::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

// Output i of 2n lies at i·(n−1)/(2n−1) of the input: outputs 2j+1 and 2j+2 lie between inputs j and j+1,
// output 0 on input 0, output 2n−1 on input n−1.
HWY_INLINE std::size_t upsample_source(std::size_t i) { return i == 0 ? 0 : (i - 1) / 2; }
HWY_INLINE float upsample_fraction(std::size_t i, std::size_t n) {
  const double position =
      static_cast<double>(i) * static_cast<double>(n - 1) / static_cast<double>(2 * n - 1);
  return static_cast<float>(position - static_cast<double>(upsample_source(i)));
}
HWY_INLINE void upsample_fractions(std::size_t n, float* fractions) {
  for (std::size_t i = 0; i < 2 * n; ++i) fractions[i] = upsample_fraction(i, n);
}

struct UpsampleTile {
  const float* top;          // the two source rows, at the source column of the first output column
  const float* bottom;       // of `fraction_y` weight
  std::size_t pitch;         // floats from source column to source column
  std::size_t width;         // of the source
  std::size_t source_valid;  // channels that exist there
  const float* fractions;    // of each output column
  float fraction_y;
  const float* bias;   // [kLanes] or null
  const void* addend;  // at the first output column; or null
  bool addend_half;    // 16-bit floats
  std::size_t addend_pitch;
  std::size_t valid;    // channels that exist in the addend
  std::size_t first;    // output column
  std::size_t columns;  // how many
  float* out;           // [columns][kLanes]
};

template <bool kHalf>
HWY_INLINE Vector addend_at(const UpsampleTile& t, std::size_t i) {
  return kHalf ? load_some_half(static_cast<const std::uint16_t*>(t.addend) + i * t.addend_pitch, t.valid)
               : load_some(static_cast<const float*>(t.addend) + i * t.addend_pitch, t.valid);
}

HWY_INLINE Vector addend_or_zero(const UpsampleTile& t, std::size_t i) {
  if (t.addend == nullptr) return hn::Zero(Floats());
  return t.addend_half ? addend_at<true>(t, i) : addend_at<false>(t, i);
}

// No upsampling: relu(source + bias + addend).
HWY_INLINE void copy_tile(const UpsampleTile& t) {
  const Floats d;
  for (std::size_t i = 0; i < t.columns; ++i) {
    const Vector sum = hn::Add(load_some(t.top + i * t.pitch, t.valid), hn::LoadU(d, t.bias));
    hn::StoreU(hn::Max(hn::Add(sum, addend_or_zero(t, i)), hn::Zero(d)), d, t.out + i * kLanes);
  }
}

// relu(up(source) + bias + addend), first down, then across.
HWY_NOINLINE void upsample_tile(const UpsampleTile& t) {
  const Floats d;
  const Vector fy = hn::Set(d, t.fraction_y);
  const Vector bias = t.bias != nullptr ? hn::LoadU(d, t.bias) : hn::Zero(d);
  const auto blended = [&](std::size_t x) HWY_ATTR {
    const Vector top = load_some(t.top + x * t.pitch, t.source_valid);
    const Vector bottom = load_some(t.bottom + x * t.pitch, t.source_valid);
    return hn::Add(hn::MulAdd(fy, hn::Sub(bottom, top), top), bias);
  };
  const auto finish = [&](std::size_t i, Vector left, Vector step) HWY_ATTR {
    const Vector value = hn::MulAdd(hn::Set(d, t.fractions[i]), step, left);
    hn::StoreU(hn::Max(hn::Add(value, addend_or_zero(t, i)), hn::Zero(d)), d, t.out + i * kLanes);
  };
  const std::size_t origin = upsample_source(t.first), last = t.width - 1 - origin;
  Vector left = blended(0), right = blended(std::min<std::size_t>(1, last));
  std::size_t source = 0;
  for (std::size_t i = 0; i < t.columns; ++i) {
    const std::size_t wanted = upsample_source(t.first + i) - origin;
    if (wanted != source) {
      source = wanted;
      left = right;
      right = blended(std::min(source + 1, last));
    }
    finish(i, left, hn::Sub(right, left));
  }
}

}  // namespace framegen::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // per-target include guard
