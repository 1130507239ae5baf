// mp4_join_test.cpp: joined parts are the whole: every picture at its time, the sound once; what does not fit
// is refused by name.
#include "sink/mp4_join.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "sink/ai_mark.hpp"
#include "sink/decoded_file.hpp"
#include "sink/mp4_sink.hpp"
#include "sink/sink_fixture.hpp"

namespace framegen {
namespace {

using ::testing::HasSubstr;

class Mp4JoinTest : public test::SinkTest {
 protected:
  std::filesystem::path wav_ = folder_ / "in.wav";
  std::filesystem::path out_ = folder_ / "out.mp4";

  void SetUp() override {
    SinkTest::SetUp();
    std::vector<float> samples(16000 * 4);
    for (std::size_t i = 0; i < samples.size(); ++i)
      samples[i] = 0.3f * std::sin(static_cast<float>(i) * 0.05f);
    test::write_wav(wav_, 16000, 1, samples);
  }
  // Frames first … end−1 of a video that gets lighter frame by frame.
  std::filesystem::path part(int first, int end, Mp4Options options = {}, int width = 64,
                             bool tagged = true) {
    const auto path = folder_ / ("part" + std::to_string(first) + ".mp4");
    options.video.crf = 0;
    options.video.threads = 1;
    options.sound = wav_;
    options.sound_first_frame = first;
    if (tagged) options.description = part_tag(first);
    Mp4Sink sink(path, options);
    EXPECT_TRUE(sink.begin({.width = width, .height = 48}).ok());
    for (int i = first; i < end; ++i)
      EXPECT_TRUE(sink.write({.index = i, .bgr = test::grey_image(width, 48, 20 + 4 * i), .i420 = {}}).ok());
    EXPECT_TRUE(sink.finish().ok());
    return path;
  }
  Result<std::vector<Mp4Part>> examine(const std::vector<std::filesystem::path>& paths) {
    std::vector<Mp4Part> parts;
    for (const auto& path : paths) parts.push_back(FRAMEGEN_TRY(examine_part(path)));
    FRAMEGEN_TRY(check_alike(parts));
    return parts;
  }
  std::string complaint(const std::vector<std::filesystem::path>& paths) {
    const auto parts = examine(paths);
    if (parts.ok()) return "no complaint";
    EXPECT_EQ(parts.error().code, ErrorCode::kBadInput);
    return parts.error().message();
  }
};

TEST_F(Mp4JoinTest, TheWholeHasThePicturesTimesAndSoundOfAnUnsplitVideo) {
  Mp4Options whole_speech;
  whole_speech.sound_to_its_end = true;
  const auto unsplit = test::decode_file(part(0, 50, whole_speech));
  const auto parts = examine({part(0, 1), part(1, 24), part(24, 26), part(26, 50)});
  ASSERT_TRUE(parts.ok()) << parts.error().message();
  EXPECT_EQ((*parts)[1].first_frame, 1);
  EXPECT_EQ((*parts)[1].frames, 23);
  const Status joined = join_mp4(*parts, out_, {.sound = wav_});
  ASSERT_TRUE(joined.ok()) << joined.error().message();
  const auto whole = test::decode_file(out_);
  EXPECT_EQ(whole.lumas, unsplit.lumas);
  EXPECT_EQ(whole.times, unsplit.times);
  EXPECT_EQ(whole.samples, unsplit.samples);
  EXPECT_EQ(whole.video_seconds, unsplit.video_seconds);
  EXPECT_EQ(whole.sound_seconds, unsplit.sound_seconds);
  EXPECT_EQ(whole.matrix, "bt709");
  EXPECT_EQ(whole.comment, kGeneratedComment);
  EXPECT_EQ(test::top_level_boxes(out_).back().first, "uuid");
}

TEST_F(Mp4JoinTest, PartsWithReorderedPicturesKeepTheirTimes) {
  Mp4Options reordered;
  reordered.video.preset = "medium";
  const auto parts = examine({part(0, 20, reordered), part(20, 45, reordered)});
  ASSERT_TRUE(parts.ok());
  const Status joined = join_mp4(*parts, out_, {.sound = wav_, .mark = false});
  ASSERT_TRUE(joined.ok()) << joined.error().message();
  const auto whole = test::decode_file(out_);
  ASSERT_EQ(whole.times.size(), 45u);
  for (std::size_t i = 0; i < 45; ++i) EXPECT_NEAR(whole.times[i], static_cast<double>(i) / 25, 1e-6) << i;
  for (std::size_t i = 1; i < 45; ++i) EXPECT_GT(whole.lumas[i], whole.lumas[i - 1]) << i;
  EXPECT_EQ(whole.comment, "");
}

TEST_F(Mp4JoinTest, AVideoThatIsNoPartIsRefused) {
  EXPECT_THAT(complaint({part(0, 5, {}, 64, false)}), HasSubstr("does not say which frames"));
  EXPECT_THAT(complaint({wav_}), HasSubstr("in.wav"));
  EXPECT_THAT(complaint({folder_ / "none.mp4"}), HasSubstr("none.mp4"));
}

TEST_F(Mp4JoinTest, PartsThatDifferAreNamed) {
  Mp4Options other;
  other.video.preset = "slow";
  EXPECT_THAT(complaint({part(0, 5), part(5, 9, {}, 80)}), HasSubstr("part5.mp4: has 80×48 pixels"));
  EXPECT_THAT(complaint({part(0, 5), part(5, 9, other)}), HasSubstr("part5.mp4: was encoded with other"));
}

TEST_F(Mp4JoinTest, ATornPartIsRefusedAtEveryLength) {
  const auto path = part(0, 25);
  const auto size = std::filesystem::file_size(path);
  // The last quarter holds sound alone, which a part may lose.
  for (auto left = size * 2 / 3; left > 100; left = left * 3 / 4) {
    SCOPED_TRACE(left);
    std::filesystem::resize_file(path, left);
    EXPECT_NE(complaint({path}), "no complaint");
  }
}

TEST_F(Mp4JoinTest, NothingIsLeftWhereItCannotGoOn) {
  const auto parts = examine({part(0, 5)});
  ASSERT_TRUE(parts.ok());
  const auto before = entries();
  EXPECT_EQ(join_mp4(*parts, out_, {.sound = folder_ / "none.wav"}).error().code, ErrorCode::kBadInput);
  EXPECT_EQ(join_mp4(*parts, folder_ / "no" / "out.mp4", {.sound = wav_}).error().code,
            ErrorCode::kBadOutput);
  std::filesystem::resize_file((*parts)[0].path, 1000);
  EXPECT_FALSE(join_mp4(*parts, out_, {.sound = wav_}).ok());
  EXPECT_EQ(entries(), before);
}

}  // namespace
}  // namespace framegen
