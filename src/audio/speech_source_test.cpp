// speech_source_test.cpp: a file's sound at 16 kHz is the reference's, whatever block size it is read in
// (docs/reference.md §1).
#include "audio/speech_source.hpp"

#include <gtest/gtest.h>
#if defined(__GLIBC__)
#include <malloc.h>
#endif

#include "support/golden.hpp"
#include "support/random.hpp"
#include "support/wav.hpp"

namespace framegen {
namespace {

std::vector<float> read_all(SpeechSource& source, std::size_t block) {
  std::vector<float> all, part(block);
  while (const std::size_t got = *source.read(part))
    all.insert(all.end(), part.begin(), part.begin() + static_cast<std::ptrdiff_t>(got));
  return all;
}

TEST(SpeechSource, EqualsTheGoldenSamplesOfSpeechAt22050InAnyBlocks) {
  const auto golden = test::golden_floats("mel/espeak_22050_wav16k.npy");
  std::vector<float> first;
  for (const std::size_t block : {4096U, 1U, 641U, 1000000U}) {
    SCOPED_TRACE(block);
    auto source = SpeechSource::open(test::golden("audio/espeak_22050.wav"));
    ASSERT_TRUE(source.ok());
    EXPECT_EQ(source->expected_samples(), std::ssize(golden));
    const auto samples = read_all(*source, block);
    EXPECT_TRUE(test::near(samples, golden, 1e-6F));
    if (first.empty()) first = samples;
    EXPECT_EQ(samples, first);
  }
}

TEST(SpeechSource, LeavesA16kHzFileUntouched) {
  const auto path = test::golden("audio/sweep_noise_16k.wav");
  auto source = SpeechSource::open(path);
  ASSERT_TRUE(source.ok());
  EXPECT_EQ(read_all(*source, 1000), test::read_wav16(path));
}

TEST(SpeechSource, GivesCeilOfTheRatioAndEndsForGood) {
  for (const int rate : {8000, 44100, 48000}) {
    for (const std::size_t n : {1U, 2U, 100U, 4096U, 4097U, 8192U}) {
      SCOPED_TRACE(std::to_string(rate) + " Hz, " + std::to_string(n) + " samples");
      const auto file = test::wav_bytes(test::random_floats(n, -1, 1, n), {.sample_rate_hz = rate});
      auto source = SpeechSource::open(file, "test");
      ASSERT_TRUE(source.ok());
      EXPECT_EQ(read_all(*source, 333).size(),
                (n * 16000 + static_cast<std::size_t>(rate) - 1) / static_cast<std::size_t>(rate));
      std::vector<float> more(10);
      EXPECT_EQ(*source->read(more), 0U);
    }
  }
}

TEST(SpeechSource, PassesTheReadersErrorsOn) { EXPECT_FALSE(SpeechSource::open("no/such/file.wav").ok()); }

#if defined(__GLIBC__)  // for mallinfo2
TEST(SpeechSource, ReadsMinutesInTheMemoryOfSeconds) {
  const auto file =
      test::wav_bytes(std::vector<std::int16_t>(std::size_t{300} * 44100, 100), {.sample_rate_hz = 44100});
  auto source = SpeechSource::open(file, "long");
  ASSERT_TRUE(source.ok());
  std::vector<float> block(4096);
  std::size_t total = 0;
  const auto in_use = [] { return ::mallinfo2().uordblks; };
  for (int i = 0; i < 20; ++i) total += *source->read(block);
  const auto before = in_use();
  while (const std::size_t got = *source->read(block)) total += got;
  EXPECT_EQ(total, std::size_t{300} * 16000);
  EXPECT_LE(in_use(), before + (std::size_t{1} << 19));
}
#endif

}  // namespace
}  // namespace framegen
