// audio_formats_test.cpp: codecs and containers give the sound at its right place; broken files are told by
// name. tests/data/audio holds 0.6 s each of silence with a 440 Hz tone of half scale from 0.25 to 0.35 s
// (its README.md).
#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>

#include "audio/audio_reader.hpp"
#include "core/files.hpp"
#include "support/wav.hpp"

namespace framegen {
namespace {

using ::testing::HasSubstr;

std::filesystem::path data(const std::string& name) { return "tests/data/audio/" + name; }

std::vector<float> read_all(AudioReader& reader, std::size_t block = 1000) {
  std::vector<float> all, part(block);
  while (const std::size_t got = *reader.read(part))
    all.insert(all.end(), part.begin(), part.begin() + static_cast<std::ptrdiff_t>(got));
  return all;
}

double rms(const std::vector<float>& samples, int rate_hz, double from_s, double to_s) {
  double sum = 0;
  const auto from = static_cast<std::size_t>(from_s * rate_hz), to = static_cast<std::size_t>(to_s * rate_hz);
  for (std::size_t i = from; i < to; ++i)
    sum += static_cast<double>(samples.at(i)) * static_cast<double>(samples.at(i));
  return std::sqrt(sum / static_cast<double>(to - from));
}

struct Format {
  std::string file, codec, container;
  int rate_hz, channels;
  double longest_s;  // where the file says nothing about its padding, decoding gives a little more
};

class AudioFormats : public ::testing::TestWithParam<Format> {};

TEST_P(AudioFormats, AreDecodedWithTheToneAtItsPlace) {
  const Format& format = GetParam();
  auto reader = AudioReader::open(data(format.file));
  ASSERT_TRUE(reader.ok()) << reader.error().message();
  EXPECT_EQ(reader->info().codec, format.codec);
  EXPECT_EQ(reader->info().container, format.container);
  EXPECT_EQ(reader->info().sample_rate_hz, format.rate_hz);
  EXPECT_EQ(reader->info().channels, format.channels);
  ASSERT_TRUE(reader->info().duration_s.has_value());
  EXPECT_NEAR(*reader->info().duration_s, 0.6, 0.06);
  const auto samples = read_all(*reader);
  const double seconds = static_cast<double>(samples.size()) / format.rate_hz;
  EXPECT_GE(seconds, 0.6 - 1e-4);
  EXPECT_LE(seconds, format.longest_s);
  // 10 ms about each edge are left out: an encoder delay not taken off would be 25 ms or more.
  EXPECT_LT(rms(samples, format.rate_hz, 0.0, 0.24), 0.01);
  EXPECT_NEAR(rms(samples, format.rate_hz, 0.26, 0.34), 0.5 / std::sqrt(2.0), 0.02);
  EXPECT_LT(rms(samples, format.rate_hz, 0.36, 0.59), 0.01);
}

TEST_P(AudioFormats, GiveTheSameSamplesFromMemoryAndInAnyBlocks) {
  auto from_file = AudioReader::open(data(GetParam().file));
  const auto bytes = read_file(data(GetParam().file));
  ASSERT_TRUE(from_file.ok() && bytes.ok());
  auto from_memory = AudioReader::open(*bytes, "memory");
  ASSERT_TRUE(from_memory.ok());
  EXPECT_EQ(read_all(*from_file, 4096), read_all(*from_memory, 77));
}

TEST_P(AudioFormats, CutOffAnywhereEndEarlyOrAreRefusedInOneLine) {
  const auto bytes = read_file(data(GetParam().file));
  ASSERT_TRUE(bytes.ok());
  for (std::size_t size = 0; size < bytes->size(); size += 97) {
    SCOPED_TRACE(size);
    auto reader = AudioReader::open(std::span(*bytes).first(size), "cut");
    if (reader) {
      EXPECT_LE(read_all(*reader).size(), static_cast<std::size_t>(0.7 * GetParam().rate_hz));
    } else {
      EXPECT_EQ(reader.error().code, ErrorCode::kBadInput);
      EXPECT_EQ(reader.error().message().find('\n'), std::string::npos);
      EXPECT_THAT(reader.error().message(), ::testing::StartsWith("cut: "));
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Files, AudioFormats,
                         ::testing::Values(Format{"burst.mp3", "mp3", "mp3", 44100, 2, 0.6001},
                                           Format{"burst_22050.mp3", "mp3", "mp3", 22050, 1, 0.6001},
                                           Format{"burst.m4a", "aac", "mov", 48000, 2, 0.63},
                                           Format{"burst.opus", "opus", "ogg", 48000, 1, 0.6001},
                                           Format{"burst.flac", "flac", "flac", 22050, 1, 0.6001},
                                           Format{"video.mp4", "aac", "mov", 44100, 1, 0.63}),
                         [](const auto& tested) {
                           std::string name = tested.param.file;
                           std::replace(name.begin(), name.end(), '.', '_');
                           return name;
                         });

std::string refusal(const std::filesystem::path& path) {
  const auto reader = AudioReader::open(path);
  if (reader) return "accepted";
  EXPECT_EQ(reader.error().code, ErrorCode::kBadInput);
  return reader.error().message();
}

std::string text_file(const std::string& name, const std::string& text) {
  return test::write_temporary(name, {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()})
      .string();
}

TEST(AudioReader, NamesAFileThatIsNotThere) {
  EXPECT_EQ(refusal("no/such.wav"),
            "no/such.wav: cannot be read: No such file or directory; check the name and the permissions");
}

TEST(AudioReader, NamesAFolderAndAnEmptyFile) {
  EXPECT_EQ(refusal("tests"), "tests: is a folder; give a file with sound");
  EXPECT_THAT(refusal(text_file("empty.wav", "")), HasSubstr("is empty: 0 bytes"));
}

TEST(AudioReader, NamesATextFileWhateverItsExtension) {
  for (const std::string name : {"text.txt", "text.wav", "text.mp3"}) {
    EXPECT_THAT(refusal(text_file(name, "This is no sound.\nIt only says that it is not.\n")),
                HasSubstr(name + ": is neither audio nor video that can be read"));
  }
}

TEST(AudioReader, NamesAVideoWithoutSound) {
  EXPECT_EQ(refusal(data("silent_video.mp4")),
            "tests/data/audio/silent_video.mp4: is a video or picture without sound; give a file with sound "
            "(WAV, MP3, M4A, "
            "Opus, FLAC, a video with sound, …)");
}

TEST(AudioReader, OpensNothingThatAPlaylistNames) {
  // Without our refusal libavformat plays the first list.
  const std::string near = data("burst.mp3").string(), far = std::filesystem::absolute(near).string();
  for (const std::string& list :
       {"ffconcat version 1.0\nfile " + near + "\n", "ffconcat version 1.0\nfile '" + far + "'\n",
        "#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\n" + far + "\n#EXT-X-ENDLIST\n"}) {
    SCOPED_TRACE(list);
    EXPECT_THAT(refusal(text_file("list.m3u8", list)), ::testing::Not("accepted"));
  }
}

TEST(AudioReader, FollowsAChangeOfChannelsAndRefusesAChangeOfRate) {
  const auto joined = [](const std::string& a, const std::string& b) {
    auto bytes = read_file(data(a)).value();
    const auto more = read_file(data(b)).value();
    bytes.insert(bytes.end(), more.begin(), more.end());
    return bytes;
  };
  const auto stereo_mono = joined("burst.mp3", "burst_mono.mp3");
  auto reader = AudioReader::open(stereo_mono, "joined");
  ASSERT_TRUE(reader.ok());
  EXPECT_GT(read_all(*reader).size(), 44100U);

  const auto two_rates = joined("burst_mono.mp3", "burst_22050.mp3");
  auto changing = AudioReader::open(two_rates, "joined");
  ASSERT_TRUE(changing.ok());
  std::vector<float> block(1'000'000);
  const auto read = changing->read(block);
  ASSERT_FALSE(read.ok());
  EXPECT_THAT(read.error().message(), HasSubstr("joined: its sample rate changes from "));
}

}  // namespace
}  // namespace framegen
