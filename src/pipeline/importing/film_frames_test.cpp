#include "pipeline/importing/film_frames.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>

#include "sink/mp4_sink.hpp"
#include "support/program.hpp"

namespace framegen {
namespace {

using test::TemporaryFolder;
using ::testing::HasSubstr;

constexpr int kWidth = 64, kHeight = 48;

// Frame i is grey of brightness 10 + 8·i.
void write_film(const std::filesystem::path& file, int fps, int frames) {
  Mp4Sink sink(file, {});
  ASSERT_TRUE(sink.begin({.width = kWidth, .height = kHeight, .fps_numerator = fps}));
  Image image(kWidth, kHeight);
  for (int i = 0; i < frames; ++i) {
    std::fill_n(image.data(), image.bytes(), static_cast<std::uint8_t>(10 + 8 * i));
    SinkFrame frame;
    frame.index = i;
    frame.bgr = image.view();
    ASSERT_TRUE(sink.write(frame));
  }
  ASSERT_TRUE(sink.finish());
}

// The film's own numbers of the frames that are given.
std::vector<int> frames_of(const std::filesystem::path& file) {
  std::vector<int> numbers;
  auto film = FilmFrames::open(file, 25);
  EXPECT_TRUE(film) << film.error().message();
  if (!film) return numbers;
  for (;;) {
    const auto picture = film->next();
    EXPECT_TRUE(picture) << picture.error().message();
    if (!picture || *picture == nullptr) return numbers;
    const int grey = (*picture)->view().row(kHeight / 2)[3 * kWidth / 2];
    numbers.push_back((grey - 10 + 4) / 8);
  }
}

TEST(FilmFrames, AFilmOf25ASecondGivesEveryFrameOnce) {
  const TemporaryFolder folder;
  write_film(folder / "film.mp4", 25, 12);
  EXPECT_EQ(frames_of(folder / "film.mp4"), (std::vector<int>{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11}));
}

TEST(FilmFrames, AFasterFilmLosesFramesAndASlowerOneRepeatsThem) {
  const TemporaryFolder folder;
  write_film(folder / "fast.mp4", 50, 12);
  EXPECT_EQ(frames_of(folder / "fast.mp4"), (std::vector<int>{0, 2, 4, 6, 8, 10}));
  write_film(folder / "slow.mp4", 10, 4);
  EXPECT_EQ(frames_of(folder / "slow.mp4"), (std::vector<int>{0, 0, 0, 1, 1, 2, 2, 2, 3, 3}));
  write_film(folder / "thirty.mp4", 30, 12);
  EXPECT_EQ(frames_of(folder / "thirty.mp4"), (std::vector<int>{0, 1, 2, 4, 5, 6, 7, 8, 10, 11}));
}

TEST(FilmFrames, TheirNumberIsGuessedFromTheRate) {
  const TemporaryFolder folder;
  write_film(folder / "fast.mp4", 50, 12);
  EXPECT_EQ(FilmFrames::open(folder / "fast.mp4", 25)->frames_expected(), 6);
}

// Says in the film's track header that players turn it a quarter clockwise, as telephones do.
void lay_down(const std::filesystem::path& file) {
  std::fstream film(file, std::ios::in | std::ios::out | std::ios::binary);
  const std::string bytes{std::istreambuf_iterator<char>(film), {}};
  const std::size_t header = bytes.find("tkhd");
  ASSERT_NE(header, std::string::npos);
  ASSERT_EQ(bytes[header + 4], 0) << "another version of the header has its matrix elsewhere";
  constexpr std::size_t kMatrix = 44;  // 16.16 fixed point: 0 1 0, −1 0 0, then 0 0 1 of 2.30
  film.seekp(static_cast<std::streamoff>(header + kMatrix));
  film.write(
      "\0\0\0\0\0\1\0\0\0\0\0\0"
      "\377\377\0\0\0\0\0\0\0\0\0\0"
      "\0\0\0\0\0\0\0\0\100\0\0\0",
      36);
}

TEST(FilmFrames, ATelephonesFilmIsTurnedUpright) {
  const TemporaryFolder folder;
  write_film(folder / "lying.mp4", 25, 2);
  lay_down(folder / "lying.mp4");
  auto film = FilmFrames::open(folder / "lying.mp4", 25);
  ASSERT_TRUE(film);
  const auto picture = film->next();
  ASSERT_TRUE(picture);
  EXPECT_EQ((*picture)->width(), kHeight);
  EXPECT_EQ((*picture)->height(), kWidth);
}

TEST(FilmFrames, WhatHasNoPictureIsRefused) {
  const auto sound = FilmFrames::open("tests/golden/audio/short.wav", 25);
  ASSERT_FALSE(sound);
  EXPECT_EQ(sound.error().code, ErrorCode::kBadInput);
  EXPECT_THAT(sound.error().message(), HasSubstr("short.wav: has no picture that can be decoded"));
  const auto missing = FilmFrames::open("no/such.mp4", 25);
  ASSERT_FALSE(missing);
  EXPECT_THAT(missing.error().message(), HasSubstr("no/such.mp4: does not exist"));
}

TEST(FilmFrames, AFilmThatEndsTooEarlyIsAnErrorNotACrash) {
  const TemporaryFolder folder;
  write_film(folder / "film.mp4", 25, 12);
  std::filesystem::resize_file(folder / "film.mp4", 600);
  const auto film = FilmFrames::open(folder / "film.mp4", 25);
  ASSERT_FALSE(film);
  EXPECT_EQ(film.error().code, ErrorCode::kBadInput);
}

}  // namespace
}  // namespace framegen
