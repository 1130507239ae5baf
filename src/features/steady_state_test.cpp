// steady_state_test.cpp: from samples to audio windows, a steady stream allocates nothing.
#include <gtest/gtest.h>

#include "features/audio_window_stream.hpp"
#include "features/fake_encoder.hpp"
#include "support/allocations.hpp"
#include "support/random.hpp"

namespace framegen {
namespace {

TEST(AudioWindowStream, AllocatesNothingPerFrame) {
  const test::FakeNetwork network;
  AudioWindowStream stream(test::fake_encoder(network));
  std::vector<float> window(stream.window_size());
  const auto samples = test::random_floats(4 * 16000, -1, 1, 1);
  const test::AllocationCounter counter;
  int frames = 0;
  for (std::span<const float> rest = samples; !rest.empty();) {
    rest = rest.subspan(*stream.push(rest.first(std::min<std::size_t>(rest.size(), 320))));
    while (*stream.next(window)) ++frames;
  }
  EXPECT_EQ(counter.count().ours, 0);
  EXPECT_GT(frames, 85);
}

}  // namespace
}  // namespace framegen
