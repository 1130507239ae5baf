// frame_reader_test.cpp: folders in the order of their numbers, videos pixel by pixel, and what cannot be
// read is named.
#include "quality/frame_reader.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "core/files.hpp"
#include "quality/metrics.hpp"
#include "quality/quality_fixture.hpp"

namespace framegen {
namespace {

using ::testing::HasSubstr;

class FrameReaderTest : public test::QualityTest {
 protected:
  void write_frames(int n) {
    for (int i = 0; i < n; ++i)
      test::write_png(folder_ / ("frame_" + std::to_string(i) + ".png"), test::smooth_image(48, 32, i));
  }
  bool encode(const std::string& options, const std::string& file) {
    return run("ffmpeg -framerate 25 -i " + folder_.string() + "/frame_%d.png " + options + " " +
               (folder_ / file).string());
  }
  static Error first_error(const std::filesystem::path& path) {
    auto reader = FrameReader::open(path);
    if (!reader) return reader.error();
    for (;;) {
      auto frame = (*reader)->next();
      if (!frame) return frame.error();
      if (*frame == nullptr) return {};
    }
  }
};

TEST_F(FrameReaderTest, AFolderIsReadInTheOrderOfItsNumbers) {
  write_frames(11);  // 10 comes after 9, not after 1
  ASSERT_TRUE(write_file(folder_ / "notes.txt", "not a frame").ok());
  auto reader = FrameReader::open(folder_);
  ASSERT_TRUE(reader.ok()) << reader.error().message();
  for (int i = 0; i < 11; ++i) {
    const auto frame = (*reader)->next();
    ASSERT_TRUE(frame.ok() && *frame != nullptr);
    EXPECT_TRUE(test::same_pixels(**frame, test::smooth_image(48, 32, i))) << i;
  }
  EXPECT_EQ(*(*reader)->next(), nullptr);
  EXPECT_FALSE((*reader)->lossy());
}

TEST_F(FrameReaderTest, JpegFramesOfTheReferenceAreRead) {
  auto reader = FrameReader::open("tests/golden/pipeline/dataset/full_body_img");
  ASSERT_TRUE(reader.ok());
  int frames = 0;
  for (auto frame = (*reader)->next(); frame.ok() && *frame != nullptr; frame = (*reader)->next()) ++frames;
  EXPECT_EQ(frames, 12);
  EXPECT_TRUE((*reader)->lossy());
}

TEST_F(FrameReaderTest, ALosslessVideoGivesThePixels) {
  write_frames(5);
  if (!ffmpeg_is_there()) GTEST_SKIP() << "the ffmpeg program is not installed";
  ASSERT_TRUE(encode("-c:v ffv1 -pix_fmt bgr0", "v.mkv"));
  auto reader = FrameReader::open(folder_ / "v.mkv");
  ASSERT_TRUE(reader.ok()) << reader.error().message();
  for (int i = 0; i < 5; ++i) {
    const auto frame = (*reader)->next();
    ASSERT_TRUE(frame.ok() && *frame != nullptr);
    EXPECT_TRUE(test::same_pixels(**frame, test::smooth_image(48, 32, i))) << i;
  }
  EXPECT_EQ(*(*reader)->next(), nullptr);
  EXPECT_FALSE((*reader)->lossy());
  EXPECT_EQ((*reader)->fps_numerator(), 25);
}

TEST_F(FrameReaderTest, ALossyVideoIsMarkedAndItsColourTagsAreHeeded) {
  Image red(48, 32);
  for (std::size_t i = 0; i < red.bytes(); ++i) red.data()[i] = i % 3 == 2 ? 220 : 30;
  for (int i = 0; i < 3; ++i) test::write_png(folder_ / ("frame_" + std::to_string(i) + ".png"), red);
  if (!ffmpeg_is_there()) GTEST_SKIP() << "the ffmpeg program is not installed";
  ASSERT_TRUE(
      encode("-vf scale=out_color_matrix=bt709 -c:v libx264 -crf 1 -pix_fmt yuv420p -colorspace bt709 -bf 2",
             "v.mp4"));
  auto reader = FrameReader::open(folder_ / "v.mp4");
  ASSERT_TRUE(reader.ok()) << reader.error().message();
  const auto frame = (*reader)->next();
  ASSERT_TRUE(frame.ok() && *frame != nullptr);
  EXPECT_LE(compare_pictures(**frame, red).largest, 4);  // BT.601 would be off by 20
  EXPECT_TRUE((*reader)->lossy());
}

TEST_F(FrameReaderTest, WhatCannotBeReadIsNamed) {
  EXPECT_THAT(first_error(folder_ / "nothing").message(), HasSubstr("does not exist"));
  EXPECT_THAT(first_error(folder_).message(), HasSubstr("holds no numbered PNG or JPEG"));
  ASSERT_TRUE(write_file(folder_ / "text.mp4", "this is text").ok());
  EXPECT_EQ(first_error(folder_ / "text.mp4").code, ErrorCode::kBadInput);
  EXPECT_THAT(first_error("tests/golden/audio/short.wav").message(), HasSubstr("no picture"));
}

TEST_F(FrameReaderTest, BrokenAndUnequalPicturesAreNamed) {
  write_frames(3);
  test::write_png(folder_ / "frame_3.png", test::smooth_image(40, 32, 0));
  EXPECT_THAT(first_error(folder_).message(), HasSubstr("frame_3.png: has 40×32 pixels, not 48×32"));
  const auto whole = *read_file(folder_ / "frame_2.png");
  ASSERT_TRUE(write_file(folder_ / "frame_2.png", std::span(whole).first(whole.size() / 2)).ok());
  EXPECT_THAT(first_error(folder_).message(), HasSubstr("frame_2.png: is a damaged or truncated PNG"));
  ASSERT_TRUE(write_file(folder_ / "frame_1.jpg", "not a JPEG").ok());
  EXPECT_THAT(first_error(folder_).message(), HasSubstr("two pictures of number 1"));
  std::filesystem::remove(folder_ / "frame_1.png");
  EXPECT_THAT(first_error(folder_).message(), HasSubstr("frame_1.jpg: is neither a JPEG nor a PNG"));
}

TEST_F(FrameReaderTest, ScalingKeepsAFlatPicture) {
  Image flat(40, 30), larger(80, 50), smaller(13, 9);
  std::fill_n(flat.data(), flat.bytes(), std::uint8_t{77});
  for (Image* to : {&larger, &smaller}) {
    scale_picture(flat, *to);
    EXPECT_TRUE(std::all_of(to->data(), to->data() + to->bytes(), [](std::uint8_t v) { return v == 77; }));
  }
}

}  // namespace
}  // namespace framegen
