// image.hpp: a picture that owns its pixels.
#pragma once

#include <cstdint>

#include "core/aligned_buffer.hpp"
#include "framegen/image.hpp"

namespace framegen {

// 8-bit BGR, rows packed without padding (stride = 3·width): OpenCV's resize and the encoders take it as it
// is.
class Image {
 public:
  Image() = default;
  // Contents are indeterminate. Throws std::bad_alloc.
  Image(int width, int height)
      : pixels_(static_cast<std::size_t>(width) * static_cast<std::size_t>(height) * 3),
        width_(width),
        height_(height) {}

  // Contents are indeterminate afterwards. Asks for memory only where there was never so much. Throws
  // std::bad_alloc.
  void resize(int width, int height) {
    const std::size_t needed = static_cast<std::size_t>(width) * static_cast<std::size_t>(height) * 3;
    if (needed > pixels_.size()) pixels_ = AlignedBuffer<std::uint8_t>(needed);
    width_ = width;
    height_ = height;
  }

  int width() const { return width_; }
  int height() const { return height_; }
  bool empty() const { return bytes() == 0; }
  std::size_t bytes() const { return static_cast<std::size_t>(stride()) * static_cast<std::size_t>(height_); }
  std::uint8_t* data() { return pixels_.data(); }
  const std::uint8_t* data() const { return pixels_.data(); }
  std::ptrdiff_t stride() const { return std::ptrdiff_t{3} * width_; }

  MutableImageView view() { return {pixels_.data(), width_, height_, stride()}; }
  ImageView view() const { return {pixels_.data(), width_, height_, stride()}; }
  operator ImageView() const { return view(); }   // NOLINT(google-explicit-constructor)
  operator MutableImageView() { return view(); }  // NOLINT(google-explicit-constructor)

 private:
  AlignedBuffer<std::uint8_t> pixels_;
  int width_ = 0;
  int height_ = 0;
};

// Both must have the same size.
void copy_pixels(ImageView from, MutableImageView to);

}  // namespace framegen
