// i420.hpp: pictures as the planes that video encoders take: 8-bit 4:2:0 (kernels/pixels/bgr_to_i420.hpp
// fills them).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "core/aligned_buffer.hpp"
#include "framegen/image.hpp"

namespace framegen {

// Planes Y, Cb, Cr. `width` and `height` are even: an odd picture's last column and row are repeated, because
// H.264 4:2:0 has no odd sizes. Chroma planes have half of both. Borrowed.
struct I420View {
  std::array<const std::uint8_t*, 3> planes{};
  std::array<std::ptrdiff_t, 3> strides{};
  int width = 0;
  int height = 0;

  bool empty() const { return planes[0] == nullptr; }
};

struct MutableI420View {
  std::array<std::uint8_t*, 3> planes{};
  std::array<std::ptrdiff_t, 3> strides{};
  int width = 0;
  int height = 0;

  operator I420View() const {  // NOLINT(google-explicit-constructor)
    return {{planes[0], planes[1], planes[2]}, strides, width, height};
  }
};

inline int next_even(int n) { return n + (n & 1); }

// Planes for a picture of width × height (padded to even), in one piece of memory, rows packed.
class I420Image {
 public:
  I420Image() = default;
  // Contents are indeterminate. Throws std::bad_alloc.
  I420Image(int width, int height)
      : width_(next_even(width)),
        height_(next_even(height)),
        bytes_(static_cast<std::size_t>(width_) * static_cast<std::size_t>(height_) * 3 / 2) {}

  MutableI420View view() {
    const std::ptrdiff_t luma = std::ptrdiff_t{width_} * height_;
    std::uint8_t* const y = bytes_.data();
    return {{y, y + luma, y + luma + luma / 4}, {width_, width_ / 2, width_ / 2}, width_, height_};
  }
  I420View view() const { return const_cast<I420Image*>(this)->view(); }
  std::size_t bytes() const { return bytes_.size(); }

 private:
  int width_ = 0;
  int height_ = 0;
  AlignedBuffer<std::uint8_t> bytes_;
};

}  // namespace framegen
