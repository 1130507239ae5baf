// live_steady_test.cpp: a live picture costs no memory, idle, speaking, interrupted or between.
#include <gtest/gtest.h>

#include "pipeline/live_fixture.hpp"
#include "support/allocations.hpp"

namespace framegen {
namespace {

// Twenty rounds of a segment that is spoken to its end, one that is interrupted, and idleness.
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
      if (interrupted && at == 20 * piece) {
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
  const auto opened = test::open_live();
  auto speech = test::golden_speech_16bit();
  speech.resize(30 * 640);
  for (const int rate : {16000, 24000}) {
    for (const PixelFormat format : {PixelFormat::kBgr, PixelFormat::kI420}) {
      LiveOptions options;
      options.sample_rate_hz = rate;
      options.format = format;
      options.blend = format == PixelFormat::kI420 ? Blend::kFeather : Blend::kReference;
      auto session = LiveSession::create(opened.avatar, options);
      ASSERT_TRUE(session.ok());
      live(*session, speech, 4);
      const test::AllocationCounter counter("libopencv");
      live(*session, speech, 4);
      const test::Allocations asked = counter.count();
      EXPECT_EQ(asked.ours, 0) << rate << " Hz";
      EXPECT_EQ(asked.theirs, 0) << rate << " Hz";
      EXPECT_GT(asked.excluded, 0) << "the counter does not see OpenCV: is it still in place?";
    }
  }
}

}  // namespace
}  // namespace framegen
