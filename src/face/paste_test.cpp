#include "face/paste.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "face/crop.hpp"
#include "face/golden_pictures.hpp"
#include "face/resize.hpp"
#include "support/random.hpp"

namespace framegen {
namespace {

using test::golden_boxes;
using test::golden_picture;

TEST(Paste, EqualsTheReferencesBoxAndTouchesNothingElse) {
  const Image frame = golden_picture("compositor/frame.png");
  const Image face = golden_picture("compositor/face.png");
  const FaceGeometry geometry;
  PasteScratch scratch;
  for (const auto& [name, box] : golden_boxes()) {
    SCOPED_TRACE(name);
    Image crop(328, 328), pasted(frame.width(), frame.height());
    ASSERT_TRUE(crop_face(frame, box, geometry, crop));
    copy_pixels(frame, pasted);
    ASSERT_TRUE(
        paste_face(crop, face, geometry, scratch, pasted.view().crop(box.x, box.y, box.width, box.height)));
    const Image expected_box = golden_picture("compositor/" + name + "_pasted_box.png");
    Image expected(frame.width(), frame.height());
    copy_pixels(frame, expected);
    copy_pixels(expected_box, expected.view().crop(box.x, box.y, box.width, box.height));
    EXPECT_TRUE(test::same_pixels(pasted, expected, test::kResizedOffByOne));
  }
}

TEST(Paste, WithoutARingReplacesTheWholeBox) {
  const Image face = golden_picture("compositor/face.png");
  FaceGeometry geometry;
  geometry.crop = 320;
  geometry.inset = 0;
  PasteScratch scratch;
  const Image crop(320, 320);
  Image box(320, 320);
  ASSERT_TRUE(paste_face(crop, face, geometry, scratch, box));
  EXPECT_TRUE(test::same_pixels(box, face));  // same size: a copy
}

TEST(Paste, KeepsItsScratchMemory) {
  const Image frame = golden_picture("compositor/frame.png");
  const Image face = golden_picture("compositor/face.png");
  PasteScratch scratch;
  Image crop(328, 328), box(412, 412);
  ASSERT_TRUE(crop_face(frame, {460, 181, 412, 412}, {}, crop));
  ASSERT_TRUE(paste_face(crop, face, {}, scratch, box));
  const float* const memory = scratch.cubic.sums.data();
  Image smaller(200, 190);
  ASSERT_TRUE(paste_face(crop, face, {}, scratch, smaller));
  ASSERT_TRUE(paste_face(crop, face, {}, scratch, box));
  EXPECT_EQ(scratch.cubic.sums.data(), memory);
}

// What OpenCV makes of the crop with the face in it.
TEST(Paste, EqualsOpenCvsCubicForEveryBox) {
  const FaceGeometry geometry;
  Image crop(328, 328), face(320, 320), laid(328, 328);
  std::ranges::copy(test::random_bytes(crop.bytes(), 1), crop.data());
  std::ranges::copy(test::random_bytes(face.bytes(), 2), face.data());
  copy_pixels(crop, laid);
  copy_pixels(face, inner_view(laid.view(), geometry));
  PasteScratch scratch;
  Image expected, actual;
  for (int side = 64; side <= 900; ++side) {
    SCOPED_TRACE(side);
    const int height = side % 3 == 0 ? side - side / 9 : side;  // every third is cut at the frame's edge
    expected.resize(side, height);
    actual.resize(side, height);
    ASSERT_TRUE(resize(laid, Interpolation::kCubic, expected));
    ASSERT_TRUE(paste_face(crop, face, geometry, scratch, actual));
    EXPECT_TRUE(test::same_pixels(actual, expected, 16 * test::kResizedOffByOne));
  }
}

TEST(Paste, RefusesABoxWithoutPixels) {
  PasteScratch scratch;
  EXPECT_FALSE(paste_face(Image(328, 328), Image(320, 320), {}, scratch, {}));
}

}  // namespace
}  // namespace framegen
