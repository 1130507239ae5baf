// compose_test.cpp: inside the area a picture is the face's, outside the template's, in either format.
#include "pipeline/speaking/compose.hpp"

#include <gtest/gtest.h>

#include <cstring>
#include <memory>
#include <vector>

#include "kernels/pixels/bgr_to_i420.hpp"
#include "support/random.hpp"

namespace framegen {
namespace {

Image noise(int width, int height, std::uint64_t seed) {
  Image image(width, height);
  const auto values = test::random_floats(image.bytes(), 0, 255, seed);
  for (std::size_t i = 0; i < values.size(); ++i) image.data()[i] = static_cast<std::uint8_t>(values[i]);
  return image;
}

// A template frame of 37×21 pixels, odd on purpose, and a face's area in it.
struct Scene {
  std::shared_ptr<PreparedFrame> prepared = std::make_shared<PreparedFrame>();
  Image area;
  FinishedFace face;

  Scene(Rectangle box, int width, int height) {
    prepared->bgr = std::make_shared<const Image>(noise(width, height, 1));
    prepared->box = box;
    prepared->area = even_area(box, width, height);
    area = noise(prepared->area.width, prepared->area.height, 2);
    face.index = 5;
    face.template_frame = 3;
    face.prepared = prepared;
    face.area = &area;
  }
  Image whole() const {
    Image image(prepared->bgr->width(), prepared->bgr->height());
    std::memcpy(image.data(), prepared->bgr->data(), image.bytes());
    const Rectangle& r = prepared->area;
    copy_pixels(area.view(), image.view().crop(r.x, r.y, r.width, r.height));
    return image;
  }
};

bool same(ImageView a, ImageView b) {
  if (a.width != b.width || a.height != b.height) return false;
  for (int y = 0; y < a.height; ++y)
    if (std::memcmp(a.row(y), b.row(y), static_cast<std::size_t>(3 * a.width)) != 0) return false;
  return true;
}

bool same(const I420View& a, const Frame& b) {
  for (std::size_t p = 0; p < 3; ++p) {
    const int width = p == 0 ? a.width : a.width / 2, height = p == 0 ? a.height : a.height / 2;
    for (int y = 0; y < height; ++y)
      if (std::memcmp(a.planes[p] + y * a.strides[p], b.planes[p] + y * b.plane_strides[p],
                      static_cast<std::size_t>(width)) != 0)
        return false;
  }
  return true;
}

const Rectangle kBoxes[] = {{4, 4, 10, 10}, {3, 1, 11, 11}, {26, 10, 11, 11}, {0, 0, 21, 21}};

TEST(Composer, PutsTheAreaIntoTheTemplate) {
  for (const Rectangle& box : kBoxes) {
    SCOPED_TRACE(testing::Message() << box.x << ' ' << box.y);
    const Scene scene(box, 37, 21);
    Composer composer(PixelFormat::kBgr, 37, 21);
    const Frame frame = composer.compose(scene.face);
    EXPECT_TRUE(same(frame.bgr, scene.whole().view()));
    EXPECT_EQ(frame.planes[0], nullptr);
    EXPECT_EQ(frame.index, 5);
    EXPECT_EQ(frame.template_frame, 3);
    EXPECT_EQ(frame.width, 37);
    EXPECT_EQ(frame.height, 21);
    EXPECT_EQ(frame.box, box);
    EXPECT_FALSE(frame.untouched);
  }
}

TEST(Composer, ConvertsOnlyTheAreaAndGivesTheWholePicturesPlanes) {
  for (const Rectangle& box : kBoxes) {
    SCOPED_TRACE(testing::Message() << box.x << ' ' << box.y);
    const Scene scene(box, 37, 21);
    I420Image expected(37, 21);
    bgr_to_i420(scene.whole().view(), expected.view());
    for (const PixelFormat format : {PixelFormat::kI420, PixelFormat::kBgrAndI420}) {
      Composer composer(format, 37, 21);
      const Frame frame = composer.compose(scene.face);
      EXPECT_TRUE(same(std::as_const(expected).view(), frame));
      EXPECT_EQ(frame.bgr.empty(), format == PixelFormat::kI420);
    }
  }
}

TEST(Composer, LendsTheTemplateWhereThereIsNoFace) {
  Scene scene(kBoxes[0], 37, 21);
  Composer composer(PixelFormat::kBgrAndI420, 37, 21);
  (void)composer.compose(scene.face);
  scene.face.area = nullptr;
  const Frame frame = composer.compose(scene.face);
  EXPECT_TRUE(frame.untouched);
  EXPECT_EQ(frame.bgr.data, scene.prepared->bgr->data());
  EXPECT_EQ(frame.planes[0], scene.prepared->i420().view().planes[0]);
}

// Who holds a picture's memory has that picture still after any number of others, and after the composer.
TEST(Composer, WritesOverNoPictureThatIsHeld) {
  const Scene scenes[] = {{kBoxes[0], 37, 21}, {kBoxes[1], 37, 21}, {kBoxes[2], 37, 21}};
  auto composer = std::make_unique<Composer>(PixelFormat::kBgrAndI420, 37, 21);
  std::vector<Frame> held;
  for (int i = 0; i < 12; ++i) held.push_back(composer->compose(scenes[i % 3].face));
  composer.reset();
  for (std::size_t i = 0; i < held.size(); ++i) {
    SCOPED_TRACE(i);
    const Image whole = scenes[i % 3].whole();
    I420Image planes(37, 21);
    bgr_to_i420(whole.view(), planes.view());
    EXPECT_TRUE(same(held[i].bgr, whole.view()));
    EXPECT_TRUE(same(std::as_const(planes).view(), held[i]));
  }
}

TEST(Composer, TakesTheSameMemoryAgainWhereNobodyHoldsIt) {
  const Scene scene(kBoxes[0], 37, 21);
  Composer composer(PixelFormat::kBgr, 37, 21);
  const std::uint8_t* const first = composer.compose(scene.face).bgr.data;
  const Frame held = composer.compose(scene.face);
  EXPECT_EQ(held.bgr.data, first);
  const std::uint8_t* const second = composer.compose(scene.face).bgr.data;
  EXPECT_NE(second, first);
  EXPECT_EQ(composer.compose(scene.face).bgr.data, second);
}

// A picture shows nothing of the one before it.
TEST(Composer, ForgetsTheLastPicture) {
  const Scene first(kBoxes[0], 37, 21), second(kBoxes[2], 37, 21);
  Composer composer(PixelFormat::kBgrAndI420, 37, 21);
  (void)composer.compose(first.face);
  const Frame frame = composer.compose(second.face);
  EXPECT_TRUE(same(frame.bgr, second.whole().view()));
  I420Image expected(37, 21);
  bgr_to_i420(second.whole().view(), expected.view());
  EXPECT_TRUE(same(std::as_const(expected).view(), frame));
}

}  // namespace
}  // namespace framegen
