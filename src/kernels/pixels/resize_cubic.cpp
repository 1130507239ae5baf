// resize_cubic.cpp: along x a row at a time, along y from a ring of four rows (docs/reference.md §5).
#include "kernels/pixels/resize_cubic.hpp"

#include <cmath>
#include <cstdint>
#include <cstring>
#include <type_traits>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/pixels/resize_cubic.cpp"  // this file, compiled once per instruction set
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace framegen::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

constexpr int kMargin = 2;  // pixels on either side of a source row
constexpr int kTaps = 4;

HWY_INLINE void fill_row(const LaidPicture& from, int y, std::uint8_t* row) {
  const auto width = static_cast<std::size_t>(from.outer.width);
  std::uint8_t* const own = row + 3 * kMargin;
  memcpy(own, from.outer.row(y), 3 * width);
  if (y >= from.inset && y < from.inset + from.inner.height)
    memcpy(own + 3 * from.inset, from.inner.row(y - from.inset),
           3 * static_cast<std::size_t>(from.inner.width));
  for (int i = 0; i < kMargin; ++i) {
    memcpy(row + 3 * i, own, 3);
    memcpy(own + 3 * (width + static_cast<std::size_t>(i)), own + 3 * (width - 1), 3);
  }
}

// Sums of whole numbers below 2²⁴: exact as floats, in any order. Writes a value more than there are.
HWY_INLINE void resize_along_x(const std::uint8_t* row, const CubicAxis& axis, float* out) {
  const hn::CappedTag<float, 4> d;  // the channels of a pixel, and one that the next pixel writes over
  const hn::Rebind<std::int32_t, decltype(d)> di;
  const hn::Rebind<std::uint8_t, decltype(d)> du8;
  const std::int32_t* const first = axis.first.data();
  const float* weights = axis.weights.data();
  const std::size_t n = axis.first.size();
  for (std::size_t i = 0; i < n; ++i, weights += kTaps, out += 3) {
    const std::uint8_t* const taps = row + 3 * (first[i] + kMargin);
    for (std::size_t c = 0; c < 3; c += hn::Lanes(d)) {
      const auto tap = [&](std::size_t k) HWY_ATTR {
        return hn::ConvertTo(d, hn::PromoteTo(di, hn::LoadU(du8, taps + 3 * k + c)));
      };
      auto sum = hn::Mul(tap(0), hn::Set(d, weights[0]));
      sum = hn::MulAdd(tap(1), hn::Set(d, weights[1]), sum);
      sum = hn::MulAdd(tap(2), hn::Set(d, weights[2]), sum);
      sum = hn::MulAdd(tap(3), hn::Set(d, weights[3]), sum);
      hn::StoreU(sum, d, out + c);
    }
  }
}

// Rounded half to even. Highway's own for single lanes is off where x + 0.5 rounds up.
template <class D>
HWY_INLINE hn::Vec<hn::RebindToSigned<D>> nearest(D d, hn::Vec<D> x) {
#if HWY_TARGET == HWY_SCALAR
  const auto large = hn::Set(d, 12582912.0f);  // 1.5·2²³: no room for a fraction
  return hn::ConvertTo(hn::RebindToSigned<D>(), hn::Sub(hn::Add(x, large), large));
#else
  (void)d;
  return hn::NearestInt(x);
#endif
}

template <class D>
HWY_INLINE void blend(D d, const float* const* rows, const float* shares, std::size_t at, std::uint8_t* out) {
  const auto product = [&](std::size_t k)
                           HWY_ATTR { return hn::Mul(hn::LoadU(d, rows[k] + at), hn::Set(d, shares[k])); };
  // From the last to the first, never fused: another order has another last bit.
  const auto sum = hn::Add(product(0), hn::Add(product(1), hn::Add(product(2), product(3))));
  const hn::Rebind<std::uint8_t, D> du8;
  hn::StoreU(hn::DemoteTo(du8, nearest(d, sum)), du8, out + at);
}

HWY_INLINE void resize_along_y(const float* const* rows, const float* weights, std::size_t n,
                               std::uint8_t* out) {
  constexpr float kShare = 1.0f / (2048 * 2048);
  const float shares[kTaps] = {weights[0] * kShare, weights[1] * kShare, weights[2] * kShare,
                               weights[3] * kShare};
  const hn::ScalableTag<float> d;
  const hn::CappedTag<float, 8> rest;
  const std::size_t groups = n / 8 * 8;
  std::size_t i = 0;
  for (; i + hn::Lanes(d) <= groups; i += hn::Lanes(d)) blend(d, rows, shares, i, out);
  for (; i < groups; i += hn::Lanes(rest)) blend(rest, rows, shares, i, out);
  for (; i < n; ++i) {
    std::int32_t sum = 1 << 21;
    for (std::size_t k = 0; k < kTaps; ++k)
      sum += static_cast<std::int32_t>(rows[k][i]) * static_cast<std::int32_t>(weights[k]);
    sum >>= 22;
    out[i] = static_cast<std::uint8_t>(sum < 0 ? 0 : sum > 255 ? 255 : sum);
  }
}

void resize_cubic(const LaidPicture& from, CubicScratch& scratch, MutableImageView to) {
  const std::size_t n = 3 * static_cast<std::size_t>(to.width);
  const std::size_t stride = scratch.sums.size() / kTaps;
  const int last = from.outer.height - 1;
  int held[kTaps] = {-1, -1, -1, -1};  // which source row each row of sums is of
  for (int y = 0; y < to.height; ++y) {
    const float* rows[kTaps];
    for (int k = 0; k < kTaps; ++k) {
      const int wanted = scratch.y.first[static_cast<std::size_t>(y)] + k;
      const int source = wanted < 0 ? 0 : wanted > last ? last : wanted;
      float* const sums = scratch.sums.data() + static_cast<std::size_t>(source % kTaps) * stride;
      if (held[source % kTaps] != source) {
        fill_row(from, source, scratch.row.data());
        resize_along_x(scratch.row.data(), scratch.x, sums);
        held[source % kTaps] = source;
      }
      rows[k] = sums;
    }
    resize_along_y(rows, scratch.y.weights.data() + static_cast<std::size_t>(y) * kTaps, n, to.row(y));
  }
}

}  // namespace framegen::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace framegen {
namespace {

// Position and polynomials in single precision, as OpenCV has them; weights rounded half to even.
void make_axis(int from, int to, CubicAxis& axis) {
  axis.first.resize(static_cast<std::size_t>(to));
  axis.weights.resize(4 * static_cast<std::size_t>(to));
  const double step = 1.0 / (static_cast<double>(to) / from);
  constexpr float a = -0.75f;
  for (int i = 0; i < to; ++i) {
    const auto at = static_cast<float>((i + 0.5) * step - 0.5);
    const auto below = static_cast<int>(std::floor(at));
    const float x = at - static_cast<float>(below), rest = 1 - x;
    const float before = ((a * (x + 1) - 5 * a) * (x + 1) + 8 * a) * (x + 1) - 4 * a;
    const float left = ((a + 2) * x - (a + 3)) * x * x + 1;
    const float right = ((a + 2) * rest - (a + 3)) * rest * rest + 1;
    float* const weights = axis.weights.data() + 4 * static_cast<std::size_t>(i);
    const float four[] = {before, left, right, 1.0f - before - left - right};
    for (std::size_t k = 0; k < 4; ++k) weights[k] = std::nearbyint(four[k] * 2048);
    axis.first[static_cast<std::size_t>(i)] = below - 1;
  }
}

}  // namespace

void CubicScratch::fit(ImageView from, MutableImageView to) {
  if (from_width != from.width || to_width != to.width) {
    from_width = 0;  // where memory ends, nothing is fitted
    make_axis(from.width, to.width, x);
    const auto grow = [](auto& buffer, std::size_t size) {
      if (buffer.size() < size) buffer = std::remove_reference_t<decltype(buffer)>(size);
    };
    constexpr std::size_t kBeyond = 16;  // values that loads and stores of four reach over the end
    grow(row, 3 * (static_cast<std::size_t>(from.width) + 4) + kBeyond);
    grow(sums, 4 * (3 * static_cast<std::size_t>(to.width) + kBeyond));
    from_width = from.width;
    to_width = to.width;
  }
  if (from_height != from.height || to_height != to.height) {
    from_height = 0;
    make_axis(from.height, to.height, y);
    from_height = from.height;
    to_height = to.height;
  }
}

HWY_EXPORT(resize_cubic);
void resize_cubic(const LaidPicture& from, CubicScratch& scratch, MutableImageView to) {
  HWY_DYNAMIC_DISPATCH(resize_cubic)(from, scratch, to);
}

}  // namespace framegen
#endif
