// image.cpp: copying pictures.
#include "core/image.hpp"

#include <cassert>
#include <cstring>

namespace framegen {

void copy_pixels(ImageView from, MutableImageView to) {
  assert(from.width == to.width && from.height == to.height);
  const std::size_t row_bytes = static_cast<std::size_t>(from.width) * 3;
  for (int y = 0; y < from.height; ++y) std::memcpy(to.row(y), from.row(y), row_bytes);
}

}  // namespace framegen
