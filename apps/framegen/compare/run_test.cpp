// run_test.cpp: a changed pixel is found and named, in the picture and in the face box; drawings hold
// all frames.
#include "compare/run.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>

#include "avatar/avatar_bundle.hpp"
#include "core/files.hpp"
#include "quality/frame_reader.hpp"
#include "sink/image_sink.hpp"
#include "support/random.hpp"

namespace framegen::app {
namespace {

using ::testing::HasSubstr;

class Compare : public ::testing::Test {
 protected:
  static constexpr int kWidth = 48, kHeight = 32;
  std::filesystem::path folder_ = std::filesystem::path(::testing::TempDir()) /
                                  ("compare_" + std::to_string(::getpid()) + "_" +
                                   ::testing::UnitTest::GetInstance()->current_test_info()->name());
  void SetUp() override { std::filesystem::create_directories(folder_); }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  // A folder of noise; in frame `frame` the blue of pixel (x, y) is changed by 7.
  std::filesystem::path frames(const std::string& name, int n, int frame = -1, int x = 0, int y = 0) {
    ImageSink sink(folder_ / name);
    EXPECT_TRUE(sink.begin({.width = kWidth, .height = kHeight}).ok());
    for (int i = 0; i < n; ++i) {
      Image image(kWidth, kHeight);
      const auto noise = test::random_bytes(image.bytes(), static_cast<std::uint64_t>(i));
      for (std::size_t k = 0; k < noise.size(); ++k) image.data()[k] = noise[k] / 2;
      if (i == frame) image.view().row(y)[3 * x] += 7;
      EXPECT_TRUE(sink.write({.index = i, .bgr = image, .i420 = {}}).ok());
    }
    EXPECT_TRUE(sink.finish().ok());
    return folder_ / name;
  }
  static std::int64_t count_frames(const std::filesystem::path& path, int& width) {
    auto reader = FrameReader::open(path);
    if (!reader) return -1;
    std::int64_t n = 0;
    for (auto frame = (*reader)->next(); frame.ok() && *frame != nullptr; frame = (*reader)->next(), ++n)
      width = (*frame)->width();
    return n;
  }
};

TEST_F(Compare, OneChangedPixelIsFoundAndNamed) {
  const auto result = run_compare({.files = {frames("a", 5), frames("b", 5, 3, 40, 20), frames("c", 5)}});
  ASSERT_TRUE(result.ok()) << result.error().message();
  const ComparedFile& b = result->files[0];
  EXPECT_EQ(b.picture.worst_frame(), 3);
  EXPECT_EQ(b.picture.total().largest, 7);
  EXPECT_EQ(b.picture.total().largest_x, 40);
  EXPECT_EQ(b.picture.total().largest_y, 20);
  EXPECT_EQ(b.picture.total().identical, 5 * kWidth * kHeight - 1);
  EXPECT_FALSE(result->files[1].picture.worst_frame().has_value());
  EXPECT_FALSE(b.lossy);
}

// Output frame 0 shows ava's template frame 1 (first_index).
TEST_F(Compare, FaceBoxesOfTheAvatarAreMeasuredAlone) {
  const std::filesystem::path ava = "assets/avatars/ava";
  const auto bundle = AvatarBundle::open(ava);
  ASSERT_TRUE(bundle.ok()) << bundle.error().message();
  const Rectangle box = bundle->manifest().boxes[1];
  const auto grey = [&](const std::string& name, int x, int y) {
    ImageSink sink(folder_ / name);
    Image image(1280, 720);
    std::fill_n(image.data(), image.bytes(), std::uint8_t{90});
    image.view().row(y)[3 * x] = 95;
    EXPECT_TRUE(sink.begin({.width = 1280, .height = 720}).ok());
    EXPECT_TRUE(sink.write({.index = 0, .bgr = image, .i420 = {}}).ok());
    EXPECT_TRUE(sink.finish().ok());
    return folder_ / name;
  };
  const int right = box.x + box.width - 1, bottom = box.y + box.height - 1;
  CompareJob job{.files = {grey("a", right, bottom), grey("b", right + 1, bottom)}};
  job.avatar = ava;
  const auto result = run_compare(job);
  ASSERT_TRUE(result.ok()) << result.error().message();
  ASSERT_TRUE(result->with_boxes);
  // The picture differs in two pixels, of which the box holds one, its last.
  EXPECT_EQ(result->files[0].picture.total().identical, 1280 * 720 - 2);
  EXPECT_EQ(result->files[0].box.total().pixels, std::int64_t{box.width} * box.height);
  EXPECT_EQ(result->files[0].box.total().identical, std::int64_t{box.width} * box.height - 1);
  EXPECT_EQ(result->files[0].box.total().largest_x, right) << "said in the picture's coordinates";

  job.files = {frames("c", 1), frames("d", 1)};
  const auto other = run_compare(job);
  ASSERT_FALSE(other.ok());
  EXPECT_THAT(other.error().message(), HasSubstr("of 1280×720"));
}

TEST_F(Compare, DifferentLengthsCompareWhatAllHaveAndNameTheLonger) {
  const auto result = run_compare({.files = {frames("a", 5), frames("b", 3)}});
  ASSERT_TRUE(result.ok());
  EXPECT_EQ(result->frames, 3);
  EXPECT_THAT(result->longer, ::testing::ElementsAre((folder_ / "a").string()));
}

TEST_F(Compare, DrawingsHaveEveryFrame) {
  CompareJob job{.files = {frames("a", 4), frames("b", 4, 1)}};
  job.video = folder_ / "both.mp4";
  job.heatmaps = folder_ / "heat";
  ASSERT_TRUE(run_compare(job).ok());
  int width = 0;
  EXPECT_EQ(count_frames(job.video, width), 4);
  EXPECT_EQ(width, 2 * kWidth);
  EXPECT_EQ(count_frames(job.heatmaps, width), 4);
  EXPECT_EQ(width, kWidth);
}

TEST_F(Compare, WhatCannotBeComparedIsSaidAndNothingIsLeft) {
  const auto a = frames("a", 2);
  EXPECT_EQ(run_compare({.files = {a}}).error().code, ErrorCode::kBadUse);
  EXPECT_EQ(run_compare({.files = {a, folder_ / "nothing"}}).error().code, ErrorCode::kBadInput);
  EXPECT_EQ(run_compare({.files = {a, a}, .avatar = folder_ / "nobody"}).error().code, ErrorCode::kBadAvatar);
  CompareJob job{.files = {a, frames("b", 2)}};
  job.video = folder_ / "both.mp4";
  EXPECT_EQ(run_compare(job, [](std::int64_t) { return false; }).error().code, ErrorCode::kCancelled);
  EXPECT_FALSE(std::filesystem::exists(job.video));
}

TEST_F(Compare, AnotherSizeNeedsScale) {
  ImageSink sink(folder_ / "small");
  ASSERT_TRUE(sink.begin({.width = 24, .height = 16}).ok());
  Image image(24, 16);
  std::fill_n(image.data(), image.bytes(), std::uint8_t{9});
  ASSERT_TRUE(sink.write({.index = 0, .bgr = image, .i420 = {}}).ok());
  ASSERT_TRUE(sink.finish().ok());
  CompareJob job{.files = {frames("a", 1), folder_ / "small"}};
  EXPECT_THAT(run_compare(job).error().message(),
              HasSubstr("small: has pictures of 24×16, the first file of 48×32"));
  job.scale = true;
  EXPECT_TRUE(run_compare(job).ok());
}

}  // namespace
}  // namespace framegen::app
