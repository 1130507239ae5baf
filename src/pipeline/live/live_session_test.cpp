// live_session_test.cpp: live pictures are render's, idle ones the template's, and every sample comes back in
// its place.
#include <gtest/gtest.h>

#include <algorithm>
#include <thread>

#include "core/image.hpp"
#include "framegen/live.hpp"
#include "support/live_fixture.hpp"

namespace framegen {
namespace {

using namespace std::chrono_literals;
using test::golden_speech_16bit;
using test::hash_of;
using test::open_live;

LiveOptions plain() {
  LiveOptions options;
  options.cross_fade_frames = 0;
  return options;
}

std::vector<std::string> rendered(const test::LiveAvatar& live, std::span<const std::int16_t> speech,
                                  int start_frame = 0) {
  SessionOptions options;
  options.start_frame = start_frame;
  auto session = Session::create(live.avatar, options);
  EXPECT_TRUE(*session->push(speech));
  EXPECT_TRUE(session->finish().ok());
  std::vector<std::string> hashes;
  Frame frame;
  while (*session->pull(frame) == Pulled::kFrame) hashes.push_back(hash_of(frame.bgr));
  return hashes;
}

TEST(Live, SpeaksRendersFramesHoweverSpeechIsCut) {
  const auto live = open_live();
  auto speech = golden_speech_16bit();
  speech.resize(12345);
  const auto expected = rendered(live, speech);
  ASSERT_EQ(expected.size(), 18u);
  for (const std::size_t cut : {std::size_t{1}, std::size_t{160}, std::size_t{641}, speech.size()}) {
    SCOPED_TRACE(cut);
    auto session = LiveSession::create(live.avatar, plain());
    ASSERT_TRUE(session.ok());
    for (std::span<const std::int16_t> rest = speech; !rest.empty();) {
      const auto piece = rest.first(std::min(cut, rest.size()));
      ASSERT_TRUE(*session->push(piece));
      rest = rest.subspan(piece.size());
    }
    ASSERT_TRUE(session->finish().ok());
    std::vector<std::string> spoken;
    std::vector<std::int16_t> sound;
    LiveOutput out;
    LivePulled pulled;
    while ((pulled = *session->pull(out)) == LivePulled::kSpeech || pulled == LivePulled::kIdle) {
      if (pulled == LivePulled::kSpeech) spoken.push_back(hash_of(out.frame.bgr));
      sound.insert(sound.end(), out.sound.begin(), out.sound.end());
    }
    EXPECT_EQ(spoken, expected);
    EXPECT_EQ(pulled, LivePulled::kSegmentEnd);
    EXPECT_EQ(out.position_samples, std::ssize(speech));
    sound.resize(speech.size());
    EXPECT_EQ(sound, speech);
    EXPECT_EQ(*session->pull(out), LivePulled::kFinished);
  }
}

// With one template frame alone it does not matter which pictures fall between.
TEST(Live, SpeaksRendersFramesHoweverPushesAndPullsMeet) {
  const test::TemporaryFolder folder;
  const auto live = open_live(test::golden_avatar_idling(folder, 11, 11));
  const auto speech = golden_speech_16bit();
  const auto expected = rendered(live, speech, 11);
  auto session = LiveSession::create(live.avatar, plain());
  std::vector<std::string> spoken;
  std::vector<std::int16_t> sound;
  std::span<const std::int16_t> rest = speech;
  LiveOutput out;
  LivePulled pulled = LivePulled::kAgain;
  for (std::size_t turn = 0; pulled != LivePulled::kSegmentEnd; ++turn) {
    ASSERT_LT(turn, 1000u);
    const auto piece = rest.first(std::min<std::size_t>(turn * 97 % 1000, rest.size()));
    ASSERT_TRUE(*session->push(piece));
    rest = rest.subspan(piece.size());
    if (rest.empty()) {
      ASSERT_TRUE(session->flush().ok());
    }
    pulled = *session->pull(out);
    if (pulled == LivePulled::kSpeech) spoken.push_back(hash_of(out.frame.bgr));
    if (pulled == LivePulled::kSpeech ||
        (out.segment == 1 && rest.empty() && pulled == LivePulled::kIdle && spoken.size() == expected.size()))
      sound.insert(sound.end(), out.sound.begin(), out.sound.end());
  }
  EXPECT_EQ(spoken, expected);
  EXPECT_GT(session->stats().hungry_frames, 0);
  sound.resize(speech.size());
  EXPECT_EQ(sound, speech);
}

TEST(Live, IdlesOnTheUntouchedFramesOfTheClosedMouthRange) {
  const test::TemporaryFolder folder;
  const auto live = open_live(test::golden_avatar_idling(folder, 3, 6));
  auto session = LiveSession::create(live.avatar);
  LiveOutput out;
  std::vector<int> shown;
  for (int i = 0; i < 8; ++i) {
    ASSERT_EQ(*session->pull(out), LivePulled::kIdle);
    shown.push_back(out.frame.template_frame);
    EXPECT_EQ(out.pts_us, 40000 * i);
    EXPECT_EQ(out.segment, 0u);
    EXPECT_EQ(out.sound.size(), 640u);
    EXPECT_TRUE(std::all_of(out.sound.begin(), out.sound.end(), [](auto s) { return s == 0; }));
  }
  EXPECT_EQ(shown, (std::vector<int>{4, 5, 6, 5, 4, 3, 4, 5}));
}

TEST(Live, TheBodyNeverJumpsBetweenIdleAndSpeech) {
  const auto live = open_live();
  auto session = LiveSession::create(live.avatar);
  const auto speech = golden_speech_16bit();
  LiveOutput out;
  int last = -1;
  for (int i = 0; i < 140; ++i) {
    if (i == 5 || i == 70) {
      ASSERT_TRUE(*session->push(speech));
    }
    if (i == 30) {
      ASSERT_TRUE(session->interrupt().ok());
    }
    if (i == 71) {
      ASSERT_TRUE(session->flush().ok());
    }
    const LivePulled pulled = *session->pull(out);
    if (pulled == LivePulled::kSegmentEnd) continue;
    SCOPED_TRACE(i);
    if (last >= 0) {
      EXPECT_EQ(std::abs(out.frame.template_frame - last), 1);
    }
    last = out.frame.template_frame;
  }
}

// Mean difference between a picture and the same template frame, in the face box.
double difference(const LiveOutput& out, const std::vector<Image>& templates) {
  const Rectangle& box = out.frame.box;
  const auto a = out.frame.bgr.crop(box.x, box.y, box.width, box.height);
  const auto b = templates[static_cast<std::size_t>(out.frame.template_frame)].view().crop(
      box.x, box.y, box.width, box.height);
  double sum = 0;
  for (int y = 0; y < a.height; ++y)
    for (int x = 0; x < 3 * a.width; ++x) sum += std::abs(a.row(y)[x] - b.row(y)[x]);
  return sum / (3.0 * a.width * a.height);
}

std::vector<Image> templates_of(LiveSession& session, int count) {
  std::vector<Image> templates(static_cast<std::size_t>(count));
  LiveOutput out;
  for (int i = 0; i < 2 * count; ++i) {
    EXPECT_EQ(*session.pull(out), LivePulled::kIdle);
    Image& image = templates[static_cast<std::size_t>(out.frame.template_frame)];
    image = Image(out.frame.width, out.frame.height);
    copy_pixels(out.frame.bgr, image);
  }
  return templates;
}

TEST(Live, FacesComeAndGoOverFourFrames) {
  const auto live = open_live();
  auto session = LiveSession::create(live.avatar);
  const auto templates = templates_of(*session, live.avatar->info().template_frames);
  ASSERT_TRUE(*session->push(golden_speech_16bit()));
  LiveOutput out;
  std::vector<double> coming, going;
  for (int i = 0; i < 8; ++i) {
    ASSERT_EQ(*session->pull(out), LivePulled::kSpeech);
    coming.push_back(difference(out, templates));
  }
  const double whole = coming[6];
  for (int i = 0; i < 4; ++i) EXPECT_NEAR(coming[i] / whole, 0.2 * (i + 1), 0.06) << i;
  ASSERT_TRUE(session->interrupt().ok());
  ASSERT_EQ(*session->pull(out), LivePulled::kSegmentEnd);
  for (int i = 0; i < 6; ++i) {
    ASSERT_EQ(*session->pull(out), LivePulled::kIdle);
    going.push_back(difference(out, templates));
  }
  for (int i = 0; i < 4; ++i) EXPECT_NEAR(going[i] / whole, 0.8 - 0.2 * i, 0.06) << i;
  EXPECT_EQ(going[4], 0);
  EXPECT_EQ(going[5], 0);
}

TEST(Live, AnInterruptFromAnotherThreadWakesAPull) {
  const auto live = open_live(test::golden_avatar(), 1);
  auto session = LiveSession::create(live.avatar);
  const auto speech = golden_speech_16bit();
  for (int round = 0; round < 20; ++round) {
    ASSERT_TRUE(*session->push(speech));
    std::thread barge_in([&] { ASSERT_TRUE(session->interrupt().ok()); });
    LiveOutput out;
    int ends = 0;
    for (int i = 0; i < 60 && ends == 0; ++i) ends += *session->pull(out) == LivePulled::kSegmentEnd;
    barge_in.join();
    EXPECT_EQ(ends, 1);
    EXPECT_TRUE(out.interrupted);
    EXPECT_EQ(*session->pull(out), LivePulled::kIdle);
    EXPECT_EQ(out.segment, 0u);
  }
}

TEST(Live, AGatedMouthRestsInSilence) {
  const test::TemporaryFolder folder;
  const auto live = open_live(test::golden_avatar_idling(folder, 0, 11));
  LiveOptions options;
  options.silence_gate_db = -50;
  auto session = LiveSession::create(live.avatar, options);
  const auto templates = templates_of(*session, 12);
  std::vector<std::int16_t> speech = golden_speech_16bit();
  speech.resize(speech.size() / 640 * 640 + 16000);  // … and a second of silence
  ASSERT_TRUE(*session->push(speech));
  ASSERT_TRUE(session->finish().ok());
  LiveOutput out;
  std::vector<double> motion;
  while (*session->pull(out) == LivePulled::kSpeech) motion.push_back(difference(out, templates));
  ASSERT_GT(motion.size(), 55u);
  EXPECT_GT(motion[20], 1);
  // Silence from frame 37 (36.x) on: closed from the third silent one, gone four later, to the end.
  for (std::size_t i = 46; i < motion.size(); ++i) EXPECT_EQ(motion[i], 0) << i;
}

TEST(Live, LessLookAheadSpeaksEarlier) {
  const auto live = open_live();
  const auto frames_after = [&](int look_ahead_ms, std::size_t samples) {
    LiveOptions options;
    options.look_ahead_ms = look_ahead_ms;
    auto session = LiveSession::create(live.avatar, options);
    const auto speech = golden_speech_16bit();
    EXPECT_TRUE(*session->push(std::span(speech).first(samples)));
    LiveOutput out;
    int spoken = 0;
    while (*session->pull(out) == LivePulled::kSpeech) ++spoken;
    return spoken;
  };
  EXPECT_EQ(frames_after(-1, 7199), 0);
  EXPECT_EQ(frames_after(-1, 7200), 1);  // 450 ms: docs/reference.md §3
  EXPECT_EQ(frames_after(173, 3399), 0);
  EXPECT_EQ(frames_after(173, 3400), 2);  // 212.5 ms: both of the first feature's frames
}

TEST(Live, RefusesRatesThatDoNotDivideAndNamesThoseThatDo) {
  const auto live = open_live();
  LiveOptions options;
  for (const int rate : {8000, 11025, 16000, 22050, 24000, 32000, 44100, 48000}) {
    options.sample_rate_hz = rate;
    auto session = LiveSession::create(live.avatar, options);
    ASSERT_TRUE(session.ok()) << rate;
    LiveOutput out;
    ASSERT_EQ(*session->pull(out), LivePulled::kIdle);
    EXPECT_EQ(std::ssize(out.sound), rate / 25);
  }
  options.sample_rate_hz = 22051;
  const auto refused = LiveSession::create(live.avatar, options);
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code, ErrorCode::kBadUse);
  EXPECT_NE(refused.error().message().find("8000, 11025, 16000, 22050, 24000, 32000, 44100 or 48000"),
            std::string::npos);
}

TEST(Live, WithoutIdlePicturesThereIsNothingToPull) {
  const auto live = open_live();
  LiveOptions options;
  options.idle = Idle::kNone;
  auto session = LiveSession::create(live.avatar, options);
  LiveOutput out;
  EXPECT_EQ(*session->pull(out), LivePulled::kAgain);
  EXPECT_EQ(*session->pull(out, 1ms), LivePulled::kAgain);
  std::thread pushing([&] { ASSERT_TRUE(*session->push(golden_speech_16bit())); });
  EXPECT_EQ(*session->pull(out, 60s), LivePulled::kSpeech);  // waits for the sound
  pushing.join();
  ASSERT_TRUE(session->finish().ok());
  int spoken = 1;
  LivePulled pulled;
  while ((pulled = *session->pull(out)) == LivePulled::kSpeech) ++spoken;
  EXPECT_EQ(spoken, 36);
  EXPECT_EQ(pulled, LivePulled::kSegmentEnd);
  EXPECT_EQ(out.position_samples, std::ssize(golden_speech_16bit()));
  EXPECT_EQ(*session->pull(out), LivePulled::kFinished);
}

TEST(Live, SaysWhenItIsFullAndTakesNothing) {
  const auto live = open_live();
  LiveOptions options;
  options.max_buffer_ms = 1000;
  auto session = LiveSession::create(live.avatar, options);
  const std::vector<std::int16_t> most(16000), little(1);
  EXPECT_TRUE(*session->push(most));
  EXPECT_FALSE(*session->push(little));
  EXPECT_EQ(session->stats().buffered_ms, 1000);
  EXPECT_EQ(session->push(std::vector<std::int16_t>(16001)).error().code, ErrorCode::kBadUse);
  LiveOutput out;
  ASSERT_EQ(*session->pull(out), LivePulled::kSpeech);
  EXPECT_TRUE(*session->push(std::vector<std::int16_t>(640)));
}

}  // namespace
}  // namespace framegen
