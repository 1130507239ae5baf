// blend_test.cpp: shares of face and template at the box's edges and in its middle, by hand.
#include "pipeline/speaking/blend.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace framegen {
namespace {

// A black template frame of 100 × 80 with a white face in the box x 11 … 58, y 7 … 54: 48 pixels, ramp of 3.
struct BlackAndWhite {
  PreparedFrame prepared;
  Image area;

  BlackAndWhite() {
    auto black = std::make_shared<Image>(100, 80);
    std::fill_n(black->data(), black->bytes(), std::uint8_t{0});
    prepared.bgr = black;
    prepared.box = {11, 7, 48, 48};
    prepared.area = even_area(prepared.box, 100, 80);
    area = Image(prepared.area.width, prepared.area.height);
    std::fill_n(area.data(), area.bytes(), std::uint8_t{0});
    for (int y = 0; y < 48; ++y)
      std::fill_n(area.view().row(y + 7 - prepared.area.y) + 3 * (11 - prepared.area.x), 3 * 48,
                  std::uint8_t{255});
  }
  int at(const Image& image, int x, int y) const {
    return image.view().row(y - prepared.area.y)[3 * (x - prepared.area.x)];
  }
};

TEST(Blend, ReferenceLendsTheFaceItself) {
  BlackAndWhite picture;
  Blender blender(Blend::kReference);
  EXPECT_EQ(blender.mix(picture.prepared, picture.area, kWholeFace), &picture.area);
  EXPECT_EQ(blender.mix(picture.prepared, picture.area, 0), nullptr);
}

TEST(Blend, FadesEveryPixelAlike) {
  BlackAndWhite picture;
  Blender blender(Blend::kReference);
  const Image* mixed = blender.mix(picture.prepared, picture.area, 51);  // 255·51/256 = 50.8
  ASSERT_NE(mixed, nullptr);
  EXPECT_EQ(picture.at(*mixed, 11, 7), 51);
  EXPECT_EQ(picture.at(*mixed, 35, 30), 51);
  EXPECT_EQ(picture.at(*mixed, 10, 6), 0);
}

TEST(Blend, FeatherFallsOffOverASixteenthOfTheBox) {
  BlackAndWhite picture;
  Blender blender(Blend::kFeather);
  const Image* mixed = blender.mix(picture.prepared, picture.area, kWholeFace);
  ASSERT_NE(mixed, nullptr);
  const int expected[] = {64, 128, 191, 255, 255};  // 255 · 1/4, 2/4, 3/4, 1
  for (int i = 0; i < 5; ++i) {
    SCOPED_TRACE(i);
    EXPECT_EQ(picture.at(*mixed, 11 + i, 30), expected[i]);
    EXPECT_EQ(picture.at(*mixed, 58 - i, 30), expected[i]);
    EXPECT_EQ(picture.at(*mixed, 35, 7 + i), expected[i]);
    EXPECT_EQ(picture.at(*mixed, 35, 54 - i), expected[i]);
  }
  EXPECT_EQ(picture.at(*mixed, 10, 30), 0);  // outside the box the picture is the template's
}

}  // namespace
}  // namespace framegen
