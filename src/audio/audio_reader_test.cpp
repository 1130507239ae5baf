// audio_reader_test.cpp: WAV samples of every kind become the right numbers, or one clear line
// (docs/reference.md §1).
#include "audio/audio_reader.hpp"

#include <gmock/gmock.h>

#include <limits>

#include "support/golden.hpp"
#include "support/random.hpp"
#include "support/wav.hpp"

namespace framegen {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::vector<float> read_all(AudioReader& reader, std::size_t block) {
  std::vector<float> all, part(block);
  while (const std::size_t got = *reader.read(part))
    all.insert(all.end(), part.begin(), part.begin() + static_cast<std::ptrdiff_t>(got));
  return all;
}

template <class T>
std::vector<float> decoded(const std::vector<T>& interleaved, const test::WavFormat& format = {}) {
  const auto file = test::wav_bytes(interleaved, format);
  auto reader = AudioReader::open(file, "test");
  if (!reader) {
    ADD_FAILURE() << reader.error().message();
    return {};
  }
  return read_all(*reader, 1000);
}

// The error of opening or reading these bytes, or "accepted".
std::string refusal(std::span<const std::uint8_t> file) {
  auto reader = AudioReader::open(file, "test.wav");
  std::vector<float> samples(100'000);
  auto read = reader ? reader->read(samples) : Result<std::size_t>(reader.error());
  if (read) return "accepted";
  EXPECT_EQ(read.error().code, ErrorCode::kBadInput);
  return read.error().message();
}

TEST(AudioReader, ScalesEverySampleFormatToFullScaleOne) {
  EXPECT_THAT(decoded<std::uint8_t>({0, 64, 128, 255}), ElementsAre(-1.0F, -0.5F, 0.0F, 127 / 128.0F));
  EXPECT_THAT(decoded<std::int16_t>({-32768, -1, 0, 32767}),
              ElementsAre(-1.0F, -1 / 32768.0F, 0.0F, 32767 / 32768.0F));
  EXPECT_THAT(decoded<std::int32_t>({std::numeric_limits<std::int32_t>::min(), 1 << 30, 256}),
              ElementsAre(-1.0F, 0.5F, 256 / 2147483648.0F));
  EXPECT_THAT(decoded<float>({-1.5F, 0.25F, 1e-30F}), ElementsAre(-1.5F, 0.25F, 1e-30F));
  EXPECT_THAT(decoded<double>({-1.0, 0.1, 2.0}), ElementsAre(-1.0F, 0.1F, 2.0F));
}

TEST(AudioReader, AveragesChannelsInFloat32) {
  EXPECT_THAT(decoded<std::int16_t>({16384, 0, -32768, 16384}, {.channels = 2}), ElementsAre(0.25F, -0.25F));
  const float third = (0.1F + 0.2F + 0.4F) / 3.0F;
  EXPECT_THAT(decoded<float>({0.1F, 0.2F, 0.4F}, {.channels = 3}), ElementsAre(third));
}

TEST(AudioReader, GivesTheSameSamplesInAnyBlocks) {
  const auto file = test::wav_bytes(test::random_floats(30001, -1, 1, 1), {.channels = 1});
  std::vector<float> expected;
  for (const std::size_t block : {30001U, 1U, 160U, 641U, 100000U}) {
    SCOPED_TRACE(block);
    auto reader = AudioReader::open(file, "test");
    ASSERT_TRUE(reader.ok());
    const auto samples = read_all(*reader, block);
    if (expected.empty()) expected = samples;
    EXPECT_EQ(samples, expected);
  }
  EXPECT_EQ(expected, test::random_floats(30001, -1, 1, 1));
}

TEST(AudioReader, ReadsTheGoldenFilesAsTheyAre) {
  for (const std::string name : {"sweep_noise_16k", "espeak_22050", "short"}) {
    SCOPED_TRACE(name);
    const auto path = test::golden("audio/" + name + ".wav");
    auto reader = AudioReader::open(path);
    ASSERT_TRUE(reader.ok());
    EXPECT_EQ(reader->info().codec, "pcm_s16le");
    EXPECT_EQ(reader->info().container, "wav");
    EXPECT_EQ(read_all(*reader, 4096), test::read_wav16(path));
  }
}

TEST(AudioReader, NamesAFileWithoutSamples) {
  EXPECT_EQ(refusal(test::wav_bytes(std::vector<std::int16_t>{})),
            "test.wav: has no sound in it: 0 samples; give a file with sound");
}

TEST(AudioReader, NamesThePlaceOfNanAndInfinity) {
  auto samples = test::random_floats(20000, -1, 1, 2);
  samples[17001] = std::numeric_limits<float>::quiet_NaN();
  EXPECT_EQ(refusal(test::wav_bytes(samples)),
            "test.wav: sample 17001 (1.063 s) is not a number; repair the recording");
  samples[320] = -std::numeric_limits<float>::infinity();
  EXPECT_EQ(refusal(test::wav_bytes(samples)),
            "test.wav: sample 320 (0.020 s) is infinite; repair the recording");
}

TEST(AudioReader, RefusesSamplesWhoseSumsWouldBeInfinite) {
  auto samples = test::random_floats(20000, -1, 1, 2);
  samples[17001] = -1.3e38F;
  EXPECT_EQ(refusal(test::wav_bytes(samples)),
            "test.wav: sample 17001 (1.063 s) is far beyond full scale; repair the recording");
  samples[17001] = -2147483648.0F;  // written by tools that do not know of full scale
  EXPECT_EQ(refusal(test::wav_bytes(samples)), "accepted");
}

TEST(AudioReader, RefusesAbsurdRatesAndChannelCounts) {
  const std::vector<std::int16_t> samples(6500);
  EXPECT_THAT(refusal(test::wav_bytes(samples, {.sample_rate_hz = 3})),
              HasSubstr("its sample rate is 3 Hz, outside 1000 … 768000 Hz"));
  EXPECT_THAT(refusal(test::wav_bytes(samples, {.sample_rate_hz = 2'000'000'000})),
              ::testing::Not("accepted"));
  EXPECT_THAT(refusal(test::wav_bytes(samples, {.channels = 65})),
              HasSubstr("has 65 channels, more than 64"));
  EXPECT_EQ(refusal(test::wav_bytes(samples, {.channels = 64})), "accepted");
}

TEST(AudioReader, ReadsWhatIsThereOfATruncatedWavAndWarns) {
  for (const std::size_t more : {0U, 3U}) {  // cut between two samples, and inside one
    SCOPED_TRACE(more);
    auto file = test::wav_bytes(test::random_floats(32000, -1, 1, 3));
    file.resize(44 + 4 * 8192 + more);
    std::vector<std::string> warnings;
    auto reader = AudioReader::open(file, "cut.wav",
                                    [&](LogLevel, std::string_view text) { warnings.emplace_back(text); });
    ASSERT_TRUE(reader.ok());
    auto expected = test::random_floats(32000, -1, 1, 3);
    expected.resize(8192);
    EXPECT_EQ(read_all(*reader, 1234), expected);
    EXPECT_THAT(warnings, ElementsAre("cut.wav: ends after 0.51 s, " + std::to_string(95232 - more) +
                                      " bytes short of what its header says: it seems to be cut off"));
  }
}

TEST(AudioReader, DoesNotWarnOfAWholeFileNorOfOneWrittenToAPipe) {
  for (const std::uint32_t promised : {0U, 0x7FFFF000U, 0xFFFFFFFFU}) {
    SCOPED_TRACE(promised);
    const auto file = test::wav_bytes(std::vector<std::int16_t>(16000, 5), {.promised_data_bytes = promised});
    std::vector<std::string> warnings;
    auto reader =
        AudioReader::open(file, "x", [&](LogLevel, std::string_view text) { warnings.emplace_back(text); });
    ASSERT_TRUE(reader.ok());
    EXPECT_EQ(read_all(*reader, 999).size(), 16000U);
    EXPECT_THAT(warnings, ::testing::IsEmpty());
  }
}

TEST(AudioReader, SurvivesRandomBytesAndRandomDamage) {
  for (std::uint64_t seed = 0; seed < 60; ++seed) {
    SCOPED_TRACE(seed);
    auto file = test::random_bytes(2000, seed);
    if (seed % 2 == 0) {
      const auto noise = file;
      file = test::wav_bytes(std::vector<std::int16_t>(800, 7));
      for (std::size_t i = 0; i < 6; ++i) file[noise[2 * i] % 60] = noise[2 * i + 1];
    }
    auto reader = AudioReader::open(file, "noise");
    if (!reader) continue;
    std::vector<float> block(4096);
    for (int i = 0; i < 1000; ++i) {
      const auto got = reader->read(block);
      if (!got || *got == 0) break;
    }
  }
}

}  // namespace
}  // namespace framegen
