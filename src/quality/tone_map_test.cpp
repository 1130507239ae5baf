// tone_map_test.cpp: the same light, coded in two ways, is the same picture; skin is not bent, lights are.
#include "quality/tone_map.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cmath>

namespace framegen {
namespace {

using Colour = std::array<double, 3>;  // coded B,G,R, 0 … 1

std::array<int, 3> shown(HighRange kind, const Colour& coded) {
  std::array<std::uint16_t, 3> from{};
  for (std::size_t c = 0; c < 3; ++c) from[c] = static_cast<std::uint16_t>(std::lround(coded[c] * 65535));
  std::array<std::uint8_t, 3> to{};
  ToneMap(kind).map(from.data(), 3, {to.data(), 1, 1, 3});
  return {to[0], to[1], to[2]};
}

int grey(HighRange kind, double code) { return shown(kind, {code, code, code})[1]; }

// BT.2408, table 1: reference white and an 18 % grey card, as PQ and as HLG codes.
TEST(ToneMap, TheSameLightIsTheSamePictureHoweverItIsCoded) {
  EXPECT_NEAR(grey(HighRange::kPq, 0.58), grey(HighRange::kHlg, 0.75), 2);
  EXPECT_NEAR(grey(HighRange::kPq, 0.38), grey(HighRange::kHlg, 0.38), 3);
}

TEST(ToneMap, SkinKeepsItsToneAndLightsAreBentButNotCut) {
  // 26 cd/m², 0.128 of reference white: nothing is bent there, so 255 · 0.128^(1/2.4).
  EXPECT_NEAR(grey(HighRange::kPq, 0.38), 255 * std::pow(26.0 / 203, 1 / 2.4), 2);
  const int white = grey(HighRange::kPq, 0.58), lamp = grey(HighRange::kPq, 0.70);
  EXPECT_GT(white, 220);
  EXPECT_LT(white, 245);
  EXPECT_GT(lamp, white);
  EXPECT_LT(lamp, 255);
  EXPECT_EQ(grey(HighRange::kPq, 0.752), 255);  // 1000 cd/m²
  EXPECT_EQ(grey(HighRange::kPq, 1), 255);
  EXPECT_EQ(grey(HighRange::kHlg, 1), 255);
  EXPECT_EQ(grey(HighRange::kPq, 0), 0);
}

TEST(ToneMap, IsBrighterWhereThereIsMoreLight) {
  for (const HighRange kind : {HighRange::kPq, HighRange::kHlg})
    for (int i = 1; i <= 1000; ++i) {
      SCOPED_TRACE(i);
      ASSERT_GE(grey(kind, i / 1000.0), grey(kind, (i - 1) / 1000.0));
    }
}

TEST(ToneMap, TheWiderPrimariesAreHeeded) {
  // BT.709's pure red in BT.2020 light is 0.6274, 0.0691, 0.0164 (BT.2087): here at half of reference white.
  const auto code = [](double light) {  // BT.2100's inverse of PQ, cd/m²
    const double y = std::pow(light / 10000, 2610.0 / 16384);
    return std::pow((3424.0 / 4096 + 2413.0 / 128 * y) / (1 + 2392.0 / 128 * y), 2523.0 / 32);
  };
  const auto [blue, green, red] =
      shown(HighRange::kPq, {code(101.5 * 0.0164), code(101.5 * 0.0691), code(101.5 * 0.6274)});
  EXPECT_NEAR(red, 255 * std::pow(0.5, 1 / 2.4), 2);
  EXPECT_LT(green, 16);
  EXPECT_LT(blue, 16);
}

TEST(ToneMap, EveryRowIsTaken) {
  std::array<std::uint16_t, 12> from{};
  from.fill(0);
  from[6] = from[7] = from[8] = 65535;  // the second row's first pixel; rows of 6 values
  std::array<std::uint8_t, 6> to{};
  ToneMap(HighRange::kPq).map(from.data(), 6, {to.data(), 1, 2, 3});
  EXPECT_EQ(to, (std::array<std::uint8_t, 6>{0, 0, 0, 255, 255, 255}));
}

}  // namespace
}  // namespace framegen
