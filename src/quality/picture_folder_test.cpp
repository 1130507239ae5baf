// picture_folder_test.cpp: what a folder of pictures tells of its time and size, and headers that lie.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <span>

#include "core/files.hpp"
#include "quality/frame_reader.hpp"
#include "quality/quality_fixture.hpp"

namespace framegen {
namespace {

using ::testing::HasSubstr;

class PictureFolder : public test::QualityTest {};

TEST_F(PictureFolder, IsShownAtTwentyFiveFramesASecond) {
  for (int i = 7; i < 10; ++i)
    test::write_png(folder_ / ("frame_" + std::to_string(i) + ".png"), test::smooth_image(48, 32, i));
  const auto reader = FrameReader::open(folder_);
  ASSERT_TRUE(reader.ok()) << reader.error().message();
  EXPECT_EQ((*reader)->frames_expected(), 3);
  for (int i = 0; i < 3; ++i) {
    ASSERT_TRUE((*reader)->next().ok());
    EXPECT_DOUBLE_EQ((*reader)->time_s(), i / 25.0);
  }
  EXPECT_EQ((*reader)->full_width(), 48);
  EXPECT_EQ((*reader)->full_height(), 32);
}

std::uint32_t crc_of(std::span<const std::uint8_t> bytes) {
  std::uint32_t crc = 0xFFFFFFFF;
  for (const std::uint8_t byte : bytes) {
    crc ^= byte;
    for (int bit = 0; bit < 8; ++bit) crc = crc >> 1 ^ ((crc & 1) != 0 ? 0xEDB88320U : 0U);
  }
  return ~crc;
}

// A sound PNG, but for the size that its header claims.
void claim_size(std::vector<std::uint8_t>& png, std::uint32_t width, std::uint32_t height) {
  const auto put = [&](std::size_t at, std::uint32_t value) {
    for (std::size_t i = 0; i < 4; ++i) png[at + i] = static_cast<std::uint8_t>(value >> (24 - 8 * i));
  };
  constexpr std::size_t kType = 12, kWidth = 16, kHeight = 20, kEnd = 29;
  put(kWidth, width);
  put(kHeight, height);
  put(kEnd, crc_of(std::span(png).subspan(kType, kEnd - kType)));
}

TEST_F(PictureFolder, ASizeThatNoPictureHasIsRefusedBeforeMemoryIsTaken) {
  test::write_png(folder_ / "0.png", test::smooth_image(48, 32, 0));
  auto png = *read_file(folder_ / "0.png");
  const auto said = [&](std::uint32_t width, std::uint32_t height) {
    claim_size(png, width, height);
    EXPECT_TRUE(write_file(folder_ / "0.png", png).ok());
    const auto reader = FrameReader::open(folder_);
    const auto frame = (*reader)->next();
    return frame.ok() ? "" : frame.error().message();
  };
  EXPECT_EQ(said(48, 32), "");
  EXPECT_THAT(said(100'000, 100'000), HasSubstr("0.png: has 100000×100000 pixels, at most"));
  EXPECT_THAT(said(1, 300'000'000), ::testing::Not(""));
}

}  // namespace
}  // namespace framegen
