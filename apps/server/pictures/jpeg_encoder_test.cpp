// jpeg_encoder_test.cpp: spliced JPEGs against those that libjpeg-turbo makes of the whole picture.
#include "pictures/jpeg_encoder.hpp"

#include <gtest/gtest.h>
#include <turbojpeg.h>

#include <algorithm>
#include <array>
#include <random>

#include "core/image.hpp"

namespace framegen::server {
namespace {

constexpr int kQuality = 85;

// A picture with flat places, edges and noise: short codes, long codes, FF bytes.
Image picture(int width, int height, unsigned seed) {
  Image image(width, height);
  std::mt19937 random(seed);
  for (int y = 0; y < height; ++y)
    for (int x = 0; x < 3 * width; ++x) {
      const int kind = (x / 96 + y / 40) % 3;
      const int noise = static_cast<int>(random() % 256);
      image.view().row(y)[x] = static_cast<std::uint8_t>(kind == 0   ? 40
                                                         : kind == 1 ? (x + 2 * y) % 256
                                                                     : noise);
    }
  return image;
}

// What a whole encode gives.
std::vector<std::uint8_t> whole(const Image& image, int quality) {
  const tjhandle turbo = tjInitCompress();
  std::vector<std::uint8_t> out(tjBufSize(image.width(), image.height(), TJSAMP_420));
  unsigned char* bytes = out.data();
  unsigned long size = out.size();
  EXPECT_EQ(tjCompress2(turbo, image.view().data, image.width(), static_cast<int>(image.view().stride),
                        image.height(), TJPF_BGR, &bytes, &size, TJSAMP_420, quality, TJFLAG_NOREALLOC),
            0);
  tjDestroy(turbo);
  out.resize(size);
  return out;
}

// One template frame that speaks: `background` outside the box, anything inside.
class Presenter {
 public:
  Presenter(int width, int height, Rectangle box) : background_(picture(width, height, 1)), box_(box) {}

  Frame frame(unsigned mouth) {
    shown_ = Image(background_.width(), background_.height());
    for (int y = 0; y < shown_.height(); ++y)
      std::copy_n(background_.view().row(y), 3 * shown_.width(), shown_.view().row(y));
    std::mt19937 random(mouth);
    if (mouth != 0)
      for (int y = box_.y; y < box_.y + box_.height; ++y)
        for (int x = 3 * box_.x; x < 3 * (box_.x + box_.width); ++x)
          shown_.view().row(y)[x] = static_cast<std::uint8_t>(
              (x * static_cast<int>(mouth) + 3 * y + static_cast<int>(random() % 9)) % 256);
    Frame frame;
    frame.width = shown_.width();
    frame.height = shown_.height();
    frame.box = box_;
    frame.untouched = mouth == 0;
    frame.bgr = shown_.view();
    return frame;
  }
  const Image& shown() const { return shown_; }

 private:
  Image background_, shown_;
  Rectangle box_;
};

struct Case {
  int width, height;
  Rectangle box;
};

// Boxes within, at each edge, of the whole picture, on and off the MCUs' grid; pictures of odd sizes.
const std::array<Case, 9> kCases{{{320, 240, {100, 70, 90, 80}},
                                  {320, 240, {96, 64, 96, 80}},
                                  {320, 240, {0, 70, 50, 80}},
                                  {320, 240, {250, 70, 70, 80}},
                                  {320, 240, {100, 0, 60, 50}},
                                  {333, 251, {300, 200, 33, 51}},
                                  {333, 251, {0, 0, 333, 251}},
                                  {333, 251, {0, 100, 333, 30}},
                                  {40, 24, {17, 3, 1, 1}}}};

class SplicedJpeg : public testing::TestWithParam<std::tuple<Case, int>> {};

TEST_P(SplicedJpeg, IsTheWholePicturesByteForByte) {
  const auto& [c, quality] = GetParam();
  Presenter presenter(c.width, c.height, c.box);
  TemplateJpegStore store(1 << 24);
  const auto jpegs = store.of(&store, 1, quality);
  JpegEncoder encoder(quality, jpegs);
  for (const unsigned mouth : {3U, 5U, 0U, 7U, 0U, 250U}) {
    const auto bytes = encoder.encode(presenter.frame(mouth));
    ASSERT_TRUE(bytes.ok()) << bytes.error().message();
    const auto expected = whole(presenter.shown(), quality);
    ASSERT_TRUE(std::ranges::equal(bytes->bytes, expected)) << "mouth " << mouth;
  }
  EXPECT_NE(jpegs->find(0), nullptr) << "nothing was spliced";
  EXPECT_TRUE(jpegs->find(0)->untouched());
}

INSTANTIATE_TEST_SUITE_P(Boxes, SplicedJpeg,
                         testing::Combine(testing::ValuesIn(kCases), testing::Values(1, 50, 85, 100)));

TEST(JpegEncoder, MakesTheSameWhereNothingMayBeKept) {
  Presenter presenter(320, 240, {100, 70, 90, 80});
  TemplateJpegStore store(1000);
  const auto jpegs = store.of(&store, 1, kQuality);
  JpegEncoder encoder(kQuality, jpegs);
  for (const unsigned mouth : {3U, 0U, 5U}) {
    const auto bytes = encoder.encode(presenter.frame(mouth));
    ASSERT_TRUE(bytes.ok());
    EXPECT_TRUE(std::ranges::equal(bytes->bytes, whole(presenter.shown(), kQuality)));
  }
  EXPECT_EQ(jpegs->find(0), nullptr);
  EXPECT_EQ(store.bytes(), 0U);
}

TEST(TemplateJpegs, CountWhatTheyHoldAndGiveItBack) {
  Presenter presenter(320, 240, {100, 70, 90, 80});
  TemplateJpegStore store(1 << 24);
  const int other = 0;
  {
    JpegEncoder encoder(kQuality, store.of(&store, 1, kQuality));
    ASSERT_TRUE(encoder.encode(presenter.frame(3)).ok());
    const std::size_t one = store.bytes();
    EXPECT_GT(one, 10'000U);
    ASSERT_TRUE(encoder.encode(presenter.frame(0)).ok());  // in the other's place
    EXPECT_LT(store.bytes(), 2 * one);
    JpegEncoder elsewhere(kQuality, store.of(&other, 1, kQuality));
    ASSERT_TRUE(elsewhere.encode(presenter.frame(3)).ok());
    EXPECT_GT(store.bytes(), one);
  }
  EXPECT_EQ(store.of(&store, 1, kQuality)->find(0)->untouched(), true)
      << "the last ones stay for the next session";
  (void)store.of(&store, 1, kQuality - 1);
  (void)store.of(&other, 1, kQuality - 1);
  EXPECT_EQ(store.bytes(), 0U);
}

}  // namespace
}  // namespace framegen::server
