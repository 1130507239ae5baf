// bgr_to_i420.cpp: pixels → the planes that video encoders take: 8-bit 4:2:0, BT.709, limited range.
#include "kernels/pixels/bgr_to_i420.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/pixels/bgr_to_i420.cpp"  // this file, compiled once per instruction set
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "kernels/network/interleave-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace framegen::HWY_NAMESPACE {

// One of the three weighted sums: (r·R + g·G + b·B + bias) >> kShift.
struct Weights {
  std::int32_t r, g, b, bias;
};
inline constexpr Weights kLuma{Bt709::kYR, Bt709::kYG, Bt709::kYB, Bt709::kLumaBias};
inline constexpr Weights kBlue{Bt709::kCbR, Bt709::kCbG, Bt709::kCbB, Bt709::kChromaBias};
inline constexpr Weights kRed{Bt709::kCrR, Bt709::kCrG, Bt709::kCrB, Bt709::kChromaBias};

// T: 8-bit pixels, or 16-bit sums of four.
template <int kShift, class D, class T>
HWY_INLINE void weigh(D d, const T* r, const T* g, const T* b, const Weights& w, std::uint8_t* out) {
  const hn::Rebind<T, D> dt;
  const hn::Rebind<std::uint8_t, D> du8;
  const auto red = hn::Mul(hn::PromoteTo(d, hn::LoadU(dt, r)), hn::Set(d, w.r));
  const auto green = hn::Mul(hn::PromoteTo(d, hn::LoadU(dt, g)), hn::Set(d, w.g));
  const auto blue = hn::Mul(hn::PromoteTo(d, hn::LoadU(dt, b)), hn::Set(d, w.b));
  const auto sum = hn::Add(hn::Add(red, green), hn::Add(blue, hn::Set(d, w.bias)));
  hn::StoreU(hn::DemoteTo(du8, hn::ShiftRight<kShift>(sum)), du8, out);
}

template <int kShift, class T>
HWY_INLINE void weigh_row(const T* r, const T* g, const T* b, std::size_t n, const Weights& w,
                          std::uint8_t* out) {
  const hn::ScalableTag<std::int32_t> d;
  std::size_t i = 0;
  for (; i + hn::Lanes(d) <= n; i += hn::Lanes(d)) weigh<kShift>(d, r + i, g + i, b + i, w, out + i);
  for (; i < n; ++i) weigh<kShift>(hn::CappedTag<std::int32_t, 1>(), r + i, g + i, b + i, w, out + i);
}

// sums[i] = the 2×2 pixels at columns 2i and 2i+1 of two rows. Writes whole vectors: n is rounded up, inside
// kChunk.
HWY_INLINE void sum_squares(const std::uint8_t* top, const std::uint8_t* bottom, std::size_t n,
                            std::uint16_t* sums) {
#if HWY_TARGET == HWY_SCALAR  // one lane is no two bytes
  for (std::size_t i = 0; i < n; ++i)
    sums[i] = static_cast<std::uint16_t>(top[2 * i] + top[2 * i + 1] + bottom[2 * i] + bottom[2 * i + 1]);
#else
  const hn::ScalableTag<std::uint16_t> d;
  const hn::Repartition<std::uint8_t, decltype(d)> d8;
  const auto low = hn::Set(d, 0xFF);
  for (std::size_t i = 0; i < n; i += hn::Lanes(d)) {
    const auto a = hn::BitCast(d, hn::Load(d8, top + 2 * i));
    const auto b = hn::BitCast(d, hn::Load(d8, bottom + 2 * i));
    const auto even = hn::Add(hn::And(a, low), hn::And(b, low));
    const auto odd = hn::Add(hn::ShiftRight<8>(a), hn::ShiftRight<8>(b));
    hn::Store(hn::Add(even, odd), d, sums + i);
  }
#endif
}

struct Sums {
  alignas(64) std::uint16_t b[kChunk / 2];
  alignas(64) std::uint16_t g[kChunk / 2];
  alignas(64) std::uint16_t r[kChunk / 2];
};

// An odd last column is repeated: returns n rounded up to even.
HWY_INLINE std::size_t repeat_last(PixelChunk& chunk, std::size_t n) {
  if (n % 2 == 0) return n;
  chunk.b[n] = chunk.b[n - 1];
  chunk.g[n] = chunk.g[n - 1];
  chunk.r[n] = chunk.r[n - 1];
  return n + 1;
}

HWY_INLINE void convert_chroma(const PixelChunk& top, const PixelChunk& bottom, std::size_t pairs,
                               std::uint8_t* cb, std::uint8_t* cr) {
  Sums sums;
  sum_squares(top.b, bottom.b, pairs, sums.b);
  sum_squares(top.g, bottom.g, pairs, sums.g);
  sum_squares(top.r, bottom.r, pairs, sums.r);
  weigh_row<18>(sums.r, sums.g, sums.b, pairs, kBlue, cb);
  weigh_row<18>(sums.r, sums.g, sums.b, pairs, kRed, cr);
}

void bgr_to_i420(ImageView part, int x, int y, const MutableI420View& frame) {
  PixelChunk top, bottom;
  const auto width = static_cast<std::size_t>(part.width);
  const auto luma_left =
      static_cast<std::size_t>(frame.width - x);  // luma columns from x to the plane's edge
  for (int j = 0; j < part.height; j += 2) {
    const int below = j + 1 < part.height ? j + 1 : j;
    std::uint8_t* const luma = frame.planes[0] + (y + j) * frame.strides[0] + x;
    std::uint8_t* const cb = frame.planes[1] + (y + j) / 2 * frame.strides[1] + x / 2;
    std::uint8_t* const cr = frame.planes[2] + (y + j) / 2 * frame.strides[1] + x / 2;
    for (std::size_t i = 0; i < width; i += kChunk) {
      const std::size_t n = width - i < kChunk ? width - i : kChunk;
      split_pixels(part.row(j) + 3 * i, n, top);
      split_pixels(part.row(below) + 3 * i, n, bottom);
      const std::size_t even = repeat_last(top, n);
      repeat_last(bottom, n);
      const std::size_t luma_n = i + even <= luma_left ? even : n;
      weigh_row<16>(top.r, top.g, top.b, luma_n, kLuma, luma + i);
      if (y + j + 1 < frame.height)
        weigh_row<16>(bottom.r, bottom.g, bottom.b, luma_n, kLuma, luma + frame.strides[0] + i);
      convert_chroma(top, bottom, even / 2, cb + i / 2, cr + i / 2);
    }
  }
}

}  // namespace framegen::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace framegen {
HWY_EXPORT(bgr_to_i420);
void bgr_to_i420(ImageView part, int x, int y, const MutableI420View& frame) {
  HWY_DYNAMIC_DISPATCH(bgr_to_i420)(part, x, y, frame);
}
}  // namespace framegen
#endif
