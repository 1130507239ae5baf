// face_to_u8.cpp: network output 0…1 → 8-bit pixels, truncated, never rounded (docs/reference.md §7).
#include "kernels/pixels/face_to_u8.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/pixels/face_to_u8.cpp"  // this file, compiled once per instruction set
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "kernels/network/interleave-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace framegen::HWY_NAMESPACE {

template <class D>
HWY_INLINE void truncate(D d, const float* in, std::uint8_t* out) {
  const hn::Rebind<std::int32_t, D> di;
  const hn::Rebind<std::uint8_t, D> du8;
  const auto scaled = hn::Mul(hn::LoadU(d, in), hn::Set(d, 255.0f));
  // A comparison with NaN is false on every instruction set; Max and Min with NaN are not the same
  // everywhere.
  const auto positive = hn::IfThenElseZero(hn::Gt(scaled, hn::Zero(d)), scaled);
  const auto bounded = hn::Min(positive, hn::Set(d, 255.0f));
  hn::StoreU(hn::DemoteTo(du8, hn::ConvertTo(di, bounded)), du8, out);  // ConvertTo truncates
}

HWY_INLINE void truncate_row(const float* in, std::size_t n, std::uint8_t* out) {
  const hn::ScalableTag<float> d;
  std::size_t i = 0;
  for (; i + hn::Lanes(d) <= n; i += hn::Lanes(d)) truncate(d, in + i, out + i);
  for (; i < n; ++i) truncate(hn::CappedTag<float, 1>(), in + i, out + i);
}

void face_to_u8(const float* face, MutableImageView out) {
  const auto width = static_cast<std::size_t>(out.width);
  const std::size_t plane = width * static_cast<std::size_t>(out.height);
  PixelChunk chunk;
  for (int y = 0; y < out.height; ++y)
    for (std::size_t x = 0; x < width; x += kChunk) {
      const std::size_t n = width - x < kChunk ? width - x : kChunk;
      const float* const at = face + static_cast<std::size_t>(y) * width + x;
      truncate_row(at, n, chunk.b);
      truncate_row(at + plane, n, chunk.g);
      truncate_row(at + 2 * plane, n, chunk.r);
      join_pixels(chunk, n, out.row(y) + 3 * x);
    }
}

}  // namespace framegen::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace framegen {
HWY_EXPORT(face_to_u8);
void face_to_u8(const float* face, MutableImageView out) { HWY_DYNAMIC_DISPATCH(face_to_u8)(face, out); }
}  // namespace framegen
#endif
