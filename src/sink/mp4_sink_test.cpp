// mp4_sink_test.cpp: MP4 files read back: length, offset of sound and picture, tags, mark, and nothing left
// on errors.
#include "sink/mp4_sink.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <malloc.h>
#include <sys/resource.h>

#include <algorithm>
#include <cmath>
#include <csignal>
#include <cstdio>

#include "kernels/pixels/bgr_to_i420.hpp"
#include "sink/decoded_file.hpp"
#include "sink/sink_fixture.hpp"

namespace framegen {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr double kFrame = 1.0 / 25;
const char* const kSpeech = "tests/golden/audio/espeak_22050.wav";

class Mp4SinkTest : public test::SinkTest {
 protected:
  std::filesystem::path out_ = folder_ / "out.mp4";
  std::filesystem::path wav_ = folder_ / "in.wav";

  static Mp4Options quick(std::filesystem::path sound = {}) {
    return {.video = {.preset = "ultrafast", .threads = 1}, .sound = std::move(sound)};
  }
  Status write(const Mp4Options& options, int frames, int width = 64, int height = 48) {
    Mp4Sink sink(out_, options);
    return test::write_all(sink, test::grey_image(width, height, 100), frames);
  }
  // Frames black but one white; sound silent but for a click at the white frame's beginning.
  Status write_clapper(int rate, int channels, int frames, int white, std::int64_t first = 0) {
    std::vector<float> samples(static_cast<std::size_t>(rate * channels * 4));
    const auto click = static_cast<std::size_t>((first + white) * rate / 25 * channels);
    for (std::size_t i = 0; i < 64 * static_cast<std::size_t>(channels); ++i)
      samples[click + i] = i / 8 % 2 ? 0.9f : -0.9f;
    test::write_wav(wav_, rate, channels, samples);
    Mp4Options options = quick(wav_);
    options.video.preset = "veryfast";  // B-frames: the order in the file is not that of showing
    options.sound_first_frame = first;
    Mp4Sink sink(out_, options);
    FRAMEGEN_TRY(sink.begin({.width = 64, .height = 48}));
    for (int i = 0; i < frames; ++i)
      FRAMEGEN_TRY(
          sink.write({.index = i, .bgr = test::grey_image(64, 48, i == white ? 255 : 0), .i420 = {}}));
    return sink.finish();
  }
  static double click_time(const test::DecodedFile& file) {
    for (std::size_t i = 0; i < file.samples.size(); ++i)
      if (std::abs(file.samples[i]) > 0.3f) return file.sound_start + static_cast<double>(i) / file.rate;
    return -1;
  }
  static double white_time(const test::DecodedFile& file) {
    for (std::size_t i = 0; i < file.lumas.size(); ++i)
      if (file.lumas[i] > 128) return file.times[i];
    return -1;
  }
};

std::string output_of(const std::string& command) {
  std::string text;
  FILE* const pipe = ::popen((command + " 2>/dev/null").c_str(), "r");
  char buffer[4096];
  while (const std::size_t got = std::fread(buffer, 1, sizeof buffer, pipe)) text.append(buffer, got);
  ::pclose(pipe);
  return text;
}

TEST_F(Mp4SinkTest, HasEveryFrameAtItsTimeAndTheColourTags) {
  ASSERT_TRUE(write(quick(), 30).ok());
  const auto file = test::decode_file(out_);
  ASSERT_EQ(file.times.size(), 30u);
  for (std::size_t i = 0; i < 30; ++i) EXPECT_NEAR(file.times[i], static_cast<double>(i) * kFrame, 1e-9);
  EXPECT_NEAR(file.video_seconds, 1.2, 1e-9);
  EXPECT_NEAR(file.lumas[7], 16 + 219 * 100 / 255.0, 1.5);
  EXPECT_THAT((std::vector{file.primaries, file.transfer, file.matrix, file.range, file.chroma}),
              ElementsAre("bt709", "bt709", "bt709", "tv", "center"));
  EXPECT_FALSE(file.has_sound);
  EXPECT_EQ(entries(), 1u);
}

TEST_F(Mp4SinkTest, SoundAndPictureHaveOneLengthWhateverTheSoundsLength) {
  for (const auto& [rate, channels, seconds] : {std::tuple{16000, 1, 0.3},
                                                {22050, 1, 3.0},
                                                {44100, 2, 3.0},
                                                {48000, 2, 0.02},
                                                {96000, 1, 3.0},
                                                {8000, 6, 3.0}}) {
    SCOPED_TRACE(std::to_string(rate) + " Hz, " + std::to_string(seconds) + " s");
    test::write_wav(wav_, rate, channels,
                    std::vector<float>(
                        static_cast<std::size_t>(rate * seconds) * static_cast<std::size_t>(channels), 0.1f));
    ASSERT_TRUE(write(quick(wav_), 37).ok());
    const auto file = test::decode_file(out_);
    ASSERT_TRUE(file.has_sound);
    EXPECT_EQ(file.channels, std::min(channels, 2));
    const double aac_frame = 1024.0 / file.rate;
    EXPECT_NEAR(file.video_seconds, 37 * kFrame, 1e-9);
    EXPECT_NEAR(file.sound_seconds, 37 * kFrame, aac_frame);
    EXPECT_NEAR(static_cast<double>(file.samples.size()) / file.rate, 37 * kFrame, aac_frame);
    EXPECT_NEAR(file.sound_start, 0, 1e-6);
  }
}

TEST_F(Mp4SinkTest, AClickIsHeardAtItsFrame) {
  for (const auto& [rate, channels] : {std::pair{16000, 1}, {44100, 2}, {48000, 1}, {96000, 2}, {11025, 1}}) {
    SCOPED_TRACE(rate);
    ASSERT_TRUE(write_clapper(rate, channels, 60, 31).ok());
    const auto file = test::decode_file(out_);
    EXPECT_NEAR(white_time(file), 31 * kFrame, 1e-9);
    EXPECT_NEAR(click_time(file), white_time(file), 0.005);  // an eighth of a frame
  }
}

TEST_F(Mp4SinkTest, ARangeHasItsOwnSound) {
  ASSERT_TRUE(write_clapper(24000, 1, 40, 20, /*first=*/30).ok());
  const auto file = test::decode_file(out_);
  EXPECT_NEAR(click_time(file), 20 * kFrame, 0.005);
}

TEST_F(Mp4SinkTest, TheIndexStandsBeforeTheDataAndTheMarkIsThere) {
  ASSERT_TRUE(write(quick(kSpeech), 30).ok());
  const auto boxes = test::top_level_boxes(out_);
  std::vector<std::string> names;
  for (const auto& box : boxes) names.push_back(box.first);
  EXPECT_THAT(names, ElementsAre("ftyp", "moov", "free", "mdat", "uuid"));
  EXPECT_THAT(boxes.back().second,
              AllOf(HasSubstr("\xBE\x7A\xCF\xCB\x97\xA9\x42\xE8\x9C\x71\x99\x94\x91\xE3\xAF\xAC<?xpacket"),
                    HasSubstr("http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia")));
  EXPECT_THAT(test::decode_file(out_).comment, HasSubstr("generated by framegen"));
}

TEST_F(Mp4SinkTest, WithoutMarkNothingIsSaid) {
  Mp4Options options = quick(kSpeech);
  options.mark = false;
  ASSERT_TRUE(write(options, 30).ok());
  EXPECT_EQ(test::top_level_boxes(out_).back().first, "mdat");
  EXPECT_THAT(test::decode_file(out_).comment, "");
}

TEST_F(Mp4SinkTest, ExiftoolAndFfprobeReadTheMark) {
  if (output_of("exiftool -ver").empty() || output_of("ffprobe -version").empty())
    GTEST_SKIP() << "not installed";
  Mp4Options options = quick();
  options.software = "framegen <1>";
  ASSERT_TRUE(write(options, 5).ok());
  EXPECT_THAT(output_of("exiftool -XMP:all -s " + out_.string()),
              AllOf(HasSubstr("digitalsourcetype/trainedAlgorithmicMedia"), HasSubstr("framegen <1>")));
  EXPECT_THAT(output_of("ffprobe -show_format " + out_.string()),
              HasSubstr("TAG:comment=The person in this video"));
}

TEST_F(Mp4SinkTest, OddSizesArePaddedToEven) {
  ASSERT_TRUE(write(quick(), 3, 61, 33).ok());
  const auto file = test::decode_file(out_);
  EXPECT_EQ(file.width, 62);
  EXPECT_EQ(file.height, 34);
  EXPECT_NEAR(file.lumas[0], 16 + 219 * 100 / 255.0, 1.5);
}

TEST_F(Mp4SinkTest, PlanesOfTheCallerGiveTheSameFile) {
  const Image image = test::random_image(64, 48, 1);
  I420Image planes(64, 48);
  bgr_to_i420(image, planes.view());
  Mp4Sink converts(folder_ / "a.mp4", quick()), takes(folder_ / "b.mp4", quick());
  ASSERT_TRUE(test::write_all(converts, image, 3).ok());
  ASSERT_TRUE(takes.begin({.width = 64, .height = 48}).ok());
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(takes.write({.index = i, .bgr = {}, .i420 = planes.view()}).ok());
  ASSERT_TRUE(takes.finish().ok());
  EXPECT_EQ(*read_text_file(folder_ / "a.mp4"), *read_text_file(folder_ / "b.mp4"));
}

TEST_F(Mp4SinkTest, MemoryStaysFlatOverAThousandsOfFrames) {
  test::write_wav(wav_, 48000, 2, std::vector<float>(48000 * 2 * 60, 0.1f));
  const Image picture = test::grey_image(32, 32, 50);
  Mp4Sink sink(out_, quick(wav_));
  ASSERT_TRUE(test::begin_and_write(sink, picture, 500).ok());
  const std::size_t before = ::mallinfo2().uordblks;
  for (int i = 500; i < 3000; ++i) ASSERT_TRUE(sink.write({.index = i, .bgr = picture, .i420 = {}}).ok());
  EXPECT_LT(::mallinfo2().uordblks,
            before + (1 << 20));  // the index: 7,200 packets; the sound would be 40 MB
  ASSERT_TRUE(sink.finish().ok());
  const auto file = test::decode_file(out_);
  EXPECT_EQ(file.times.size(), 3000u);
  EXPECT_NEAR(file.sound_seconds, file.video_seconds, 1024.0 / 48000);
}

TEST_F(Mp4SinkTest, WithoutFinishNothingIsLeft) {
  {
    Mp4Sink sink(out_, quick(kSpeech));
    ASSERT_TRUE(test::begin_and_write(sink, test::grey_image(64, 48, 1), 30).ok());
    EXPECT_EQ(entries(), 1u);
  }
  EXPECT_EQ(entries(), 0u);
}

TEST_F(Mp4SinkTest, AFullDiskAtTheTrailerIsAnErrorAndLeavesNothing) {
  ::signal(SIGXFSZ, SIG_IGN);
  rlimit before{};
  ::getrlimit(RLIMIT_FSIZE, &before);
  for (const rlim_t room : {0, 100, 1000, 4000, 6000, 8000}) {
    SCOPED_TRACE(room);
    Mp4Sink sink(out_, quick(kSpeech));
    ASSERT_TRUE(test::begin_and_write(sink, test::grey_image(64, 48, 1), 30).ok());
    rlimit small = before;
    small.rlim_cur = room;
    ::setrlimit(RLIMIT_FSIZE, &small);
    const Status status = sink.finish();
    ::setrlimit(RLIMIT_FSIZE, &before);
    ASSERT_FALSE(status.ok());
    EXPECT_EQ(status.error().code, ErrorCode::kBadOutput);
    EXPECT_THAT(status.error().message(), HasSubstr("out.mp4"));
    EXPECT_THAT(status.error().message(), Not(HasSubstr("partial")));
    EXPECT_FALSE(std::filesystem::exists(out_));
  }
  EXPECT_EQ(entries(), 0u);
}

TEST_F(Mp4SinkTest, AFullDiskMidwayIsAnError) {
  ::signal(SIGXFSZ, SIG_IGN);
  rlimit before{};
  ::getrlimit(RLIMIT_FSIZE, &before);
  rlimit small = before;
  small.rlim_cur = 20000;
  ::setrlimit(RLIMIT_FSIZE, &small);
  Status status;
  {
    Mp4Sink sink(out_, quick());
    status = sink.begin({.width = 320, .height = 200});
    for (std::uint64_t i = 0; i < 30 && status.ok(); ++i)  // noise: 100 kB a frame
      status = sink.write({.index = 0, .bgr = test::random_image(320, 200, i), .i420 = {}});
  }
  ::setrlimit(RLIMIT_FSIZE, &before);
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(status.error().code, ErrorCode::kBadOutput);
  EXPECT_EQ(entries(), 0u);
}

TEST_F(Mp4SinkTest, PlacesThatCannotBeWrittenAreErrorsAtTheStart) {
  for (const char* path : {"/dev/full", "/nowhere/out.mp4", "/proc/out.mp4", "/"}) {
    SCOPED_TRACE(path);
    Mp4Sink sink(path, quick());
    const Status status = sink.begin({.width = 8, .height = 8});
    ASSERT_FALSE(status.ok());
    EXPECT_EQ(status.error().code, ErrorCode::kBadOutput);
  }
}

TEST_F(Mp4SinkTest, SoundThatIsNoneIsBadInput) {
  ASSERT_TRUE(write_file(folder_ / "text.wav", "this is a text file, not sound").ok());
  for (const auto& path : {folder_ / "missing.wav", folder_ / "text.wav", folder_}) {
    SCOPED_TRACE(path);
    const Status status = write(quick(path), 3);
    ASSERT_FALSE(status.ok());
    EXPECT_EQ(status.error().code, ErrorCode::kBadInput);
    EXPECT_THAT(status.error().message(), HasSubstr(path.string()));
  }
}

TEST_F(Mp4SinkTest, AListOfFilesOpensNoneOfThem) {
  const std::string speech = std::filesystem::absolute(kSpeech).string();
  ASSERT_TRUE(write_file(folder_ / "list.wav", "ffconcat version 1.0\nfile '" + speech + "'\n").ok());
  ASSERT_TRUE(
      write_file(folder_ / "list.m3u8", "#EXTM3U\n#EXT-X-TARGETDURATION:4\n#EXTINF:4,\n" + speech + "\n")
          .ok());
  for (const char* name : {"list.wav", "list.m3u8"}) {
    const Status status = write(quick(folder_ / name), 3);
    ASSERT_FALSE(status.ok()) << name;
    EXPECT_EQ(status.error().code, ErrorCode::kBadInput);
  }
}

TEST_F(Mp4SinkTest, AVideoWithoutSoundIsBadInput) {
  ASSERT_TRUE(write(quick(), 3).ok());
  std::filesystem::rename(out_, folder_ / "silent.mp4");
  const Status status = write(quick(folder_ / "silent.mp4"), 3);
  ASSERT_FALSE(status.ok());
  EXPECT_THAT(status.error().message(), HasSubstr("has no sound"));
}

TEST_F(Mp4SinkTest, WrongEncoderSettingsAreBadUse) {
  Mp4Options preset = quick(), crf = quick(), tune = quick();
  preset.video.preset = "warp";
  crf.video.crf = 60;
  tune.video.tune = "piano";
  for (const Mp4Options& options : {preset, crf, tune})
    EXPECT_EQ(write(options, 1).error().code, ErrorCode::kBadUse);
  EXPECT_EQ(entries(), 0u);
}

TEST_F(Mp4SinkTest, NoFramesAreNoVideo) {
  EXPECT_EQ(write(quick(), 0).error().code, ErrorCode::kBadOutput);
  EXPECT_EQ(entries(), 0u);
}

}  // namespace
}  // namespace framegen
