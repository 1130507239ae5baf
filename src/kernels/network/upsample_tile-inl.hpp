// upsample_tile-inl.hpp: bilinear ×2 with aligned corners along one row, for one vector of channels, with
// what is added to it and the ReLU (docs/reference.md §6). Included by kernels once per instruction set.
#if defined(FRAMEGEN_KERNELS_UPSAMPLE_TILE_INL_HPP_) == defined(HWY_TARGET_TOGGLE)
#ifdef FRAMEGEN_KERNELS_UPSAMPLE_TILE_INL_HPP_
#undef FRAMEGEN_KERNELS_UPSAMPLE_TILE_INL_HPP_
#else
#define FRAMEGEN_KERNELS_UPSAMPLE_TILE_INL_HPP_
#endif

#include <hwy/highway.h>

#include <algorithm>
#include <cstddef>

#include "kernels/network/matrix_tile-inl.hpp"

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
  const float* bias;    // [kLanes] or null
  AddendTile addend;    // at the first output column; its `valid` holds where there is none too
  std::size_t first;    // output column
  std::size_t columns;  // how many
  float* out;           // [columns][kLanes]
};

enum class Addend { kNone, kFloats, kScaled };

template <Addend kAddend, bool kWhole>
HWY_INLINE Vector scale_of(const AddendTile& t) {
  if constexpr (kAddend == Addend::kScaled) return load_some(t.scales, kWhole ? kLanes : t.valid);
  return hn::Zero(Floats());
}

template <Addend kAddend, bool kWhole>
HWY_INLINE Vector add_addend(const AddendTile& t, std::size_t i, Vector scale, Vector sum) {
  const std::size_t at = i * t.pitch, valid = kWhole ? kLanes : t.valid;
  if constexpr (kAddend == Addend::kFloats) return hn::Add(sum, load_some(t.floats + at, valid));
  if constexpr (kAddend == Addend::kScaled)
    return hn::MulAdd(load_some_integers(t.integers + at, valid), scale, sum);
  return sum;
}

// No upsampling: relu(source + bias + addend).
template <Addend kAddend, bool kWhole>
void copy_columns(const UpsampleTile& tile) {
  const UpsampleTile t = tile;  // its own copy, which no store can change
  const Floats d;
  const Vector scale = scale_of<kAddend, kWhole>(t.addend);
  for (std::size_t i = 0; i < t.columns; ++i) {
    const Vector sum =
        hn::Add(load_some(t.top + i * t.pitch, kWhole ? kLanes : t.addend.valid), hn::LoadU(d, t.bias));
    const Vector all = add_addend<kAddend, kWhole>(t.addend, i, scale, sum);
    hn::StoreU(hn::Max(all, hn::Zero(d)), d, t.out + i * kLanes);
  }
}

// One column of the source, the two rows blended. Plain functions: GCC does not inline closures here.
HWY_INLINE Vector blend_down(const float* top, const float* bottom, std::size_t valid, Vector fraction,
                             Vector bias) {
  const Vector upper = load_some(top, valid), lower = load_some(bottom, valid);
  return hn::Add(hn::MulAdd(fraction, hn::Sub(lower, upper), upper), bias);
}

// The same for columns that lie one after the other.
HWY_INLINE void blend_down(const float* HWY_RESTRICT top, const float* HWY_RESTRICT bottom,
                           std::size_t columns, float fraction, float* HWY_RESTRICT to) {
  const Floats d;
  const Vector down = hn::Set(d, fraction);
  for (std::size_t i = 0; i < columns; ++i) {
    const Vector upper = hn::LoadU(d, top + i * kLanes), lower = hn::LoadU(d, bottom + i * kLanes);
    hn::StoreU(hn::MulAdd(down, hn::Sub(lower, upper), upper), d, to + i * kLanes);
  }
}

// Output column i: between `left` and `left` + `step`, with the addend and the ReLU.
template <Addend kAddend, bool kWhole>
HWY_INLINE void blend_across(const UpsampleTile& t, std::size_t i, Vector left, Vector step, Vector scale) {
  const Floats d;
  const Vector value = hn::MulAdd(hn::Set(d, t.fractions[i]), step, left);
  const Vector all = add_addend<kAddend, kWhole>(t.addend, i, scale, value);
  hn::StoreU(hn::Max(all, hn::Zero(d)), d, t.out + i * kLanes);
}

// relu(up(source) + bias + addend), first down, then across.
template <Addend kAddend, bool kWhole>
void upsample_columns(const UpsampleTile& tile) {
  const UpsampleTile t = tile;  // its own copy, which no store can change
  const Floats d;
  const Vector fraction = hn::Set(d, t.fraction_y), scale = scale_of<kAddend, kWhole>(t.addend);
  const Vector bias = t.bias != nullptr ? hn::LoadU(d, t.bias) : hn::Zero(d);
  const std::size_t valid = kWhole ? kLanes : t.source_valid;
  const std::size_t last = (t.width - 1 - upsample_source(t.first)) * t.pitch;
  std::size_t at = HWY_MIN(t.pitch, last);  // of the source column to the right
  Vector left = blend_down(t.top, t.bottom, valid, fraction, bias);
  Vector right = blend_down(t.top + at, t.bottom + at, valid, fraction, bias);
  std::size_t i = 0;
  if (t.first % 2 == 0) {  // column 0, which has no pair, or the second of a pair
    blend_across<kAddend, kWhole>(t, i++, left, hn::Sub(right, left), scale);
    if (t.first != 0) {
      at = HWY_MIN(at + t.pitch, last);
      left = right, right = blend_down(t.top + at, t.bottom + at, valid, fraction, bias);
    }
  }
  for (; i + 2 <= t.columns; i += 2) {
    const Vector step = hn::Sub(right, left);
    blend_across<kAddend, kWhole>(t, i, left, step, scale);
    blend_across<kAddend, kWhole>(t, i + 1, left, step, scale);
    at = HWY_MIN(at + t.pitch, last);
    left = right, right = blend_down(t.top + at, t.bottom + at, valid, fraction, bias);
  }
  if (i < t.columns) blend_across<kAddend, kWhole>(t, i, left, hn::Sub(right, left), scale);
}

template <Addend kAddend>
HWY_INLINE void expand_columns(const UpsampleTile& t, bool upsample) {
  if (t.addend.valid >= kLanes)
    upsample ? upsample_columns<kAddend, true>(t) : copy_columns<kAddend, true>(t);
  else
    upsample ? upsample_columns<kAddend, false>(t) : copy_columns<kAddend, false>(t);
}

HWY_INLINE void expand_columns(const UpsampleTile& t, bool upsample) {
  if (t.addend.floats != nullptr) return expand_columns<Addend::kFloats>(t, upsample);
  if (t.addend.integers != nullptr) return expand_columns<Addend::kScaled>(t, upsample);
  expand_columns<Addend::kNone>(t, upsample);
}

}  // namespace framegen::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // per-target include guard
