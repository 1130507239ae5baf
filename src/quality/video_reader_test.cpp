// video_reader_test.cpp: films as they come: their time, turned, of fields, of high dynamic range, smaller,
// changing. What they are held against are the pictures they were made of: nothing on the way loses anything.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

extern "C" {
#include <libavutil/mem.h>
}

#include <algorithm>
#include <array>
#include <climits>
#include <cstdlib>

#include "quality/deinterlace.hpp"
#include "quality/film_fixture.hpp"
#include "quality/frame_reader.hpp"
#include "quality/metrics.hpp"
#include "quality/tone_map.hpp"

namespace framegen {
namespace {

using ::testing::HasSubstr;

class VideoReader : public test::FilmTest {};

TEST_F(VideoReader, TellsWhenEachFrameIsShownFromTheFirstOn) {
  write_frames(5);
  ASSERT_TRUE(film("-framerate 30", "-c:v qtrle -pix_fmt rgb24 -output_ts_offset 2", "late.mov"));
  const auto reader = FrameReader::open(folder_ / "late.mov");
  ASSERT_TRUE(reader.ok()) << reader.error().message();
  EXPECT_EQ((*reader)->fps_numerator(), 30);
  EXPECT_EQ((*reader)->fps_denominator(), 1);
  EXPECT_EQ((*reader)->frames_expected(), 5);
  for (int i = 0; i < 5; ++i) {
    SCOPED_TRACE(i);
    const auto frame = (*reader)->next();
    ASSERT_TRUE(frame.ok() && *frame != nullptr);
    EXPECT_TRUE(test::same_pixels(**frame, test::smooth_image(kWidth, kHeight, i)));
    EXPECT_NEAR((*reader)->time_s(), i / 30.0, 0.002);
  }
  EXPECT_EQ((*reader)->full_width(), kWidth);
  EXPECT_EQ((*reader)->full_height(), kHeight);
}

TEST_F(VideoReader, OneFrameASecondIsARateToo) {
  write_frames(2);
  ASSERT_TRUE(film("-framerate 1", "-c:v qtrle -pix_fmt rgb24", "slow.mov"));
  const auto reader = FrameReader::open(folder_ / "slow.mov");
  ASSERT_TRUE(reader.ok()) << reader.error().message();
  EXPECT_EQ((*reader)->fps_numerator(), 1);
}

// FFmpeg 6 has the one way to say it, 5 the other, each counted its own way round.
TEST_F(VideoReader, APictureIsTurnedAsPlayersTurnIt) {
  write_frames(1);
  ASSERT_TRUE(film("-framerate 25", "-c:v qtrle -pix_fmt rgb24", "plain.mov"));
  const std::string plain = (folder_ / "plain.mov").string(), turned = (folder_ / "turned.mov").string();
  const Image upright = test::smooth_image(kWidth, kHeight, 0);
  for (const int quarters : {1, 2, 3}) {
    SCOPED_TRACE(quarters);
    const auto newer = std::to_string(90 * quarters), older = std::to_string(360 - 90 * quarters);
    ASSERT_TRUE(run("ffmpeg -y -display_rotation " + newer + " -i " + plain + " -c copy " + turned) ||
                run("ffmpeg -y -i " + plain + " -c copy -metadata:s:v rotate=" + older + " " + turned));
    const auto reader = FrameReader::open(turned);
    ASSERT_TRUE(reader.ok()) << reader.error().message();
    const auto frame = (*reader)->next();
    ASSERT_TRUE(frame.ok() && *frame != nullptr);
    const Image expected = turned_clockwise(upright, quarters);
    EXPECT_TRUE(test::same_pixels(**frame, expected));
    EXPECT_EQ((*reader)->full_width(), expected.width());
    EXPECT_EQ((*reader)->full_height(), expected.height());
  }
}

TEST_F(VideoReader, WhatIsTooLargeIsMadeSmaller) {
  write_frames(1);
  ASSERT_TRUE(film("-framerate 25", "-c:v qtrle -pix_fmt rgb24", "plain.mov"));
  const auto size_at = [&](int longest_side) {
    const auto reader = FrameReader::open(folder_ / "plain.mov", {.longest_side = longest_side});
    const auto frame = (*reader)->next();
    EXPECT_EQ((*reader)->full_width(), kWidth);
    return std::pair((*frame)->width(), (*frame)->height());
  };
  EXPECT_EQ(size_at(24), std::pair(24, 16));
  EXPECT_EQ(size_at(kWidth), std::pair(kWidth, kHeight));
  EXPECT_EQ(size_at(1000), std::pair(kWidth, kHeight));
}

// Every other line is of a later moment. As they are coded they stay as they are.
TEST_F(VideoReader, FieldsAreJoinedWhereThePictureIsSeen) {
  write_frames(3);
  for (const bool top_first : {true, false}) {
    SCOPED_TRACE(top_first);
    const std::string order = top_first ? "tff" : "bff";
    ASSERT_TRUE(film("-framerate 25", "-vf setfield=" + order + " -flags +ilme+ildct -c:v ffv1 -pix_fmt bgr0",
                     "fields.mkv"));
    const auto seen = FrameReader::open(folder_ / "fields.mkv", {.as_seen = true}),
               small = FrameReader::open(folder_ / "fields.mkv", {.as_seen = true, .longest_side = 24}),
               coded = FrameReader::open(folder_ / "fields.mkv");
    ASSERT_TRUE(seen.ok() && small.ok() && coded.ok());
    Deinterlacer deinterlacer;
    Image joined(kWidth, kHeight), shrunk(24, 16);
    for (int i = 0; i < 3; ++i) {
      SCOPED_TRACE(i);
      const Image frame = test::smooth_image(kWidth, kHeight, i);
      deinterlacer.next(field(frame, 0), field(frame, 1), top_first, joined.view());
      scale_picture(joined, shrunk);
      EXPECT_TRUE(test::same_pixels(**(*seen)->next(), joined));
      EXPECT_TRUE(test::same_pixels(**(*small)->next(), shrunk));
      EXPECT_TRUE(test::same_pixels(**(*coded)->next(), frame));
      EXPECT_FALSE(test::same_pixels(joined, frame));
    }
  }
}

// Reference white of PQ, and grey that is coded as what it is.
TEST_F(VideoReader, HighDynamicRangeIsMappedWhereThePictureIsSeen) {
  constexpr int kCode = 148;
  Image grey(kWidth, kHeight);
  std::fill_n(grey.data(), grey.bytes(), std::uint8_t{kCode});
  test::write_png(folder_ / "frame_0.png", grey);
  for (const auto& [curve, kind] :
       {std::pair("smpte2084", HighRange::kPq), std::pair("arib-std-b67", HighRange::kHlg)}) {
    SCOPED_TRACE(curve);
    ASSERT_TRUE(film("-framerate 25",
                     std::string("-c:v ffv1 -pix_fmt gbrp16le -color_primaries bt2020 -color_trc ") + curve,
                     "high.mkv"));
    std::array<std::uint16_t, 3> code{};
    code.fill(kCode * 257);
    std::array<std::uint8_t, 3> shown{};
    ToneMap(kind).map(code.data(), 3, {shown.data(), 1, 1, 3});
    const auto seen = FrameReader::open(folder_ / "high.mkv", {.as_seen = true}),
               coded = FrameReader::open(folder_ / "high.mkv");
    ASSERT_TRUE(seen.ok() && coded.ok());
    EXPECT_NEAR((*(*seen)->next())->data()[100], shown[1], 1);
    EXPECT_NEAR((*(*coded)->next())->data()[100], kCode, 1);
    EXPECT_GT(std::abs(shown[1] - kCode), 10);
  }
}

TEST_F(VideoReader, AnotherSizeInTheMiddleIsNamed) {
  write_frames(3);
  const std::string ts = "-c:v mpeg2video -q:v 2 -f mpegts";
  ASSERT_TRUE(film("-framerate 25", ts, "a.ts") && film("-framerate 25", "-vf scale=64:48 " + ts, "b.ts"));
  ASSERT_EQ(std::system(("cat " + (folder_ / "a.ts").string() + " " + (folder_ / "b.ts").string() + " > " +
                         (folder_ / "c.ts").string())
                            .c_str()),
            0);
  const auto reader = FrameReader::open(folder_ / "c.ts");
  ASSERT_TRUE(reader.ok()) << reader.error().message();
  int frames = 0;
  auto frame = (*reader)->next();
  for (; frame.ok() && *frame != nullptr; frame = (*reader)->next()) ++frames;
  ASSERT_FALSE(frame.ok()) << frames << " frames";
  EXPECT_THAT(frame.error().message(), HasSubstr("c.ts: frame " + std::to_string(frames) +
                                                 " has another size or pixel format than those before it"));
}

// FFmpeg is told to ask for no more than so many bytes at once: a player with more would show the video.
TEST_F(VideoReader, WhereMemoryEndsTheRemedyIsMemory) {
  write_frames(2);
  ASSERT_TRUE(film("-framerate 25", "-c:v qtrle -pix_fmt rgb24", "plain.mov"));
  for (const std::size_t bytes : {200UL, 33000UL}) {
    SCOPED_TRACE(bytes);
    av_max_alloc(bytes);
    auto reader = FrameReader::open(folder_ / "plain.mov");
    const Error error = !reader ? reader.error() : (*reader)->next().error();
    av_max_alloc(INT_MAX);
    EXPECT_THAT(error.what + "; " + error.remedy,
                ::testing::AnyOf(HasSubstr("out of memory"), HasSubstr("give the program more memory")));
  }
}

// Lossless of what it is given: which was half of the colours.
TEST_F(VideoReader, FewerColoursAreALoss) {
  write_frames(1);
  const auto is_lossy = [&](const std::string& pixels) {
    EXPECT_TRUE(film("-framerate 25", "-c:v ffv1 -pix_fmt " + pixels, "v.mkv"));
    const auto reader = FrameReader::open(folder_ / "v.mkv");
    EXPECT_TRUE((*reader)->next().ok());
    return (*reader)->lossy();
  };
  EXPECT_FALSE(is_lossy("bgr0"));
  EXPECT_TRUE(is_lossy("yuv420p"));
}

}  // namespace
}  // namespace framegen
