// image_part_store_test.cpp: each part is computed once, and again only when memory and disk have let it go.
#include "generator/image_part_store.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <fstream>
#include <thread>

#include "core/image.hpp"
#include "generator/test_models.hpp"

namespace framegen {
namespace {

constexpr std::size_t kBytes = 256;

// A store whose parts are filled with the number of their template frame.
struct Bench {
  explicit Bench(std::uint64_t memory_budget_bytes, std::filesystem::path folder = {})
      : store({memory_budget_bytes, std::move(folder)}, "native/test", kBytes) {}

  std::shared_ptr<const ImagePart> get(int frame) {
    Image picture(4, 4);
    std::fill_n(picture.data(), picture.bytes(), static_cast<std::uint8_t>(frame));
    auto part = store.get(frame, picture, [&](std::span<std::byte> room) -> Status {
      ++computed;
      std::fill(room.begin(), room.end(), static_cast<std::byte>(frame));
      return {};
    });
    EXPECT_TRUE(part);
    return part ? *part : nullptr;
  }
  void expect(int frame) {
    const auto part = get(frame);
    ASSERT_TRUE(part);
    ASSERT_EQ(part->bytes().size(), kBytes);
    for (const std::byte b : part->bytes()) ASSERT_EQ(static_cast<int>(b), frame);
  }

  std::atomic<int> computed{0};
  ImagePartStore store;
};

TEST(ImagePartStore, ComputesEachPartOnce) {
  Bench bench(10 * kBytes);
  for (int round = 0; round < 3; ++round)
    for (int frame = 0; frame < 10; ++frame) bench.expect(frame);
  EXPECT_EQ(bench.computed, 10);
  EXPECT_EQ(bench.store.counts().in_memory, 20u);
}

TEST(ImagePartStore, DropsTheLeastRecentlyUsedBeyondItsBudget) {
  Bench bench(2 * kBytes);
  bench.expect(0);
  bench.expect(1);
  bench.expect(0);
  bench.expect(2);  // drops 1
  bench.expect(0);
  EXPECT_EQ(bench.computed, 3);
  bench.expect(1);
  EXPECT_EQ(bench.computed, 4);
}

TEST(ImagePartStore, ADroppedPartStaysWholeWhileItIsHeld) {
  Bench bench(kBytes);
  const auto held = bench.get(1);
  for (int frame = 2; frame < 6; ++frame) bench.expect(frame);
  for (const std::byte b : held->bytes()) ASSERT_EQ(static_cast<int>(b), 1);
}

TEST(ImagePartStore, TakesFromDiskWhatAnotherProcessComputed) {
  const test::TemporaryFolder folder;
  Bench first(10 * kBytes, folder.path());
  for (int frame = 0; frame < 3; ++frame) first.expect(frame);
  Bench second(kBytes, folder.path());
  for (int round = 0; round < 2; ++round)
    for (int frame = 0; frame < 3; ++frame) second.expect(frame);
  EXPECT_EQ(second.computed, 0);
  EXPECT_EQ(second.store.counts().from_disk, 6u);
}

TEST(ImagePartStore, WorksInMemoryWhereTheFolderCannotBeMade) {
  const test::TemporaryFolder folder;
  std::ofstream(folder.path() / "file") << "in the way";
  Bench bench(2 * kBytes, folder.path() / "file" / "cache");
  bench.expect(1);
  bench.expect(1);
  EXPECT_EQ(bench.computed, 1);
}

TEST(ImagePartStore, IsAskedByManyThreadsAtOnce) {
  Bench bench(3 * kBytes);
  std::vector<std::thread> threads;
  for (int k = 0; k < 4; ++k)
    threads.emplace_back([&, k] {
      for (int i = 0; i < 200; ++i) bench.expect((i * (k + 1)) % 7);
    });
  for (std::thread& thread : threads) thread.join();
  const auto counts = bench.store.counts();
  EXPECT_EQ(counts.in_memory + counts.computed, 800u);
}

TEST(ImagePartStore, GivesOnTheErrorOfTheComputationAndTriesAgain) {
  Bench bench(kBytes);
  const Image picture(4, 4);
  const auto failed = bench.store.get(5, picture, [](std::span<std::byte>) -> Status {
    return Error{ErrorCode::kBadAvatar, "g.onnx", "broken", ""};
  });
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().message(), "g.onnx: broken");
  bench.expect(5);
  EXPECT_FALSE(bench.store.get(-1, picture, nullptr));
}

}  // namespace
}  // namespace framegen
