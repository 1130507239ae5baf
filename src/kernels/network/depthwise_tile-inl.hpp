// depthwise_tile-inl.hpp: a depthwise 3×3 filter along a row, for one vector of channels. Included by kernels
// once per instruction set.
#if defined(FRAMEGEN_KERNELS_DEPTHWISE_TILE_INL_HPP_) == defined(HWY_TARGET_TOGGLE)
#ifdef FRAMEGEN_KERNELS_DEPTHWISE_TILE_INL_HPP_
#undef FRAMEGEN_KERNELS_DEPTHWISE_TILE_INL_HPP_
#else
#define FRAMEGEN_KERNELS_DEPTHWISE_TILE_INL_HPP_
#endif

#include <hwy/cache_control.h>
#include <hwy/highway.h>

#include <array>
#include <cstddef>
#include <cstdint>

#include "kernels/network/matrix_tile-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace framegen::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

// Output pixels at a time: enough independent sums to keep the multipliers busy.
#if HWY_TARGET == HWY_AVX3 || HWY_TARGET == HWY_AVX3_DL || HWY_TARGET == HWY_NEON
inline constexpr std::size_t kFilterPixels = 6;
#else
inline constexpr std::size_t kFilterPixels = 4;
#endif

// Pixel p of the output: a vector of floats, or a half or a quarter of a vector of words (MatrixTile).
HWY_INLINE void store_filtered(Vector v, float* y, std::size_t p) { hn::StoreU(v, Floats(), y + p * kLanes); }
HWY_INLINE void store_filtered(Vector v, std::uint16_t* y, std::size_t p) {
  store_brief(v, y + p * 2 * kLanes);
}

HWY_INLINE void store_filtered(Vector v, std::uint8_t* y, std::size_t p) {
  store_bytes(v, y + p * 4 * kLanes);
}

using ThreeRows = std::array<const float*, 3>;  // of one vector of channels: [column][kLanes]

// y[pixel] = relu(bias + Σ taps), summed row by row from left to right; weights: nine taps, then the bias.
template <std::size_t kPixels, std::size_t kStride, class Out>
HWY_INLINE void filter_pixels(const ThreeRows& rows, std::size_t first, const float* weights, Out* y) {
  const Floats d;
  Vector sum[kPixels];
#pragma GCC unroll 16
  for (std::size_t p = 0; p < kPixels; ++p) sum[p] = hn::LoadU(d, weights + 9 * kLanes);
#pragma GCC unroll 3
  for (std::size_t ky = 0; ky < 3; ++ky) {
    const float* HWY_RESTRICT x = rows[ky] + first * kStride * kLanes;
    const float* HWY_RESTRICT w = weights + ky * 3 * kLanes;
    const Vector w0 = hn::LoadU(d, w), w1 = hn::LoadU(d, w + kLanes), w2 = hn::LoadU(d, w + 2 * kLanes);
#pragma GCC unroll 32
    for (std::size_t column = 0; column < (kPixels - 1) * kStride + 3; ++column) {
      Vector value = hn::LoadU(d, x + column * kLanes);
      keep_in_register(value);
      const auto use = [&](std::size_t tap, Vector weight) HWY_ATTR {
        if (column < tap || (column - tap) % kStride != 0 || (column - tap) / kStride >= kPixels) return;
        Vector& s = sum[(column - tap) / kStride];
        s = hn::MulAdd(value, weight, s);
      };
      use(0, w0);
      use(1, w1);
      use(2, w2);
    }
  }
#pragma GCC unroll 16
  for (std::size_t p = 0; p < kPixels; ++p) store_filtered(hn::Max(sum[p], hn::Zero(d)), y, first + p);
}

// Memory that is wanted soon and far away: asked for bit by bit while the filter computes.
struct Ahead {
  const char* begin = nullptr;
  std::size_t bytes = 0;
};

template <std::size_t kStride, class Out>
HWY_NOINLINE void filter_row(const ThreeRows& rows, std::size_t pixels, const float* weights, Out* y,
                             const Ahead& ahead) {
  std::size_t p = 0, asked = 0;
  const std::size_t steps = HWY_MAX(pixels / kFilterPixels, std::size_t{1});
  const std::size_t bytes = round_up(ceil_div(ahead.bytes, steps), kBufferAlignment);
  for (; p + kFilterPixels <= pixels; p += kFilterPixels) {
    filter_pixels<kFilterPixels, kStride, Out>(rows, p, weights, y);
    for (const std::size_t end = HWY_MIN(asked + bytes, ahead.bytes); asked < end; asked += kBufferAlignment)
      hwy::Prefetch(ahead.begin + asked);
  }
  for (; p + 2 <= pixels; p += 2) filter_pixels<2, kStride, Out>(rows, p, weights, y);
  for (; p < pixels; ++p) filter_pixels<1, kStride, Out>(rows, p, weights, y);
}

}  // namespace framegen::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // per-target include guard
