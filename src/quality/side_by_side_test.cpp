// side_by_side_test.cpp: panels hold the pictures, bars hold words, nothing runs over.
#include "quality/side_by_side.hpp"

#include <gtest/gtest.h>

#include <array>

#include "quality/quality_fixture.hpp"

namespace framegen {
namespace {

bool has_words(ImageView bar) {
  for (int y = 0; y < bar.height; ++y)
    for (int x = 0; x < 3 * bar.width; ++x)
      if (bar.row(y)[x] > 150) return true;
  return false;
}

TEST(SideBySide, HoldsThePicturesUntouchedUnderTheirNames) {
  const Image a = test::random_image(90, 60, 1), b = test::random_image(90, 60, 2);
  SideBySide composer(90, 60, {"first", ""});
  const std::array<ImageView, 2> pictures{a, b};
  const std::array<std::string, 2> captions{"", "identical 99.97 %"};
  const ImageView out = composer.compose(pictures, captions);
  ASSERT_EQ(out.width, 180);
  const int bar = (out.height - 60) / 2;
  Image panel(90, 60);
  copy_pixels(out.crop(0, bar, 90, 60), panel);
  EXPECT_TRUE(test::same_pixels(panel, a));
  copy_pixels(out.crop(90, bar, 90, 60), panel);
  EXPECT_TRUE(test::same_pixels(panel, b));
  EXPECT_TRUE(has_words(out.crop(0, 0, 90, bar)));
  EXPECT_FALSE(has_words(out.crop(90, 0, 90, bar)));
  EXPECT_FALSE(has_words(out.crop(0, bar + 60, 90, bar)));
  EXPECT_TRUE(has_words(out.crop(90, bar + 60, 90, bar)));
  EXPECT_FALSE(has_words(out.crop(177, bar + 60, 3, bar)));  // shrunk to fit, not cut
}

TEST(SideBySide, BarsAreATwentiethOfThePictureAndAtLeastTwentyLines) {
  const auto bar_of = [](int height) {
    const Image a = test::random_image(90, height, 1);
    SideBySide composer(90, height, {"a"});
    const std::array<ImageView, 1> pictures{a};
    const std::array<std::string, 1> captions{"b"};
    return (composer.compose(pictures, captions).height - height) / 2;
  };
  EXPECT_EQ(bar_of(60), 20);
  EXPECT_EQ(bar_of(800), 40);
}

// A short word is as high as a long one, and no wider than it is.
TEST(SideBySide, AShortNameIsNotStretched) {
  const Image a = test::random_image(90, 60, 1);
  SideBySide composer(90, 60, {"ab"});
  const std::array<ImageView, 1> pictures{a};
  const ImageView out = composer.compose(pictures, std::array<std::string, 1>{"ab"});
  for (const int y : {0, out.height - 20}) {
    EXPECT_TRUE(has_words(out.crop(0, y, 45, 20)));
    EXPECT_FALSE(has_words(out.crop(45, y, 45, 20)));
  }
}

TEST(SideBySide, ACaptionReplacesTheOneBefore) {
  const Image a = test::random_image(200, 60, 1);
  SideBySide composer(200, 60, {"x"});
  const std::array<ImageView, 1> pictures{a};
  composer.compose(pictures, std::array<std::string, 1>{"frame 12"});
  const ImageView out = composer.compose(pictures, std::array<std::string, 1>{""});
  EXPECT_FALSE(has_words(out.crop(0, out.height - 20, 200, 20)));
}

}  // namespace
}  // namespace framegen
