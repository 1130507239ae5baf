#include "face/paste.hpp"

#include <gtest/gtest.h>

#include "face/crop.hpp"
#include "face/golden_pictures.hpp"

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
  const std::uint8_t* const memory = scratch.crop.data();
  ASSERT_TRUE(paste_face(crop, face, {}, scratch, box));
  EXPECT_EQ(scratch.crop.data(), memory);
}

}  // namespace
}  // namespace framegen
