// steady_state_test.cpp: once every template frame has been seen, frames cost no memory, from pushed samples
// to finished pictures, in any thread.
#include <gtest/gtest.h>

#include "framegen/session.hpp"
#include "support/allocations.hpp"
#include "support/test_avatar.hpp"

namespace framegen {
namespace {

// Pushes and pulls until `frames` more pictures came.
void speak(Session& session, std::span<const float> speech, int frames) {
  const std::size_t piece = 640;
  std::size_t at = 0;
  Frame frame;
  while (frames > 0) {
    const auto pulled = session.pull(frame, std::chrono::milliseconds(0));
    ASSERT_TRUE(pulled.ok());
    if (*pulled == Pulled::kFrame) {
      --frames;
      continue;
    }
    const auto taken = session.push(speech.subspan(at, piece));
    ASSERT_TRUE(taken.ok());
    if (*taken) at = at + 2 * piece > speech.size() ? 0 : at + piece;
  }
}

constexpr int kStretches = 4;

// What is counted are calls of operator new from this program, library included, and from shared libraries
// apart. Third parties that ask malloc directly are not seen: libsoxr, ONNX Runtime's arenas, FFmpeg and
// x264.
TEST(SteadyState, AFrameAsksForNoMemory) {
  EngineOptions options;
  options.backend = Backend::kNative;
  options.threads = 2;
  options.keep_image_parts_on_disk = false;
  auto engine = Engine::create(options);
  ASSERT_TRUE(engine.ok());
  auto avatar = Avatar::open(*engine, test::golden_avatar());
  ASSERT_TRUE(avatar.ok());
  for (const PixelFormat format : {PixelFormat::kBgr, PixelFormat::kBgrAndI420}) {
    SessionOptions session_options;
    session_options.format = format;
    auto session = Session::create(*avatar, session_options);
    ASSERT_TRUE(session.ok());
    const std::vector<float> speech = test::golden_speech();
    speak(*session, speech, 60);
    // A worker's first face asks for its scratch memory; on a busy machine one may come late to it.
    test::Allocations asked;
    for (int stretch = 0; stretch == 0 || (stretch < kStretches && asked.ours > 0); ++stretch) {
      const test::AllocationCounter counter;
      speak(*session, speech, 60);
      asked = counter.count();
    }
    EXPECT_EQ(asked.ours, 0);
    EXPECT_EQ(asked.theirs, 0);
  }
}

}  // namespace
}  // namespace framegen
