// steady_state_test.cpp: from samples to audio windows, a steady stream allocates nothing.
#include <gtest/gtest.h>

#include <atomic>
#include <cstdlib>
#include <new>

#include "features/audio_window_stream.hpp"
#include "features/fake_encoder.hpp"
#include "support/random.hpp"

namespace {
std::atomic<long> allocations{0};

void* counted(std::size_t size, std::size_t alignment) {
  ++allocations;
  void* memory = std::aligned_alloc(alignment, (size + alignment) / alignment * alignment);
  if (memory == nullptr) throw std::bad_alloc();
  return memory;
}
// Not inlined: GCC would see operator delete give memory of operator new to free, and warn.
[[gnu::noinline]] void release(void* memory) { std::free(memory); }
}  // namespace

void* operator new(std::size_t size) { return counted(size, alignof(std::max_align_t)); }
void* operator new(std::size_t size, std::align_val_t alignment) {
  return counted(size, static_cast<std::size_t>(alignment));
}
void operator delete(void* memory) noexcept { release(memory); }
void operator delete(void* memory, std::size_t) noexcept { release(memory); }
void operator delete(void* memory, std::align_val_t) noexcept { release(memory); }
void operator delete(void* memory, std::size_t, std::align_val_t) noexcept { release(memory); }

namespace framegen {
namespace {

TEST(AudioWindowStream, AllocatesNothingPerFrame) {
  const test::FakeNetwork network;
  AudioWindowStream stream(test::fake_encoder(network));
  std::vector<float> window(stream.window_size());
  const auto samples = test::random_floats(4 * 16000, -1, 1, 1);
  const long before = allocations;
  int frames = 0;
  for (std::span<const float> rest = samples; !rest.empty();) {
    rest = rest.subspan(*stream.push(rest.first(std::min<std::size_t>(rest.size(), 320))));
    while (*stream.next(window)) ++frames;
  }
  EXPECT_EQ(allocations, before);
  EXPECT_GT(frames, 85);
}

}  // namespace
}  // namespace framegen
