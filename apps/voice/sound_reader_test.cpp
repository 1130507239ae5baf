#include "sound_reader.hpp"

#include <gmock/gmock.h>

#include "support/wav.hpp"
#include "voices_heard.hpp"

namespace framegen::voice {
namespace {

using ::testing::HasSubstr;

std::span<const std::uint8_t> span_of(const std::string& bytes) {
  return {reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()};
}

// In two pieces, cut at `cut`.
Status read(const std::string& bytes, Heard& heard, std::size_t cut = 0) {
  const Listener listener = heard.listener();
  SoundReader reader("it", 22050, 1.0, listener);
  FRAMEGEN_TRY(reader.take(span_of(bytes.substr(0, cut))));
  FRAMEGEN_TRY(reader.take(span_of(bytes.substr(cut))));
  return reader.finish();
}

std::string error_of(const std::string& bytes) {
  Heard heard;
  const Status status = read(bytes, heard);
  return status ? "" : status.error().message();
}

template <class T>
std::string wav(const std::vector<T>& samples, test::WavFormat format = {}) {
  const auto bytes = test::wav_bytes(std::span<const T>(samples), format);
  return {bytes.begin(), bytes.end()};
}

TEST(SoundReader, TheSameSamplesWhereverItIsCut) {
  const auto samples = some_samples(40);
  for (const std::string& bytes : {wav_of(samples), bytes_of(samples)})
    for (std::size_t cut = 0; cut <= bytes.size(); ++cut) {
      SCOPED_TRACE(cut);
      Heard heard;
      ASSERT_TRUE(read(bytes, heard, cut).ok());
      EXPECT_EQ(heard.samples, samples);
      EXPECT_EQ(heard.rate_hz, bytes.starts_with("RIFF") ? 24000 : 22050);
    }
}

TEST(SoundReader, AMomentOfSamplesIsSoundToo) {
  Heard heard;
  ASSERT_TRUE(read(bytes_of({5, -5}), heard).ok());
  EXPECT_EQ(heard.samples, (std::vector<std::int16_t>{5, -5}));
}

TEST(SoundReader, EndsWhatHasNoEnd) {
  Heard heard;
  EXPECT_TRUE(read(bytes_of(some_samples(22050)), heard).ok());
  EXPECT_THAT(error_of(bytes_of(some_samples(22051))), HasSubstr("is still sounding after 1 s"));
  EXPECT_THAT(error_of(wav_of(some_samples(24001))), HasSubstr("is still sounding after 1 s"));
}

TEST(SoundReader, WhatFollowsTheSoundIsNone) {
  const auto samples = some_samples(10);
  Heard heard;
  ASSERT_TRUE(read(wav_of(samples) + "LIST....INFO", heard).ok());
  EXPECT_EQ(heard.samples, samples);
}

// Who writes into a pipe cannot come back to say how much it was.
TEST(SoundReader, AnUnknownLengthGoesToTheEnd) {
  for (const std::uint32_t size : {0U, 0x7FFFF000U, 0xFFFFFFFFU}) {
    SCOPED_TRACE(size);
    const auto samples = some_samples(10);
    std::string bytes = wav_of(samples);
    std::memcpy(bytes.data() + 40, &size, 4);
    Heard heard;
    ASSERT_TRUE(read(bytes, heard).ok());
    EXPECT_EQ(heard.samples, samples);
  }
}

TEST(SoundReader, ChannelsAreAveragedAndFloatsRounded) {
  Heard stereo, floats;
  ASSERT_TRUE(read(wav<std::int16_t>({100, 300, -7, -9}, {.channels = 2}), stereo).ok());
  EXPECT_EQ(stereo.samples, (std::vector<std::int16_t>{200, -8}));
  ASSERT_TRUE(read(wav<float>({0.5F, -2.0F, 1.0F}), floats).ok());
  EXPECT_EQ(floats.samples, (std::vector<std::int16_t>{16384, -32767, 32767}));
}

TEST(SoundReader, SaysWhatItCannotRead) {
  EXPECT_THAT(error_of("ID3............."), HasSubstr("it: gives an MP3 file"));
  EXPECT_THAT(error_of(wav<std::int32_t>({1, 2, 3})), HasSubstr("32-bit samples of kind 1"));
  EXPECT_THAT(error_of(wav<std::int16_t>({1, 2}, {.sample_rate_hz = 100})), HasSubstr("100 Hz"));
  EXPECT_THAT(error_of("RIFF....WAVE" + std::string(70000, 'x')), HasSubstr("header has no end"));
  EXPECT_THAT(error_of(""), HasSubstr("gave no sound"));
  EXPECT_THAT(error_of(wav_header(24000, 0)), HasSubstr("gave no sound"));
}

}  // namespace
}  // namespace framegen::voice
