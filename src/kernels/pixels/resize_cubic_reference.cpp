// resize_cubic_reference.cpp: the cubic resize, plainly: a pixel at a time, whole numbers but for what must
// be float (docs/reference.md §5).
#include <algorithm>
#include <array>
#include <cmath>

#include "kernels/pixels/resize_cubic.hpp"

namespace framegen::reference {
namespace {

struct CubicTaps {
  int first;
  std::array<int, 4> weights;  // of 2048
};

CubicTaps cubic_taps(int from, int to, int at) {
  const double step = 1.0 / (static_cast<double>(to) / from);
  const auto place = static_cast<float>((at + 0.5) * step - 0.5);
  const float below = std::floor(place), x = place - below;
  const float a = -0.75f;
  const float w0 = ((a * (x + 1) - 5 * a) * (x + 1) + 8 * a) * (x + 1) - 4 * a;
  const float w1 = ((a + 2) * x - (a + 3)) * x * x + 1;
  const float w2 = ((a + 2) * (1 - x) - (a + 3)) * (1 - x) * (1 - x) + 1;
  const float w3 = 1.0f - w0 - w1 - w2;
  const auto whole = [](float w) { return static_cast<int>(std::lrint(w * 2048)); };
  return {static_cast<int>(below) - 1, {whole(w0), whole(w1), whole(w2), whole(w3)}};
}

int pixel_of(const LaidPicture& from, int x, int y, int c) {
  x = std::clamp(x, 0, from.outer.width - 1);
  y = std::clamp(y, 0, from.outer.height - 1);
  const int ix = x - from.inset, iy = y - from.inset;
  const bool inside = ix >= 0 && iy >= 0 && ix < from.inner.width && iy < from.inner.height;
  return inside ? from.inner.row(iy)[3 * ix + c] : from.outer.row(y)[3 * x + c];
}

}  // namespace

void resize_cubic(const LaidPicture& from, MutableImageView to) {
  const int values = 3 * to.width;
  for (int y = 0; y < to.height; ++y) {
    const CubicTaps rows = cubic_taps(from.outer.height, to.height, y);
    for (int i = 0; i < values; ++i) {
      const CubicTaps columns = cubic_taps(from.outer.width, to.width, i / 3);
      std::array<int, 4> sums{};
      for (int k = 0; k < 4; ++k)
        for (int j = 0; j < 4; ++j)
          sums[static_cast<std::size_t>(k)] += pixel_of(from, columns.first + j, rows.first + k, i % 3) *
                                               columns.weights[static_cast<std::size_t>(j)];
      int value = 0;
      if (i < values / 8 * 8) {
        std::array<float, 4> products{};
        for (std::size_t k = 0; k < 4; ++k)
          products[k] =
              static_cast<float>(sums[k]) * (static_cast<float>(rows.weights[k]) * (1.0f / (2048 * 2048)));
        value = static_cast<int>(std::lrint(products[0] + (products[1] + (products[2] + products[3]))));
      } else {
        value = 1 << 21;
        for (std::size_t k = 0; k < 4; ++k) value += sums[k] * rows.weights[k];
        value >>= 22;
      }
      to.row(y)[i] = static_cast<std::uint8_t>(std::clamp(value, 0, 255));
    }
  }
}

}  // namespace framegen::reference
