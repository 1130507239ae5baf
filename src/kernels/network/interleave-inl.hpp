// interleave-inl.hpp: B,G,R,B,G,R,… ↔ three rows, for the kernels that include it once per instruction set.

// Highway's own pattern for a header that foreach_target.h includes again for every target: the guard
// toggles.
#if defined(FRAMEGEN_KERNELS_INTERLEAVE_INL) == defined(HWY_TARGET_TOGGLE)
#ifdef FRAMEGEN_KERNELS_INTERLEAVE_INL
#undef FRAMEGEN_KERNELS_INTERLEAVE_INL
#else
#define FRAMEGEN_KERNELS_INTERLEAVE_INL
#endif

#include <hwy/highway.h>

#include <cstddef>
#include <cstdint>

HWY_BEFORE_NAMESPACE();
namespace framegen::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

// Pixels taken through the planes at a time: small enough for the stack and the first-level cache, a multiple
// of the widest vector (64 bytes).
inline constexpr std::size_t kChunk = 256;

// One piece of a row of pixels, split by channel.
struct PixelChunk {
  alignas(64) std::uint8_t b[kChunk];
  alignas(64) std::uint8_t g[kChunk];
  alignas(64) std::uint8_t r[kChunk];
};

// n ≤ kChunk pixels.
HWY_INLINE void split_pixels(const std::uint8_t* bgr, std::size_t n, PixelChunk& chunk) {
  const hn::ScalableTag<std::uint8_t> d;
  using V = hn::Vec<decltype(d)>;
  std::size_t i = 0;
  for (; i + hn::Lanes(d) <= n; i += hn::Lanes(d)) {
    V b, g, r;
    hn::LoadInterleaved3(d, bgr + 3 * i, b, g, r);
    hn::Store(b, d, chunk.b + i);
    hn::Store(g, d, chunk.g + i);
    hn::Store(r, d, chunk.r + i);
  }
  for (; i < n; ++i) {
    chunk.b[i] = bgr[3 * i];
    chunk.g[i] = bgr[3 * i + 1];
    chunk.r[i] = bgr[3 * i + 2];
  }
}

// n ≤ kChunk pixels.
HWY_INLINE void join_pixels(const PixelChunk& chunk, std::size_t n, std::uint8_t* bgr) {
  const hn::ScalableTag<std::uint8_t> d;
  std::size_t i = 0;
  for (; i + hn::Lanes(d) <= n; i += hn::Lanes(d))
    hn::StoreInterleaved3(hn::Load(d, chunk.b + i), hn::Load(d, chunk.g + i), hn::Load(d, chunk.r + i), d,
                          bgr + 3 * i);
  for (; i < n; ++i) {
    bgr[3 * i] = chunk.b[i];
    bgr[3 * i + 1] = chunk.g[i];
    bgr[3 * i + 2] = chunk.r[i];
  }
}

}  // namespace framegen::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // FRAMEGEN_KERNELS_INTERLEAVE_INL
