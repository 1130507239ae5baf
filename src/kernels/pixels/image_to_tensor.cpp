// image_to_tensor.cpp: 8-bit pixels → the generator's image input (docs/reference.md §5).
#include "kernels/pixels/image_to_tensor.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE \
  "kernels/pixels/image_to_tensor.cpp"  // this file, compiled once per instruction set
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "kernels/network/interleave-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace framegen::HWY_NAMESPACE {

// Columns [first, end) of a row that are blank in the masked half; empty outside the mask.
struct Blank {
  std::size_t first = 0;
  std::size_t end = 0;
};

HWY_INLINE Blank blank_columns(const Rectangle& mask, int y, int width) {
  if (y < mask.y || y >= mask.y + mask.height) return {};
  const int first = mask.x < 0 ? 0 : (mask.x < width ? mask.x : width);
  const int end = mask.x + mask.width < width ? mask.x + mask.width : width;
  if (end <= first) return {};
  return {static_cast<std::size_t>(first), static_cast<std::size_t>(end)};
}

template <class D>
HWY_INLINE void divide(D d, const std::uint8_t* in, float* real, float* masked) {
  const hn::Rebind<std::int32_t, D> di;
  const hn::Rebind<std::uint8_t, D> du8;
  const auto value = hn::ConvertTo(d, hn::PromoteTo(di, hn::LoadU(du8, in)));
  const auto share = hn::Div(value, hn::Set(d, 255.0f));
  hn::StoreU(share, d, real);
  hn::StoreU(share, d, masked);
}

HWY_INLINE void divide_row(const std::uint8_t* in, std::size_t n, float* real, float* masked) {
  const hn::ScalableTag<float> d;
  std::size_t i = 0;
  for (; i + hn::Lanes(d) <= n; i += hn::Lanes(d)) divide(d, in + i, real + i, masked + i);
  for (; i < n; ++i) divide(hn::CappedTag<float, 1>(), in + i, real + i, masked + i);
}

HWY_INLINE void blank_row(float* row, const Blank& blank) {
  const hn::ScalableTag<float> d;
  std::size_t i = blank.first;
  for (; i + hn::Lanes(d) <= blank.end; i += hn::Lanes(d)) hn::StoreU(hn::Zero(d), d, row + i);
  for (; i < blank.end; ++i) row[i] = 0.0f;
}

void image_to_tensor(ImageView inner, const Rectangle& mask, bool masked_first, float* tensor) {
  const auto width = static_cast<std::size_t>(inner.width);
  const std::size_t plane = width * static_cast<std::size_t>(inner.height);
  float* const real = masked_first ? tensor + 3 * plane : tensor;
  float* const masked = masked_first ? tensor : tensor + 3 * plane;
  PixelChunk chunk;
  for (int y = 0; y < inner.height; ++y) {
    const std::size_t row = static_cast<std::size_t>(y) * width;
    for (std::size_t x = 0; x < width; x += kChunk) {
      const std::size_t n = width - x < kChunk ? width - x : kChunk;
      const std::size_t at = row + x;
      split_pixels(inner.row(y) + 3 * x, n, chunk);
      divide_row(chunk.b, n, real + at, masked + at);
      divide_row(chunk.g, n, real + plane + at, masked + plane + at);
      divide_row(chunk.r, n, real + 2 * plane + at, masked + 2 * plane + at);
    }
    const Blank blank = blank_columns(mask, y, inner.width);
    for (std::size_t c = 0; c < 3; ++c) blank_row(masked + c * plane + row, blank);
  }
}

}  // namespace framegen::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace framegen {
HWY_EXPORT(image_to_tensor);
void image_to_tensor(ImageView inner, const Rectangle& mask, bool masked_first, float* tensor) {
  HWY_DYNAMIC_DISPATCH(image_to_tensor)(inner, mask, masked_first, tensor);
}
}  // namespace framegen
#endif
