// heatmap.cpp: the places where two pictures differ, made visible.
#include <algorithm>
#include <array>
#include <cassert>
#include <cmath>
#include <cstdlib>

#include "quality/metrics.hpp"

namespace framegen {
namespace {

using Colour = std::array<std::uint8_t, 3>;  // B,G,R

// Logarithmic, because a difference of 1 matters and must be seen: blue, violet, red, yellow, white.
std::array<Colour, 256> make_palette() {
  constexpr std::array<std::array<double, 3>, 5> kStops = {
      {{255, 80, 0}, {200, 0, 160}, {0, 0, 255}, {0, 220, 255}, {255, 255, 255}}};
  std::array<Colour, 256> palette{};
  for (std::size_t d = 1; d < palette.size(); ++d) {
    const double at = std::log2(static_cast<double>(d)) / std::log2(255.0) * (kStops.size() - 1);
    const auto stop = std::min(static_cast<std::size_t>(at), kStops.size() - 2);
    for (std::size_t c = 0; c < 3; ++c)
      palette[d][c] = static_cast<std::uint8_t>(std::lround(
          kStops[stop][c] + (at - static_cast<double>(stop)) * (kStops[stop + 1][c] - kStops[stop][c])));
  }
  return palette;
}

}  // namespace

void draw_heatmap(ImageView a, ImageView b, MutableImageView out) {
  assert(a.width == b.width && a.height == b.height && a.width == out.width && a.height == out.height);
  static const std::array<Colour, 256> palette = make_palette();
  for (int y = 0; y < a.height; ++y) {
    const std::uint8_t* p = a.row(y);
    const std::uint8_t* q = b.row(y);
    std::uint8_t* o = out.row(y);
    for (int x = 0; x < a.width; ++x, p += 3, q += 3, o += 3) {
      const int d = std::max({std::abs(p[0] - q[0]), std::abs(p[1] - q[1]), std::abs(p[2] - q[2])});
      const auto grey = static_cast<std::uint8_t>((p[0] + 2 * p[1] + p[2]) / 16);  // a quarter as bright
      const Colour colour = d == 0 ? Colour{grey, grey, grey} : palette[static_cast<std::size_t>(d)];
      std::copy(colour.begin(), colour.end(), o);
    }
  }
}

}  // namespace framegen
