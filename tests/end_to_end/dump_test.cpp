// dump_test.cpp: each stage that framegen dump writes is what the next one is made of.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "core/npy.hpp"
#include "mini_avatar.hpp"

namespace framegen::test {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class Dump : public ::testing::Test {
 protected:
  TemporaryFolder folder_;

  ProgramRun dump(const std::string& stage, const std::vector<std::string>& more = {}) {
    std::vector<std::string> words{"dump", "--stage",   stage,        "--avatar", mini_avatar().string(),
                                   "-o",   file(stage), "--no-cache", "--frame",  "10"};
    words.insert(words.end(), more.begin(), more.end());
    return framegen(words);
  }
  std::string file(const std::string& stage) const { return (folder_ / (stage + ".npy")).string(); }
  // The stage of frame 10 of the golden speech.
  NpyArray array(const std::string& stage) {
    const auto run = dump(stage, {"--audio", golden_speech()});
    EXPECT_EQ(run.exit_code, 0) << run.err;
    auto read = read_npy(file(stage));
    EXPECT_TRUE(read.ok());
    return read ? *std::move(read) : NpyArray{};
  }
};

// The window of frame i: the features of frames i - 8 … i + 7, one behind the other.
TEST_F(Dump, AnAudioWindowIsSixteenFeatures) {
  const NpyArray features = array("features"), window = array("audio-window");
  ASSERT_THAT(features.shape, ElementsAre(36, 512));
  ASSERT_THAT(window.shape, ElementsAre(32, 16, 16));
  const auto all = *npy_values<float>(features), sixteen = *npy_values<float>(window);
  ASSERT_EQ(sixteen.size(), 16u * 512);
  EXPECT_TRUE(std::equal(sixteen.begin(), sixteen.end(), all.begin() + std::ptrdiff_t{512} * (10 - 8)));
}

// Cut off, never rounded.
TEST_F(Dump, AFaceIsTheNetworksOutputInPixels) {
  const NpyArray output = array("output"), face = array("face");
  ASSERT_THAT(output.shape, ElementsAre(3, 320, 320));
  ASSERT_THAT(face.shape, ElementsAre(320, 320, 3));
  const auto values = *npy_values<float>(output);
  const auto pixels = *npy_values<std::uint8_t>(face);
  std::size_t different = 0;
  for (std::size_t i = 0; i < 320 * 320; ++i)
    for (std::size_t channel = 0; channel < 3; ++channel)
      different += pixels[i * 3 + channel] !=
                   static_cast<std::uint8_t>(std::clamp(values[channel * 320 * 320 + i] * 255, 0.0F, 255.0F));
  EXPECT_EQ(different, 0u);
}

TEST_F(Dump, TheInputIsTheFaceAndTheFaceWithoutItsMouth) {
  const NpyArray input = array("input");
  ASSERT_THAT(input.shape, ElementsAre(6, 320, 320));
  const auto values = *npy_values<float>(input);
  const auto [lowest, highest] = std::minmax_element(values.begin(), values.end());
  EXPECT_GE(*lowest, 0);
  EXPECT_LE(*highest, 1);
  const std::size_t middle = 200 * 320 + 160, edge = 2 * 320 + 2, masked = std::size_t{3} * 320 * 320;
  EXPECT_EQ(values[masked + middle], 0) << "the mouth";
  EXPECT_EQ(values[masked + edge], values[edge]) << "outside of the mask";
}

TEST_F(Dump, SoundAloneNeedsNoAvatar) {
  const auto run = framegen({"dump", "--stage", "mel", "--audio", golden_speech(), "-o", file("mel")});
  ASSERT_EQ(run.exit_code, 0) << run.err;
  const auto mel = read_npy(file("mel"));
  ASSERT_TRUE(mel.ok());
  ASSERT_EQ(mel->shape.size(), 2u);
  EXPECT_EQ(mel->shape[0], 80);
}

TEST_F(Dump, WhatIsMissingOrOutOfRangeIsNamed) {
  for (const std::string stage : {"features", "face"}) {
    const auto silent = dump(stage);
    EXPECT_EQ(silent.exit_code, 2);
    EXPECT_THAT(silent.err, HasSubstr("--audio: is needed for --stage " + stage));
  }
  const auto start = dump("input", {"--audio", golden_speech(), "--start-frame", "12"});
  EXPECT_EQ(start.exit_code, 2);
  EXPECT_THAT(start.err, HasSubstr("give 0 … 11"));
  const auto behind = dump("face", {"--audio", golden_speech(), "--frame", "4000"});
  EXPECT_NE(behind.exit_code, 0);
  EXPECT_THAT(behind.err, HasSubstr("error: "));
  EXPECT_THAT(folder_.entries(), ::testing::IsEmpty());
}

}  // namespace
}  // namespace framegen::test
