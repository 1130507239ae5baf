// resampler_test.cpp: the reference's samples, the reference's length, however the input is cut
// (docs/reference.md §1).
#include "audio/resampler.hpp"

#include <gmock/gmock.h>
#include <soxr.h>

#include <algorithm>
#include <cmath>
#include <numbers>

#include "support/cuts.hpp"
#include "support/golden.hpp"
#include "support/random.hpp"
#include "support/wav.hpp"

namespace framegen {
namespace {

std::vector<float> resampled(std::span<const float> samples, int from_hz, const test::Cut& cut,
                             int to_hz = 16000) {
  auto resampler = Resampler::create(from_hz, to_hz).value();
  std::vector<float> all;
  test::for_each_piece(samples, cut,
                       [&](std::span<const float> piece) { EXPECT_TRUE(resampler.push(piece, all).ok()); });
  EXPECT_TRUE(resampler.finish(all).ok());
  return all;
}

const test::Cut kWhole{"whole", [] { return std::size_t{1} << 40; }};

TEST(Resampler, EqualsTheGoldenSamplesOfSpeechAt22050) {
  const auto speech = test::read_wav16(test::golden("audio/espeak_22050.wav"));
  EXPECT_TRUE(test::near(resampled(speech, 22050, kWhole), test::golden_floats("mel/espeak_22050_wav16k.npy"),
                         1e-6F));
}

TEST(Resampler, GivesTheSameBytesHoweverTheSamplesAreCut) {
  for (const int rate : {8000, 11025, 22050, 24000, 44100, 48000, 96000, 12345}) {
    const auto samples = test::random_floats(static_cast<std::size_t>(rate), -1, 1, 1);
    const auto whole = resampled(samples, rate, kWhole);
    for (const auto& cut : test::cuts()) {
      SCOPED_TRACE(std::to_string(rate) + " Hz, " + cut.name);
      EXPECT_EQ(resampled(samples, rate, cut), whole);
    }
  }
}

TEST(Resampler, EqualsLibsoxrInOneGo) {
  const auto samples = test::random_floats(44100, -1, 1, 2);
  std::vector<float> expected(20000);
  std::size_t made = 0;
  const auto quality = soxr_quality_spec(SOXR_HQ, 0);
  ASSERT_EQ(soxr_oneshot(44100, 16000, 1, samples.data(), samples.size(), nullptr, expected.data(),
                         expected.size(), &made, nullptr, &quality, nullptr),
            nullptr);
  expected.resize(made);
  EXPECT_EQ(resampled(samples, 44100, kWhole), expected);
}

TEST(Resampler, GivesCeilOfTheRatioAtEveryLength) {
  const auto samples = test::random_floats(3000, -1, 1, 3);
  for (const int rate : {8000, 11025, 22050, 44100, 48000}) {
    for (std::size_t n = 0; n <= samples.size(); n += n < 20 ? 1 : 371) {
      SCOPED_TRACE(std::to_string(rate) + " Hz, " + std::to_string(n) + " samples");
      const auto expected = (n * 16000 + static_cast<std::size_t>(rate) - 1) / static_cast<std::size_t>(rate);
      EXPECT_EQ(resampled(std::span(samples).first(n), rate, kWhole).size(), expected);
    }
  }
}

TEST(Resampler, LeavesEqualRatesUntouched) {
  const auto samples = test::random_floats(5000, -1, 1, 4);
  for (const auto& cut : test::cuts()) EXPECT_EQ(resampled(samples, 16000, cut), samples);
}

TEST(Resampler, KeepsAToneBelow7000HzAndLosesOneAbove8000) {
  const auto tone = [](double hz) {
    std::vector<float> samples(48000);
    for (std::size_t i = 0; i < samples.size(); ++i)
      samples[i] = static_cast<float>(std::sin(2 * std::numbers::pi * hz * static_cast<double>(i) / 48000.0));
    return samples;
  };
  const auto loudest = [](const std::vector<float>& samples) {  // away from the ends
    float peak = 0;
    for (std::size_t i = 2000; i < 14000; ++i) peak = std::max(peak, std::abs(samples[i]));
    return peak;
  };
  EXPECT_NEAR(loudest(resampled(tone(6500), 48000, kWhole)), 1.0F, 0.01F);
  EXPECT_LT(loudest(resampled(tone(9000), 48000, kWhole)), 1e-4F);  // quality LQ leaves more
}

TEST(Resampler, AfterResetItIsAsNew) {
  const auto samples = test::random_floats(44100, -1, 1, 5);
  auto resampler = Resampler::create(44100).value();
  std::vector<float> all;
  ASSERT_TRUE(resampler.push(std::span(samples).first(12345), all).ok());
  ASSERT_TRUE(resampler.reset().ok());
  all.clear();
  ASSERT_TRUE(resampler.push(samples, all).ok());
  ASSERT_TRUE(resampler.finish(all).ok());
  EXPECT_EQ(all, resampled(samples, 44100, kWhole));
}

TEST(Resampler, RefusesAbsurdRates) {
  for (const int rate : {-1, 0, 999, 768001, 2147483647}) {
    const auto resampler = Resampler::create(rate);
    ASSERT_FALSE(resampler.ok());
    EXPECT_EQ(resampler.error().code, ErrorCode::kBadInput);
    EXPECT_THAT(resampler.error().message(),
                ::testing::HasSubstr(std::to_string(rate) + " Hz is outside 1000 … 768000 Hz"));
  }
}

}  // namespace
}  // namespace framegen
