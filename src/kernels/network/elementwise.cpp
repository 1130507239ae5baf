// elementwise.cpp: the small operations between layers: add, ReLU, PReLU, sigmoid, concat, pad, layouts.
#include "kernels/network/elementwise.hpp"

#include <algorithm>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/network/elementwise.cpp"
#include "kernels/highway_targets.hpp"
// clang-format off
#include <hwy/foreach_target.h>
#include <hwy/highway.h>
// clang-format on
#include "kernels/network/sigmoid-inl.hpp"

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

void prelu(const float* x, const float* slopes, std::size_t channels, std::size_t pixels, float* y) {
  for (std::size_t p = 0; p < pixels; ++p, x += channels, y += channels)
    for_vectors(channels, [&](auto d, std::size_t c) HWY_ATTR {
      const auto v = hn::LoadU(d, x + c);
      const auto below = hn::Mul(v, hn::LoadU(d, slopes + c));
      hn::StoreU(hn::IfThenElse(hn::Lt(v, hn::Zero(d)), below, v), d, y + c);
    });
}

void sigmoid(const float* x, std::size_t n, float* y) {
  for_vectors(
      n, [&](auto d, std::size_t i) HWY_ATTR { hn::StoreU(sigmoid_of(d, hn::LoadU(d, x + i)), d, y + i); });
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
HWY_EXPORT(prelu);
void prelu(const float* x, const float* slopes, std::size_t channels, std::size_t pixels, float* y) {
  HWY_DYNAMIC_DISPATCH(prelu)(x, slopes, channels, pixels, y);
}
HWY_EXPORT(sigmoid);
void sigmoid(const float* x, std::size_t n, float* y) { HWY_DYNAMIC_DISPATCH(sigmoid)(x, n, y); }

// Copies: bound by memory, whatever the instruction set.
void concat_channels(std::span<const ConcatPart> parts, std::size_t pixels, float* y) {
  for (std::size_t p = 0; p < pixels; ++p)
    for (const ConcatPart& part : parts) y = std::copy_n(part.x + p * part.channels, part.channels, y);
}

void pad_channels(const float* x, std::size_t channels, std::size_t pixels, std::size_t total, float* y) {
  for (std::size_t p = 0; p < pixels; ++p)
    y = std::fill_n(std::copy_n(x + p * channels, channels, y), total - channels, 0.0F);
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
