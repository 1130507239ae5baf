// elementwise.cpp: the small operations between layers: add, ReLU, sigmoid, concat, half floats, layouts.
#include "kernels/elementwise.hpp"

#include <algorithm>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/elementwise.cpp"
#include "kernels/highway_targets.hpp"
// clang-format off
#include <hwy/foreach_target.h>
#include <hwy/highway.h>
// clang-format on
#include "kernels/sigmoid-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace framegen::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;
using One = hn::CappedTag<float, 1>;
using All = hn::ScalableTag<float>;

// Calls work(tag, i) for whole vectors, then for single elements.
template <class Work>
HWY_INLINE void for_vectors(std::size_t n, const Work& work) {
  std::size_t i = 0;
  for (; i + hn::Lanes(All()) <= n; i += hn::Lanes(All())) work(All(), i);
  for (; i < n; ++i) work(One(), i);
}

void add(const float* a, const float* b, std::size_t n, bool with_relu, float* y) {
  for_vectors(n, [&](auto d, std::size_t i) HWY_ATTR {
    const auto sum = hn::Add(hn::LoadU(d, a + i), hn::LoadU(d, b + i));
    hn::StoreU(with_relu ? hn::Max(sum, hn::Zero(d)) : sum, d, y + i);
  });
}

void relu(const float* x, std::size_t n, float* y) {
  for_vectors(n, [&](auto d, std::size_t i)
                     HWY_ATTR { hn::StoreU(hn::Max(hn::LoadU(d, x + i), hn::Zero(d)), d, y + i); });
}

void sigmoid(const float* x, std::size_t n, float* y) {
  for_vectors(
      n, [&](auto d, std::size_t i) HWY_ATTR { hn::StoreU(sigmoid_of(d, hn::LoadU(d, x + i)), d, y + i); });
}

// Written out: Highway's own conversion truncates where the machine has none.
template <class D>
HWY_INLINE hn::Vec<hn::Rebind<std::uint16_t, D>> half_of(D d, hn::Vec<D> x) {
  const hn::RebindToSigned<D> di;
  const auto bits = hn::BitCast(di, x);
  const auto sign = hn::And(hn::ShiftRight<16>(bits), hn::Set(di, 0x8000));
  const auto magnitude = hn::Min(hn::And(bits, hn::Set(di, 0x7FFFFFFF)), hn::Set(di, 0x477FE000));  // 65504
  // Normal: rebias the exponent and round the 13 bits that go, ties to even.
  const auto odd = hn::And(hn::ShiftRight<13>(magnitude), hn::Set(di, 1));
  const auto rounded = hn::Add(hn::Add(magnitude, hn::Set(di, 0xFFF - (112 << 23))), odd);
  // Below 2^-14: beside 0.5 the addition itself rounds to multiples of 2^-24.
  const auto half = hn::Set(d, 0.5F);
  const auto small =
      hn::Sub(hn::BitCast(di, hn::Add(hn::BitCast(d, magnitude), half)), hn::BitCast(di, half));
  const auto is_small = hn::Lt(magnitude, hn::Set(di, 0x38800000));
  const auto value = hn::IfThenElse(is_small, small, hn::ShiftRight<13>(rounded));
  return hn::DemoteTo(hn::Rebind<std::uint16_t, D>(), hn::Or(value, sign));
}

void to_half(const float* x, std::size_t n, std::uint16_t* y) {
  for_vectors(n, [&](auto d, std::size_t i) HWY_ATTR {
    const hn::Rebind<std::uint16_t, decltype(d)> du;
    hn::StoreU(half_of(d, hn::LoadU(d, x + i)), du, y + i);
  });
}

void from_half(const std::uint16_t* x, std::size_t n, float* y) {
  for_vectors(n, [&](auto d, std::size_t i) HWY_ATTR {
    const hn::Rebind<hwy::float16_t, decltype(d)> dh;
    hn::StoreU(hn::PromoteTo(d, hn::LoadU(dh, reinterpret_cast<const hwy::float16_t*>(x + i))), d, y + i);
  });
}

}  // namespace framegen::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace framegen {

HWY_EXPORT(add);
void add(const float* a, const float* b, std::size_t n, bool with_relu, float* y) {
  HWY_DYNAMIC_DISPATCH(add)(a, b, n, with_relu, y);
}
HWY_EXPORT(relu);
void relu(const float* x, std::size_t n, float* y) { HWY_DYNAMIC_DISPATCH(relu)(x, n, y); }
HWY_EXPORT(sigmoid);
void sigmoid(const float* x, std::size_t n, float* y) { HWY_DYNAMIC_DISPATCH(sigmoid)(x, n, y); }
HWY_EXPORT(to_half);
void to_half(const float* x, std::size_t n, std::uint16_t* y) { HWY_DYNAMIC_DISPATCH(to_half)(x, n, y); }
HWY_EXPORT(from_half);
void from_half(const std::uint16_t* x, std::size_t n, float* y) { HWY_DYNAMIC_DISPATCH(from_half)(x, n, y); }

// Copies: bound by memory, whatever the instruction set.
void concat_channels(std::span<const ConcatPart> parts, std::size_t pixels, float* y) {
  for (std::size_t p = 0; p < pixels; ++p)
    for (const ConcatPart& part : parts) y = std::copy_n(part.x + p * part.channels, part.channels, y);
}

namespace {

// y [columns][rows] from x [rows][columns], in squares that stay in the L1.
void transpose(const float* x, std::size_t rows, std::size_t columns, float* y) {
  constexpr std::size_t kSquare = 16;
  for (std::size_t c = 0; c < columns; c += kSquare)
    for (std::size_t r = 0; r < rows; r += kSquare)
      for (std::size_t i = c; i < std::min(c + kSquare, columns); ++i)
        for (std::size_t j = r; j < std::min(r + kSquare, rows); ++j) y[i * rows + j] = x[j * columns + i];
}

}  // namespace

void to_channels_last(const float* x, std::size_t channels, std::size_t pixels, float* y) {
  transpose(x, channels, pixels, y);
}
void to_channels_first(const float* x, std::size_t channels, std::size_t pixels, float* y) {
  transpose(x, pixels, channels, y);
}

}  // namespace framegen
#endif
