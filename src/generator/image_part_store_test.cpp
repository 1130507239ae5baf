// image_part_store_test.cpp: each part is computed once, and again only when memory and disk have let it go.
#include "generator/image_part_store.hpp"

#include <gtest/gtest.h>

#include <algorithm>
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

// However many callers there are: kept, being made and spare together stay within the budget.
TEST(ImagePartStore, HoldsNoMoreThanItsBudgetWhileManyCompute) {
  constexpr std::size_t kMost = 5;
  Bench bench(kMost * kBytes);
  std::atomic<std::size_t> highest{0};
  const auto look = [&] {
    const std::size_t now = bench.store.parts_held();
    for (std::size_t seen = highest; now > seen && !highest.compare_exchange_weak(seen, now);) continue;
  };
  std::vector<std::thread> threads;
  for (int k = 0; k < 4; ++k)
    threads.emplace_back([&, k] {
      for (int i = 0; i < 300; ++i) {
        const auto held = bench.get((i * (k + 1)) % 11);  // held while another one's place is taken
        look();
        bench.expect((i * (k + 2)) % 11);
        look();
      }
    });
  for (std::thread& thread : threads) thread.join();
  EXPECT_LE(highest, kMost);
  for (int frame = 0; frame < 11; ++frame) bench.expect(frame);
  EXPECT_EQ(bench.store.parts_held(), kMost);
}

// A reservation that was given back, whatever the computation said.
TEST(ImagePartStore, KeepsItsWholeBudgetAfterErrors) {
  Bench bench(2 * kBytes);
  const Image picture(4, 4);
  for (int i = 0; i < 5; ++i)
    ASSERT_FALSE(bench.store.get(5 + i, picture, [](std::span<std::byte>) -> Status {
      return Error{ErrorCode::kBadAvatar, "g.onnx", "broken", ""};
    }));
  for (int round = 0; round < 3; ++round)
    for (int frame = 0; frame < 2; ++frame) bench.expect(frame);
  EXPECT_EQ(bench.computed, 2);
}

TEST(ImagePartStore, KeepsNothingOfWhatIsNoTemplateFrame) {
  const test::TemporaryFolder folder;
  Bench bench(4 * kBytes, folder.path());
  bench.expect(0);
  const auto fill = [](std::uint8_t value) {
    return [value](std::span<std::byte> room) -> Status {
      std::fill(room.begin(), room.end(), static_cast<std::byte>(value));
      return {};
    };
  };
  const Image picture(4, 4);
  for (const std::uint8_t value : {7, 8}) {  // the same number, two pictures
    const auto part = bench.store.get(kKeptNowhere, picture, fill(value));
    ASSERT_TRUE(part);
    EXPECT_EQ((*part)->bytes().front(), static_cast<std::byte>(value));
  }
  bench.expect(0);
  EXPECT_EQ(bench.computed, 1);
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder.path()), {}), 1);
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
}

// A run that was stopped early, or that found no room, must not forget what an earlier one has prepared.
TEST(ImagePartStore, PublishesWhatEarlierRunsPreparedToo) {
  const test::TemporaryFolder folder;
  const auto prepare = [&](int frame) {
    ImagePartOptions options;
    options.cache_folder = folder.path();
    options.preparing = true;
    ImagePartStore store(options, "native/test", kBytes);
    Image picture(4, 4);
    std::fill_n(picture.data(), picture.bytes(), static_cast<std::uint8_t>(frame));
    const auto part = store.prepare(frame, picture, [](std::span<std::byte> room) -> Status {
      std::fill(room.begin(), room.end(), std::byte{1});
      return {};
    });
    ASSERT_TRUE(part);
    EXPECT_EQ(*part, PartOnDisk::kWritten);
    ASSERT_TRUE(store.publish(3));
  };
  prepare(0);
  prepare(2);
  ImagePartStore store({1000, folder.path()}, "native/test", kBytes);
  EXPECT_EQ(store.find_prepared(3), (std::vector<bool>{true, false, true}));
}

// Read from the disk, mapped or copied, it is the same; copied, it outlives the file's being cut.
TEST(ImagePartStore, GivesWhatLiesOnTheDiskEitherWay) {
  const test::TemporaryFolder folder;
  Image picture(4, 4);
  std::fill_n(picture.data(), picture.bytes(), std::uint8_t{3});
  int computed = 0;
  const auto compute = [&](std::span<std::byte> room) -> Status {
    ++computed;
    std::fill(room.begin(), room.end(), std::byte{7});
    return {};
  };
  for (const bool map : {false, true, false}) {
    ImagePartOptions options;
    options.cache_folder = folder.path();
    options.map = map;
    ImagePartStore store(options, "native/test", kBytes);
    const auto part = store.get(0, picture, compute);
    ASSERT_TRUE(part);
    if (!map)
      for (const auto& entry : std::filesystem::directory_iterator(folder.path()))
        if (computed == 1 && store.counts().from_disk == 1) std::filesystem::resize_file(entry.path(), 0);
    EXPECT_EQ((*part)->bytes().size(), kBytes);
    EXPECT_TRUE(std::ranges::all_of((*part)->bytes(), [](std::byte b) { return b == std::byte{7}; }));
  }
  EXPECT_EQ(computed, 1);
}

}  // namespace
}  // namespace framegen
