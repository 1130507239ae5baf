// team_test.cpp: every part is done exactly once, round after round, and threads that cannot start are an
// error.
#include "nn/native/team.hpp"

#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <chrono>
#include <system_error>
#include <thread>

#include "nn/graph/tiny_graph.hpp"
#include "nn/native/split_network.hpp"
#include "support/thread_starts.hpp"

namespace framegen {
namespace {

using native::Team;

struct Parts {
  std::array<std::atomic<int>, 8> times{};
  std::array<std::thread::id, 8> by{};
};

void count(void* context, std::size_t part) {
  Parts& parts = *static_cast<Parts*>(context);
  ++parts.times[part];
  parts.by[part] = std::this_thread::get_id();
}

TEST(Team, DoesEveryPartOnceOnAThreadOfItsOwn) {
  for (const std::size_t threads : {1, 2, 5}) {
    SCOPED_TRACE(threads);
    Team team(threads);
    ASSERT_EQ(team.size(), threads);
    Parts parts;
    constexpr int kRounds = 300;
    for (int round = 0; round < kRounds; ++round) team.run(count, &parts);
    EXPECT_EQ(parts.by[0], std::this_thread::get_id());
    for (std::size_t part = 0; part < parts.times.size(); ++part) {
      EXPECT_EQ(parts.times[part], part < threads ? kRounds : 0);
      for (std::size_t other = 0; other < part && part < threads; ++other)
        EXPECT_NE(parts.by[part], parts.by[other]);
    }
  }
}

TEST(Team, WaitsForTheSlowestPart) {
  Team team(3);
  std::atomic<bool> first_is_done{false};
  std::atomic<int> done{0};
  struct Context {
    std::atomic<bool>& first_is_done;
    std::atomic<int>& done;
  } context{first_is_done, done};
  // The others cannot be done before the caller's own part is.
  team.run(
      [](void* opaque, std::size_t part) {
        auto& [first, all] = *static_cast<Context*>(opaque);
        if (part == 0) {
          first = true;
          first.notify_all();
        } else {
          first.wait(false);
          std::this_thread::sleep_for(std::chrono::milliseconds(100));  // longer than anybody spins
        }
        ++all;
      },
      &context);
  EXPECT_EQ(done, 3);
}

TEST(Team, ThrowsWhereAThreadCannotStartAndEndsThoseThatDid) {
  if (!test::can_refuse_threads()) GTEST_SKIP() << "the sanitizer starts the threads";
  for (const int given : {0, 1, 2}) {
    SCOPED_TRACE(given);
    const test::FewThreads few(given);
    EXPECT_THROW(Team(4), std::system_error);
  }
}

TEST(Team, ARunnerSaysThatThreadsCannotStartAndStartsNoneLater) {
  if (!test::can_refuse_threads()) GTEST_SKIP() << "the sanitizer starts the threads";
  test::TinyGraph tiny;
  const graph::ValueId sum = tiny.add(tiny.conv(tiny.input("image", {1, 6, 4, 4}), 3),
                                      tiny.conv(tiny.input("audio", {1, 2, 4, 4}), 3));
  SplitOptions options;
  options.threads = 3;
  const auto network = SplitNetwork::make(tiny.finish({sum}), options);
  ASSERT_TRUE(network);
  const std::string expected = "native network: cannot start a thread: ";
  {
    const test::FewThreads few(1);
    const auto refused = (*network)->make_runner();
    ASSERT_FALSE(refused);
    EXPECT_TRUE(refused.error().message().starts_with(expected)) << refused.error().message();
  }
  const auto runner = (*network)->make_runner();
  ASSERT_TRUE(runner);
  AlignedBuffer<std::byte> kept((*network)->image_part_bytes());
  const Shape shape{1, 6, 4, 4};
  const std::vector<float> image(96);
  const TensorView picture(shape, image);
  const test::FewThreads none(0);  // both parts share the threads that the runner began with
  EXPECT_TRUE((*runner)->run_image({&picture, 1}, kept.span()));
}

}  // namespace
}  // namespace framegen
