// sound_reader_test.cpp: samples come in any portions, end in silence, and keep their loudness.
#include "sink/sound_reader.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numbers>

#include "sink/decoded_file.hpp"
#include "sink/sink_fixture.hpp"

namespace framegen {
namespace {

class SoundReaderTest : public test::SinkTest {
 protected:
  static std::vector<float> read(SoundReader& reader, int n) {
    std::vector<float> left(static_cast<std::size_t>(n)), right(static_cast<std::size_t>(n));
    float* planes[2] = {left.data(), right.data()};
    EXPECT_TRUE(reader.read(planes, n).ok());
    return left;
  }
};

TEST_F(SoundReaderTest, PortionsAndSkipsGiveTheSameSamples) {
  const char* const path = "tests/golden/audio/espeak_22050.wav";
  auto a = *SoundReader::open(path), b = *SoundReader::open(path);
  EXPECT_EQ(a->rate(), 22050);
  EXPECT_EQ(a->channels(), 1);
  const auto whole = read(*a, 60000);
  ASSERT_TRUE(b->skip(10001).ok());
  std::vector<float> parts;
  for (const int n : {1, 1024, 7, 5000, 20000}) {
    const auto part = read(*b, n);
    parts.insert(parts.end(), part.begin(), part.end());
  }
  EXPECT_TRUE(std::equal(parts.begin(), parts.end(), whole.begin() + 10001));
}

TEST_F(SoundReaderTest, AfterTheEndIsSilence) {
  test::write_wav(folder_ / "in.wav", 16000, 1, std::vector<float>(100, 0.5f));
  auto reader = *SoundReader::open(folder_ / "in.wav");
  const auto samples = read(*reader, 300);
  EXPECT_NEAR(samples[99], 0.5f, 1e-3f);
  for (std::size_t i = 100; i < 300; ++i) ASSERT_EQ(samples[i], 0.0f);
  EXPECT_TRUE(reader->skip(1'000'000'000).ok());
}

TEST_F(SoundReaderTest, AHigherRateIsBroughtTo48000WithItsTone) {
  std::vector<float> tone(96000);
  for (std::size_t i = 0; i < tone.size(); ++i)
    tone[i] = 0.5f * std::sin(2 * std::numbers::pi_v<float> * 1000 * static_cast<float>(i) / 96000);
  test::write_wav(folder_ / "in.wav", 96000, 1, tone);
  auto reader = *SoundReader::open(folder_ / "in.wav");
  EXPECT_EQ(reader->rate(), 48000);
  const auto samples = read(*reader, 48000);
  for (std::size_t i = 1000; i < 47000; ++i)
    ASSERT_NEAR(samples[i],
                0.5f * std::sin(2 * std::numbers::pi_v<float> * 1000 * static_cast<float>(i) / 48000), 2e-3f)
        << i;
}

}  // namespace
}  // namespace framegen
