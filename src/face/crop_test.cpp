#include "face/crop.hpp"

#include <gtest/gtest.h>

#include <opencv2/core/utility.hpp>
#include <string>

#include "core/image.hpp"
#include "face/golden_pictures.hpp"
#include "face/resize.hpp"
#include "support/random.hpp"

namespace framegen {
namespace {

using test::golden_boxes;
using test::golden_picture;
using test::kResizedOffByOne;

TEST(Resize, AnEmptyPictureAndAnImpossibleOneAreErrors) {
  Image picture(8, 8), small(4, 4);
  for (const Interpolation how : {Interpolation::kLinear, Interpolation::kCubic, Interpolation::kArea})
    EXPECT_TRUE(resize(picture, how, small.view()));
  EXPECT_EQ(resize({}, Interpolation::kArea, small.view()).error().what, "the picture is empty");
  EXPECT_EQ(resize(picture, Interpolation::kArea, {}).error().what, "the picture is empty");
  ImageView torn = picture;
  torn.stride = 5;  // less than a row: OpenCV throws
  EXPECT_EQ(resize(torn, Interpolation::kArea, small.view()).error().code, ErrorCode::kInternal);
}

TEST(Crop, EqualsTheReferencesCropOfEveryBox) {
  const Image frame = golden_picture("compositor/frame.png");
  const FaceGeometry geometry;
  for (const auto& [name, box] : golden_boxes()) {
    SCOPED_TRACE(name);
    Image crop(328, 328), masked(320, 320);
    ASSERT_TRUE(crop_face(frame, box, geometry, crop));
    EXPECT_TRUE(
        test::same_pixels(crop, golden_picture("compositor/" + name + "_crop328.png"), kResizedOffByOne));
    mask_inner(inner_view(crop.view(), geometry), geometry, masked);
    EXPECT_TRUE(
        test::same_pixels(masked, golden_picture("compositor/" + name + "_masked320.png"), kResizedOffByOne));
  }
}

TEST(Crop, CutsTheUncutBoxAtTheRightAndBottomEdge) {
  const auto cut = cut_box({1101, 600, 300, 300}, 1280, 720);
  ASSERT_TRUE(cut);
  EXPECT_EQ(*cut, (Rectangle{1101, 600, 179, 120}));
  const Image frame = golden_picture("compositor/frame.png");
  Image crop(328, 328);
  ASSERT_TRUE(crop_face(frame, {1101, 600, 300, 300}, {}, crop));
  EXPECT_TRUE(test::same_pixels(crop, golden_picture("compositor/clipped_crop328.png"), kResizedOffByOne));
}

TEST(Crop, RefusesABoxOverTheLeftOrTopEdgeOrOutsideTheFrame) {
  const Image frame(64, 48);
  Image crop(328, 328);
  for (const Rectangle box : {Rectangle{-1, 0, 20, 20}, Rectangle{0, -1, 20, 20}, Rectangle{64, 0, 20, 20},
                              Rectangle{0, 48, 20, 20}, Rectangle{5, 5, 0, 20}, Rectangle{5, 5, 20, -3}}) {
    const Status status = crop_face(frame, box, {}, crop);
    ASSERT_FALSE(status);
    EXPECT_EQ(status.error().code, ErrorCode::kBadAvatar);
    EXPECT_NE(status.error().message().find("64×48 template frame; import"), std::string::npos)
        << status.error().message();
  }
}

TEST(Crop, DoesNotDependOnOpenCvsThreadsAndLeavesThemAlone) {
  const Image frame = golden_picture("compositor/frame.png");
  const Image expected = golden_picture("compositor/b500_crop328.png");
  const int before = cv::getNumThreads();
  for (const int threads : {1, 2, 4}) {
    SCOPED_TRACE(threads);
    cv::setNumThreads(threads);
    Image crop(328, 328);
    ASSERT_TRUE(crop_face(frame, {0, 0, 500, 500}, {}, crop));
    EXPECT_TRUE(test::same_pixels(crop, expected));
    EXPECT_EQ(cv::getNumThreads(), threads);
  }
  cv::setNumThreads(before);
}

// A sister family: 160 pixels, no cubic. Its geometry is data only.
TEST(Crop, FollowsAnotherFamilysGeometry) {
  const Image frame = golden_picture("compositor/frame.png");
  FaceGeometry geometry;
  geometry.size = 160;
  geometry.crop = 168;
  geometry.mask = {5, 5, 150, 145};
  geometry.resize = Interpolation::kLinear;
  Image linear(168, 168), cubic(168, 168);
  ASSERT_TRUE(crop_face(frame, {460, 181, 412, 412}, geometry, linear));
  geometry.resize = Interpolation::kCubic;
  ASSERT_TRUE(crop_face(frame, {460, 181, 412, 412}, geometry, cubic));
  EXPECT_FALSE(test::same_pixels(linear, cubic));
  const ImageView inner = inner_view(linear.view(), geometry);
  EXPECT_EQ(inner.width, 160);
  EXPECT_EQ(inner.row(0), linear.view().row(4) + 12);
  Image masked(160, 160);
  mask_inner(inner, geometry, masked);
  EXPECT_EQ(masked.view().row(5)[15], 0);
  EXPECT_EQ(masked.view().row(149)[3 * 154], 0);
  EXPECT_EQ(masked.view().row(150)[3 * 155], inner.row(150)[3 * 155]);
}

TEST(CutBox, SaysOnWhichSideOfThePictureABoxLies) {
  const auto said = [](const Rectangle& box) {
    const auto cut = cut_box(box, 100, 80);
    return cut ? std::string("inside") : cut.error().what;
  };
  EXPECT_EQ(said({0, 0, 100, 80}), "inside");
  EXPECT_EQ(said({99, 79, 10, 10}), "inside");
  for (const Rectangle& before :
       {Rectangle{-1, 0, 10, 10}, Rectangle{0, -1, 10, 10}, Rectangle{-1, -1, 10, 10}})
    EXPECT_EQ(said(before), "begins left of or above the 100×80 template frame");
  for (const Rectangle& empty :
       {Rectangle{0, 0, 0, 10}, Rectangle{0, 0, 10, 0}, Rectangle{100, 0, 10, 10}, Rectangle{0, 80, 10, 10}})
    EXPECT_EQ(said(empty), "has no pixel in the 100×80 template frame");
}

}  // namespace
}  // namespace framegen
