// tone_map.cpp: tables for every curve; what is between them is a 3×3 matrix (BT.2100, BT.2408, BT.2087).
#include "quality/tone_map.hpp"

#include <algorithm>
#include <cmath>

namespace framegen {
namespace {

constexpr std::size_t kSteps = 4096;  // of every table: 12 bits, more than cameras give
constexpr double kWhite = 203;        // cd/m²
constexpr double kPeak = 1000;        // cd/m²: what is brighter is white
constexpr double kKnee = 0.6;         // of reference white
constexpr double kHlgGamma = 1.2;     // of a display of 1000 cd/m²
constexpr double kDisplayGamma = 2.4;

double pq_light(double code) {  // cd/m²
  constexpr double m1 = 2610.0 / 16384, m2 = 2523.0 / 32, c1 = 3424.0 / 4096, c2 = 2413.0 / 128,
                   c3 = 2392.0 / 128;
  const double root = std::pow(code, 1 / m2);
  return 10000 * std::pow(std::max(0.0, root - c1) / (c2 - c3 * root), 1 / m1);
}

double hlg_scene(double code) {  // 0 … 1
  constexpr double a = 0.17883277, b = 1 - 4 * a;
  static const double c = 0.5 - a * std::log(4 * a);
  return code <= 0.5 ? code * code / 3 : (std::exp((code - c) / a) + b) / 12;
}

// Light, in reference whites, → what a screen shows of it: 1 at the peak, its slope 1 at the knee.
double bent(double light) {
  if (light <= kKnee) return light;
  constexpr double most = (kPeak / kWhite - kKnee) / (1 - kKnee);
  const double over = std::min((light - kKnee) / (1 - kKnee), most);
  return kKnee + (1 - kKnee) * over * (1 + over / (most * most)) / (1 + over);
}

// Table index of a value of 0 … 1 (what is above stays at the end).
std::size_t step_of(float share) {
  return static_cast<std::size_t>(std::min(share, 1.0F) * (kSteps - 1) + 0.5F);
}

}  // namespace

ToneMap::ToneMap(HighRange kind)
    : kind_(kind), light_(kSteps), scene_(kSteps), bend_(kSteps), display_(kSteps) {
  for (std::size_t i = 0; i < kSteps; ++i) {
    const double share = static_cast<double>(i) / (kSteps - 1);
    light_[i] = static_cast<float>(kind == HighRange::kPq ? pq_light(share) / kWhite : hlg_scene(share));
    scene_[i] = static_cast<float>(kPeak / kWhite * std::pow(share * share, kHlgGamma - 1));
    const double light = share * share * kPeak / kWhite;
    bend_[i] = static_cast<float>(i == 0 ? 1 : bent(light) / light);
    display_[i] = static_cast<std::uint8_t>(std::lround(255 * std::pow(share * share, 1 / kDisplayGamma)));
  }
}

void ToneMap::map_row(const std::uint16_t* from, int width, std::uint8_t* to) const {
  constexpr auto peak = static_cast<float>(kPeak / kWhite);
  for (int x = 0; x < width; ++x, from += 3, to += 3) {
    float b = light_[from[0] >> 4], g = light_[from[1] >> 4], r = light_[from[2] >> 4];
    if (kind_ == HighRange::kHlg) {
      const float scale = scene_[step_of(std::sqrt(0.2627F * r + 0.678F * g + 0.0593F * b))];
      b *= scale, g *= scale, r *= scale;
    }
    // BT.2020 → BT.709; a colour that the smaller one has not loses its saturation.
    const float red = std::max(0.0F, 1.660491F * r - 0.587641F * g - 0.07285F * b),
                green = std::max(0.0F, -0.12455F * r + 1.1329F * g - 0.00835F * b),
                blue = std::max(0.0F, -0.018151F * r - 0.100579F * g + 1.11873F * b);
    // All three by one factor: the hue stays.
    const float most = std::max({red, green, blue});
    const float factor = most <= static_cast<float>(kKnee) ? 1.0F
                         : most >= peak                    ? 1 / most
                                                           : bend_[step_of(std::sqrt(most / peak))];
    to[0] = display_[step_of(std::sqrt(blue * factor))];
    to[1] = display_[step_of(std::sqrt(green * factor))];
    to[2] = display_[step_of(std::sqrt(red * factor))];
  }
}

void ToneMap::map(const std::uint16_t* from, std::ptrdiff_t stride, MutableImageView to) const {
  for (int y = 0; y < to.height; ++y) map_row(from + y * stride, to.width, to.row(y));
}

}  // namespace framegen
