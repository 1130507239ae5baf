// live_session_test.cpp: live pictures are render's, idle ones the template's, and every sample comes back in
// its place.
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <optional>
#include <thread>

#include "core/image.hpp"
#include "framegen/live.hpp"
#include "pipeline/speaking/engine_impl.hpp"
#include "support/gate.hpp"
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

// The only worker is held: the face that the pull waits for can never come.
TEST(Live, AnInterruptFromAnotherThreadWakesAPull) {
  const auto live = open_live(test::golden_avatar(), 1);
  auto session = LiveSession::create(live.avatar);
  const auto speech = golden_speech_16bit();
  const test::Gate gate(*live.engine.impl()->pool, 1);
  for (int round = 0; round < 20; ++round) {
    ASSERT_TRUE(*session->push(speech));
    std::atomic<bool> pulling{false};
    std::thread barge_in([&] {
      pulling.wait(false);
      ASSERT_TRUE(session->interrupt().ok());
    });
    pulling = true;
    pulling.notify_all();
    LiveOutput out;
    EXPECT_EQ(*session->pull(out), LivePulled::kSegmentEnd);
    barge_in.join();
    EXPECT_TRUE(out.interrupted);
    EXPECT_EQ(*session->pull(out), LivePulled::kIdle);
    EXPECT_EQ(out.segment, 0u);
  }
}

// push(), flush(), stats() and interrupt() while a pull waits for a face that cannot come.
TEST(Live, NobodyElseWaitsForAFaceThatIsPulled) {
  const auto live = open_live(test::golden_avatar(), 1);
  auto session = LiveSession::create(live.avatar);
  const auto speech = golden_speech_16bit();
  ASSERT_TRUE(*session->push(speech));
  const test::Gate gate(*live.engine.impl()->pool, 1);
  LiveOutput out;
  std::vector<LivePulled> pulled;
  std::thread pulling([&] {
    while (pulled.empty() || pulled.back() != LivePulled::kFinished) pulled.push_back(*session->pull(out));
  });
  for (int i = 0; i < 5; ++i) {
    ASSERT_TRUE(*session->push(std::span(speech).first(640)));
    ASSERT_TRUE(session->flush().ok());
    EXPECT_GE(session->stats().buffered_ms, 0);
  }
  ASSERT_TRUE(session->finish().ok());
  ASSERT_TRUE(session->interrupt().ok());
  pulling.join();
  EXPECT_EQ(std::count(pulled.begin(), pulled.end(), LivePulled::kSegmentEnd), 5);
}

// The session's sound is whole, and no worker makes the face: a pull comes back when its time is over, and
// only then.
TEST(Live, APullWithoutIdlePicturesKeepsItsTimeAfterTheEnd) {
  const auto live = open_live(test::golden_avatar(), 1);
  LiveOptions options;
  options.idle = Idle::kNone;
  auto session = LiveSession::create(live.avatar, options);
  std::optional<test::Gate> gate(std::in_place, *live.engine.impl()->pool, 1);
  ASSERT_TRUE(*session->push(golden_speech_16bit()));
  ASSERT_TRUE(session->finish().ok());
  LiveOutput out;
  for (const auto wait : {0ms, 1ms, 20ms}) EXPECT_EQ(*session->pull(out, wait), LivePulled::kAgain);
  gate.reset();
  EXPECT_EQ(*session->pull(out, std::chrono::milliseconds::max()), LivePulled::kSpeech);
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

TEST(Live, TakesAsMuchLookAheadAsItSaysAndNoMore) {
  const auto live = open_live();
  LiveOptions options;
  options.look_ahead_ms = LiveSession::create(live.avatar)->look_ahead_ms();
  EXPECT_EQ(options.look_ahead_ms, 453);
  EXPECT_TRUE(LiveSession::create(live.avatar, options).ok());
  for (const int outside : {454, 9999, 172, 0, -2}) {
    options.look_ahead_ms = outside;
    const auto refused = LiveSession::create(live.avatar, options);
    ASSERT_FALSE(refused.ok()) << outside;
    EXPECT_EQ(refused.error().remedy, "give 173 … 453, or -1 for all");
  }
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
  for (const auto& [rate, what] : {std::pair{22051, "22051 Hz does not divide into frames of 1/25 s"},
                                   std::pair{96000, "96000 Hz is out of range"}}) {
    options.sample_rate_hz = rate;
    const auto refused = LiveSession::create(live.avatar, options);
    ASSERT_FALSE(refused.ok());
    EXPECT_EQ(refused.error().code, ErrorCode::kBadUse);
    EXPECT_EQ(refused.error().message(),
              std::string("LiveOptions::sample_rate_hz: ") + what +
                  "; give 8000, 11025, 16000, 22050, 24000, 32000, 44100 or 48000");
  }
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
  while (pulled == LivePulled::kIdle) pulled = *session->pull(out);
  EXPECT_EQ(pulled, LivePulled::kSegmentEnd);
  EXPECT_EQ(out.position_samples, std::ssize(golden_speech_16bit()));
  EXPECT_EQ(*session->pull(out), LivePulled::kFinished);
}

// Whoever wants no idle pictures wants all of the speech: pictures carry its last 17 to 80 ms, and none more.
TEST(Live, WithoutIdlePicturesEverySampleIsHeard) {
  const auto live = open_live();
  LiveOptions options;
  options.idle = Idle::kNone;
  auto session = LiveSession::create(live.avatar, options);
  const auto speech = golden_speech_16bit();
  const auto heard_of = [&](std::size_t size) {
    EXPECT_TRUE(session->speak(std::span(speech).first(size)).ok());
    std::vector<std::int16_t> heard;
    int idle = 0;
    LiveOutput out;
    for (LivePulled pulled; (pulled = *session->pull(out)) != LivePulled::kSegmentEnd;) {
      idle += pulled == LivePulled::kIdle;
      heard.insert(heard.end(), out.sound.begin(), out.sound.end());
    }
    EXPECT_LE(idle, 2);
    EXPECT_EQ(*session->pull(out), LivePulled::kAgain);
    EXPECT_LT(heard.size(), size + 640);
    heard.resize(size);
    return heard;
  };
  for (const std::size_t size : {speech.size(), std::size_t{8001}, std::size_t{3000}}) {
    SCOPED_TRACE(size);
    const auto expected = std::span(speech).first(size);
    EXPECT_EQ(heard_of(size), std::vector<std::int16_t>(expected.begin(), expected.end()));
  }
}

// However little the session holds at a time: the pictures and the sound are those of the whole.
TEST(Live, SpeaksUtterancesOfAnyLengthOneAfterTheOther) {
  const auto live = open_live();
  LiveOptions options = plain();
  options.max_buffer_ms = 1000;
  auto session = LiveSession::create(live.avatar, options);
  std::vector<std::int16_t> speech;
  for (int i = 0; i < 3; ++i)
    for (const std::int16_t sample : golden_speech_16bit()) speech.push_back(sample);
  const auto expected = rendered(live, speech).size();
  ASSERT_TRUE(session->speak(speech).ok());
  ASSERT_TRUE(session->speak(std::span<const std::int16_t>()).ok());  // nothing is no segment
  ASSERT_TRUE(session->speak(std::span(speech).first(7000)).ok());
  EXPECT_FALSE(*session->push(std::span(speech).first(10)));  // its turn comes after them
  EXPECT_EQ(session->stats().buffered_ms, std::ssize(speech) / 16 + 7000 / 16);
  ASSERT_TRUE(session->finish().ok());
  EXPECT_EQ(session->speak(speech).error().code, ErrorCode::kBadUse);
  std::vector<std::int16_t> sound;
  std::vector<std::int64_t> ends;
  std::size_t spoken = 0;
  LiveOutput out;
  for (LivePulled pulled; (pulled = *session->pull(out)) != LivePulled::kFinished;) {
    if (pulled == LivePulled::kSegmentEnd) ends.push_back(out.position_samples);
    if (!ends.empty() || pulled == LivePulled::kSegmentEnd) continue;
    spoken += pulled == LivePulled::kSpeech;
    sound.insert(sound.end(), out.sound.begin(), out.sound.end());
  }
  EXPECT_EQ(ends, (std::vector<std::int64_t>{std::ssize(speech), 7000}));
  EXPECT_EQ(spoken, expected);
  sound.resize(speech.size());
  EXPECT_EQ(sound, speech);
}

TEST(Live, ForgetsUtterancesThatAnInterruptFindsWaiting) {
  const auto live = open_live();
  LiveOptions options = plain();
  options.max_buffer_ms = 1000;
  auto session = LiveSession::create(live.avatar, options);
  const std::vector<std::int16_t> second(16000);
  for (int i = 0; i < 4; ++i) ASSERT_TRUE(session->speak(second).ok());
  LiveOutput out;
  for (int i = 0; i < 3; ++i) ASSERT_EQ(*session->pull(out), LivePulled::kSpeech);
  ASSERT_TRUE(session->interrupt().ok());
  EXPECT_EQ(session->stats().buffered_ms, 0);
  ASSERT_TRUE(session->speak(std::span(second).first(8000)).ok());
  ASSERT_TRUE(session->finish().ok());
  std::vector<bool> interrupted;
  for (LivePulled pulled; (pulled = *session->pull(out)) != LivePulled::kFinished;)
    if (pulled == LivePulled::kSegmentEnd) interrupted.push_back(out.interrupted);
  EXPECT_EQ(interrupted,
            (std::vector<bool>{true, true, false}));  // the one spoken, the one begun, the new one
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
