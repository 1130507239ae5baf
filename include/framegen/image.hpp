// image.hpp: borrowed views of 8-bit pictures.
#pragma once

#include <cstddef>
#include <cstdint>

namespace framegen {

// Interleaved 8-bit pixels, channel order B,G,R, rows `stride` bytes apart. Borrowed: valid as long as its
// owner says.
struct ImageView {
  const std::uint8_t* data = nullptr;
  int width = 0;
  int height = 0;
  std::ptrdiff_t stride = 0;

  bool empty() const { return data == nullptr || width <= 0 || height <= 0; }
  const std::uint8_t* row(int y) const { return data + y * stride; }
  // The rectangle [x, x+w) × [y, y+h), which must lie inside.
  ImageView crop(int x, int y, int w, int h) const { return {row(y) + 3 * x, w, h, stride}; }
};

struct MutableImageView {
  std::uint8_t* data = nullptr;
  int width = 0;
  int height = 0;
  std::ptrdiff_t stride = 0;

  operator ImageView() const { return {data, width, height, stride}; }  // NOLINT(google-explicit-constructor)
  bool empty() const { return data == nullptr || width <= 0 || height <= 0; }
  std::uint8_t* row(int y) const { return data + y * stride; }
  MutableImageView crop(int x, int y, int w, int h) const { return {row(y) + 3 * x, w, h, stride}; }
};

// A rectangle in pixels: columns x … x+width−1, rows y … y+height−1.
struct Rectangle {
  int x = 0;
  int y = 0;
  int width = 0;
  int height = 0;

  bool operator==(const Rectangle&) const = default;
};

}  // namespace framegen
