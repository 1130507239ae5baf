// deinterlace_test.cpp: what is still stays as it was, line by line; what moves has no comb.
#include "quality/deinterlace.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "quality/metrics.hpp"
#include "quality/quality_fixture.hpp"

namespace framegen {
namespace {

constexpr int kWidth = 96, kHeight = 64;

// A slanted bar that goes to the right, over something finely lined that stays.
Image scene(double time) {
  Image image(kWidth, kHeight);
  for (int y = 0; y < kHeight; ++y)
    for (int x = 0; x < kWidth; ++x) {
      const double edge = 20 + 6 * time + 0.4 * y;
      const double inside = std::clamp(x - edge, 0.0, 1.0) * std::clamp(edge + 24 - x, 0.0, 1.0);
      const double ground = 90 + (y % 2 == 0 ? 20 : -20) * (x > 76 ? 1 : 0);
      for (int c = 0; c < 3; ++c)
        image.view().row(y)[3 * x + c] =
            static_cast<std::uint8_t>(std::lround(ground + inside * (200 - 20 * c - ground)));
    }
  return image;
}

ImageView field(const Image& frame, int parity) {
  return {frame.view().row(parity), frame.width(), frame.height() / 2, 2 * frame.stride()};
}

class Deinterlace : public ::testing::TestWithParam<bool> {
 protected:
  // Fields of two moments, as a camera takes them.
  void take(double earlier, double later) {
    const Image a = scene(earlier), b = scene(later);
    const bool even_first = GetParam();
    deinterlacer_.next(field(even_first ? a : b, 0), field(even_first ? b : a, 1), even_first,
                       picture_.view());
    woven_ = Image(kWidth, kHeight);
    for (int y = 0; y < kHeight; ++y) {
      const Image& from = (y % 2 == 0) == even_first ? a : b;
      std::copy_n(from.view().row(y), from.stride(), woven_.view().row(y));
    }
  }
  Deinterlacer deinterlacer_;
  Image picture_{kWidth, kHeight}, woven_;
};

TEST_P(Deinterlace, WhatIsStillIsWovenToTheLastLine) {
  take(0, 0);
  take(0, 0);
  EXPECT_TRUE(test::same_pixels(picture_, scene(0)));
}

TEST_P(Deinterlace, WhatMovesHasNoComb) {
  for (int i = 0; i < 3; ++i) take(i, i + 0.5);
  const Image truth = scene(2);
  const double made = compare_pictures(picture_, truth).psnr_db(),
               woven = compare_pictures(woven_, truth).psnr_db();
  EXPECT_GT(made, woven + 10) << made << " dB, woven " << woven << " dB";
  EXPECT_GT(made, 30);
}

TEST_P(Deinterlace, AfterACutNothingOfTheOldSceneIsSeen) {
  take(0, 0);
  take(0, 0);
  deinterlacer_.forget();
  take(5, 5);
  EXPECT_GT(compare_pictures(picture_, scene(5)).psnr_db(),
            22);  // the fine lines that stay are not known yet
  take(5, 5);
  EXPECT_TRUE(test::same_pixels(picture_, scene(5)));
}

// A line that stays, between two that have become lighter by 20: it may follow them half as far as both
// together moved.
TEST_P(Deinterlace, ALineFollowsItsNeighboursAsFarAsTheyMoved) {
  const bool even_first = GetParam();
  Image earlier(kWidth, kHeight / 2), later(kWidth, kHeight / 2);
  std::fill_n(later.data(), later.bytes(), std::uint8_t{100});
  for (const std::uint8_t grey : {120, 140}) {
    std::fill_n(earlier.data(), earlier.bytes(), grey);
    deinterlacer_.next(even_first ? earlier : later, even_first ? later : earlier, even_first,
                       picture_.view());
  }
  const int stays = even_first ? 31 : 32;
  EXPECT_EQ(picture_.view().row(stays)[0], 120);
  EXPECT_EQ(picture_.view().row(stays + 1)[0], 140);
}

INSTANTIATE_TEST_SUITE_P(EitherFieldFirst, Deinterlace, ::testing::Bool());

}  // namespace
}  // namespace framegen
