// split_test.cpp: ranges cover the speech, and each range's frames are the whole's.
#include "framegen/split.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>

#include "core/files.hpp"
#include "support/golden.hpp"
#include "support/program.hpp"
#include "support/test_avatar.hpp"

namespace framegen {
namespace {

TEST(Split, CoversEveryFrameOnceInPartsOfAlmostEqualLength) {
  for (const std::int64_t frames : {1, 2, 7, 36, 1000, 900001})
    for (const int parts : {1, 2, 3, 7, 100}) {
      SCOPED_TRACE(std::to_string(frames) + " in " + std::to_string(parts));
      const auto ranges = split_frames(frames, parts);
      ASSERT_EQ(static_cast<std::int64_t>(ranges.size()), std::min<std::int64_t>(frames, parts));
      std::int64_t next = 0;
      for (const FrameRange& range : ranges) {
        EXPECT_EQ(range.first, next);
        next = *range.end;
        EXPECT_LE(std::abs(next - range.first - frames / static_cast<std::int64_t>(ranges.size())), 1);
      }
      EXPECT_EQ(next, frames);
    }
}

TEST(Split, CountsTheFramesOfASpeechByDecodingIt) {
  EXPECT_EQ(*speech_frames(test::golden("pipeline/speech.wav")), 36);
  EXPECT_EQ(*speech_frames(test::golden("audio/espeak_22050.wav")), 234);  // docs/reference.md §9
  EXPECT_EQ(speech_frames("none.wav").error().code, ErrorCode::kBadInput);
}

TEST(Split, ReadsRangesAndRefusesOthers) {
  EXPECT_EQ(parse_frame_range("3:")->first, 3);
  EXPECT_FALSE(parse_frame_range("3:")->end.has_value());
  EXPECT_EQ(*parse_frame_range(":9")->end, 9);
  EXPECT_EQ(*parse_frame_range("3:9")->end, 9);
  for (const char* text :
       {"", "3", "9:3", "3:3", "-1:3", "3:-1", "a:3", "1:2:3", "3:99999999999999999999", " 1:2"}) {
    SCOPED_TRACE(text);
    EXPECT_EQ(parse_frame_range(text).error().code, ErrorCode::kBadUse);
  }
}

// Frame hashes of a render of this range, in order.
std::vector<std::string> hashes(Engine& engine, const std::shared_ptr<const Avatar>& avatar, RenderJob job) {
  const test::TemporaryFolder folder;
  job.audio = test::golden("pipeline/speech.wav");
  job.hash = folder / "hash.txt";
  EXPECT_TRUE(render(engine, avatar, job).ok());
  std::ifstream file(job.hash);
  std::vector<std::string> all;
  for (std::string index, hash; file >> index >> hash && index != "all";) all.push_back(hash);
  return all;
}

TEST(Split, ARangeHasTheWholesFramesWhereverItLies) {
  Engine engine = test::quiet_engine();
  const auto avatar = *Avatar::open(engine, test::golden_avatar());
  RenderJob job;
  job.start_frame = 2;  // the loop of 12 frames turns at output frames 9, 18, 27
  const auto whole = hashes(engine, avatar, job);
  ASSERT_EQ(whole.size(), 36u);
  // Single frames, the audio window's reach (8 frames), both ends, across turns, beyond the end.
  for (const auto& [first, end] : {std::pair(0, 1), {1, 2}, {7, 9}, {8, 19}, {17, 28}, {28, 36}, {35, 99}}) {
    SCOPED_TRACE(std::to_string(first) + ":" + std::to_string(end));
    job.first_frame = first;
    job.end_frame = end;
    const auto part = hashes(engine, avatar, job);
    const std::vector<std::string> expected(whole.begin() + first, whole.begin() + std::min(end, 36));
    EXPECT_EQ(part, expected);
  }
}

}  // namespace
}  // namespace framegen
