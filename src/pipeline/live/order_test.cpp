// order_test.cpp: 10,000 operations in any order, and eight hours: nothing is lost, nothing drifts.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>

#include "support/live_fixture.hpp"

namespace framegen {
namespace {

using test::open_live;

// What a caller may expect, told from its own calls alone.
class Expected {
 public:
  struct Segment {
    std::vector<std::int16_t> sound;
    bool flushed = false, interrupted = false;
    std::int64_t heard = 0;
    int ends = 0;
  };
  void push(std::span<const std::int16_t> samples) {
    if (samples.empty()) return;
    if (!open_) segments_[++count_] = {};
    open_ = true;
    auto& sound = segments_[count_].sound;
    sound.insert(sound.end(), samples.begin(), samples.end());
  }
  void flush() {
    if (open_) segments_[count_].flushed = true;
    open_ = false;
  }
  void interrupt() {
    for (auto& [number, segment] : segments_) segment.interrupted |= segment.ends == 0;
    open_ = false;
  }
  void pulled(LivePulled kind, const LiveOutput& out) {
    if (kind == LivePulled::kSegmentEnd) return ended(out);
    ASSERT_EQ(out.pts_us, 40000 * pictures_++);
    ASSERT_EQ(out.sound.size(), 640u);
    if (out.segment == 0) return;
    Segment& segment = segments_.at(out.segment);
    ASSERT_EQ(segment.ends, 0);
    ASSERT_FALSE(segment.interrupted) << "a picture of an interrupted segment";
    const std::int64_t more = out.position_samples - segment.heard;
    ASSERT_TRUE(more >= 0 && more <= 640);
    if (kind == LivePulled::kSpeech && segment.sound.size() >= 3000) {
      ASSERT_EQ(more, 640);
    }
    ASSERT_TRUE(
        std::equal(out.sound.begin(), out.sound.begin() + more, segment.sound.begin() + segment.heard));
    ASSERT_TRUE(std::all_of(out.sound.begin() + more, out.sound.end(), [](auto s) { return s == 0; }));
    segment.heard = out.position_samples;
  }
  void ended(const LiveOutput& out) {
    Segment& segment = segments_.at(out.segment);
    ASSERT_EQ(++segment.ends, 1);
    ASSERT_EQ(out.interrupted, segment.interrupted);
    ASSERT_EQ(out.position_samples, segment.heard);
    if (!segment.interrupted) {
      ASSERT_TRUE(segment.flushed);
      ASSERT_EQ(segment.heard, std::ssize(segment.sound));
    }
    segment.sound = {};
  }
  void all_over() const {
    for (const auto& [number, segment] : segments_) EXPECT_EQ(segment.ends, 1) << "segment " << number;
  }
  std::uint32_t segments() const { return count_; }
  std::int64_t pictures() const { return pictures_; }

 private:
  std::map<std::uint32_t, Segment> segments_;
  std::uint32_t count_ = 0;
  bool open_ = false;
  std::int64_t pictures_ = 0;
};

TEST(LiveOrder, TenThousandRandomOperationsLoseAndRepeatNothing) {
  const auto live = open_live();
  LiveOptions options;
  options.max_buffer_ms = 1000;
  auto session = LiveSession::create(live.avatar, options);
  ASSERT_TRUE(session.ok());
  Expected expected;
  std::mt19937 random(8);
  LiveOutput out;
  int refused = 0;
  for (int i = 0; i < 10000 && !testing::Test::HasFatalFailure(); ++i) {
    const unsigned what = random() % 100;
    if (what < 25) {
      std::vector<std::int16_t> samples(random() % 20 == 0 ? 12000 : random() % 1000);
      for (auto& sample : samples) sample = static_cast<std::int16_t>(random());
      const auto taken = session->push(samples);
      ASSERT_TRUE(taken.ok());
      if (*taken) expected.push(samples);
      refused += !*taken;
    } else if (what < 30) {
      ASSERT_TRUE(session->flush().ok());
      expected.flush();
    } else if (what < 32) {
      ASSERT_TRUE(session->interrupt().ok());
      expected.interrupt();
    } else {
      // Both ways of waiting; faces of this avatar take longer than no time, so late ones are met too.
      const auto pulled = session->pull(out, std::chrono::milliseconds(what < 99 ? 0 : -1));
      ASSERT_TRUE(pulled.ok());
      expected.pulled(*pulled, out);
    }
  }
  expected.flush();
  ASSERT_TRUE(session->finish().ok());
  for (LivePulled pulled; (pulled = *session->pull(out)) != LivePulled::kFinished;)
    expected.pulled(pulled, out);
  expected.all_over();
  EXPECT_GT(expected.segments(), 200u);
  EXPECT_EQ(session->stats().frames, expected.pictures());
  EXPECT_GT(session->stats().late_frames, 0);
  EXPECT_GT(refused, 0);
}

TEST(LiveOrder, EightHoursDriftByNoSample) {
  const auto live = open_live();
  auto session = LiveSession::create(live.avatar);
  Expected expected;
  auto speech = test::golden_speech_16bit();
  speech.resize(6789);
  LiveOutput out;
  constexpr std::int64_t kPictures = 8 * 3600 * 25;  // idle but for a word every half hour
  std::int64_t samples = 0, pictures = 0;
  while (pictures < kPictures && !testing::Test::HasFatalFailure()) {
    if (pictures % (30 * 60 * 25) == 100 && session->stats().buffered_ms == 0) {
      ASSERT_TRUE(*session->push(speech));
      ASSERT_TRUE(session->flush().ok());
      expected.push(speech);
      expected.flush();
    }
    const LivePulled pulled = *session->pull(out);
    expected.pulled(pulled, out);
    if (pulled == LivePulled::kSegmentEnd) continue;
    ++pictures;
    samples += std::ssize(out.sound);
  }
  EXPECT_EQ(samples, std::int64_t{8} * 3600 * 16000);
  EXPECT_EQ(out.pts_us, (std::int64_t{8} * 3600 * 25 - 1) * 40000);
  EXPECT_EQ(expected.segments(), 16u);
  expected.all_over();
}

}  // namespace
}  // namespace framegen
