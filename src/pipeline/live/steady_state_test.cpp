// steady_state_test.cpp: a live picture costs no memory, idle, speaking, interrupted or between.
#include <gtest/gtest.h>

#include "support/allocations.hpp"
#include "support/live_fixture.hpp"

namespace framegen {
namespace {

// By turns a segment that is spoken to its end and one that is interrupted, and idleness after each.
void live(LiveSession& session, std::span<const std::int16_t> speech, int rounds) {
  LiveOutput out;
  const auto piece = static_cast<std::size_t>(session.samples_per_frame());
  for (int round = 0; round < rounds; ++round) {
    const bool interrupted = round % 2 == 1;
    std::size_t at = 0;
    for (int ends = 0; ends == 0;) {
      if (at + piece <= speech.size()) {
        ASSERT_TRUE(*session.push(speech.subspan(at, piece)));
        at += piece;
        if (at + piece > speech.size()) {
          ASSERT_TRUE(session.flush().ok());
        }
      }
      if (interrupted && at == 18 * piece) {
        ASSERT_TRUE(session.interrupt().ok());
        at = speech.size();
      }
      ends += *session.pull(out) == LivePulled::kSegmentEnd;
    }
    for (int i = 0; i < 6; ++i) ASSERT_EQ(*session.pull(out), LivePulled::kIdle);
  }
}

// As in steady_state_test.cpp: calls of operator new; OpenCV's tables and tasks for a resize are excluded,
// and third parties that ask malloc directly are not seen.
TEST(LiveSteadyState, APictureAsksForNoMemory) {
  // One worker: of two, one may have nothing to do while the session warms up.
  const auto opened = test::open_live(test::golden_avatar(), 1);
  auto speech = test::golden_speech_16bit();
  speech.resize(22 * 960);
  for (const bool second : {false, true}) {
    LiveOptions options;
    options.sample_rate_hz = second ? 24000 : 16000;
    options.format = second ? PixelFormat::kI420 : PixelFormat::kBgr;
    options.blend = second ? Blend::kFeather : Blend::kReference;
    auto session = LiveSession::create(opened.avatar, options);
    ASSERT_TRUE(session.ok());
    live(*session, speech, 2);
    const test::AllocationCounter counter;
    live(*session, speech, 2);
    const test::Allocations asked = counter.count();
    EXPECT_EQ(asked.ours, 0) << options.sample_rate_hz << " Hz";
    EXPECT_EQ(asked.theirs, 0) << options.sample_rate_hz << " Hz";
  }
}

}  // namespace
}  // namespace framegen
