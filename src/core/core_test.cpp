// core_test.cpp: errors read well, hashes are the published ones, queues keep order and let go when closed.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <stdexcept>
#include <thread>

#include "core/bounded_queue.hpp"
#include "core/even_sample.hpp"
#include "core/guarded.hpp"
#include "core/half.hpp"
#include "core/sha256.hpp"
#include "core/tensor.hpp"
#include "framegen/result.hpp"
#include "support/allocations.hpp"

namespace framegen {
namespace {

Result<int> fails() { return Error{ErrorCode::kBadInput, "a.wav", "has no sound", "give a file with sound"}; }
Result<int> passes_on() { return FRAMEGEN_TRY(fails()) + 1; }

TEST(Error, IsOneLineOfWhereWhatAndWhatToDo) {
  EXPECT_EQ(passes_on().error().message(), "a.wav: has no sound; give a file with sound");
  EXPECT_EQ(fails().error().within("ava").message(), "ava: a.wav: has no sound; give a file with sound");
}

TEST(Sha256, IsThePublishedDigest) {  // FIPS 180-4, example "abc"
  const std::string_view abc = "abc";
  EXPECT_EQ(sha256_hex({reinterpret_cast<const std::uint8_t*>(abc.data()), abc.size()}),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST(Shape, IsWrittenWithItsSymbolicBatch) {
  EXPECT_EQ(to_string(Shape{-1, 6, 320, 320}), "[batch,6,320,320]");
}

TEST(Half, BecomesTheSameNumberAsAFloat) {  // IEEE 754, binary16
  EXPECT_EQ(half_to_float(0x3c00), 1.0f);
  EXPECT_EQ(half_to_float(0xc000), -2.0f);
  EXPECT_EQ(half_to_float(0x7bff), 65504.0f);
  EXPECT_EQ(half_to_float(0x0001), 0x1p-24f);
  EXPECT_EQ(half_to_float(0x03ff), 1023 * 0x1p-24f);
  EXPECT_EQ(half_to_float(0x7c00), std::numeric_limits<float>::infinity());
  EXPECT_TRUE(std::isnan(half_to_float(0x7e01)));
  EXPECT_TRUE(std::signbit(half_to_float(0x8000)));
}

TEST(Half, OfAFloatIsTheNearestAndOfItselfTheSame) {
  for (std::uint32_t bits = 0; bits <= 0xffff; ++bits) {
    const auto half = static_cast<std::uint16_t>(bits);
    if ((bits & 0x7c00) == 0x7c00 && (bits & 0x3ff) != 0) {
      EXPECT_TRUE(std::isnan(half_to_float(float_to_half(half_to_float(half))))) << bits;
      continue;
    }
    ASSERT_EQ(float_to_half(half_to_float(half)), half) << bits;
    if ((bits & 0x7fff) >= 0x7bff) continue;
    // Between two neighbours: their middle goes to the even one, what is beside it to the nearer.
    const auto next = static_cast<std::uint16_t>(half + 1);
    const float low = half_to_float(half), high = half_to_float(next), middle = low + (high - low) / 2;
    ASSERT_EQ(float_to_half(middle), bits % 2 == 0 ? half : next) << bits;
    ASSERT_EQ(float_to_half(std::nextafter(middle, low)), half) << bits;
    ASSERT_EQ(float_to_half(std::nextafter(middle, high)), next) << bits;
  }
  EXPECT_EQ(float_to_half(65519.0f), 0x7bff);
  EXPECT_EQ(float_to_half(65520.0f), 0x7c00);
  EXPECT_EQ(float_to_half(-1e30f), 0xfc00);
}

TEST(BoundedQueue, KeepsOrderAndEndsWhenClosed) {
  BoundedQueue<int> queue(2);
  std::thread producer([&] {
    for (int i = 0; i < 100; ++i) queue.push(i);
    queue.close();
  });
  for (int i = 0; i < 100; ++i) EXPECT_EQ(queue.pop(), i);
  EXPECT_EQ(queue.pop(), std::nullopt);
  producer.join();
}

TEST(BoundedQueue, ClosingFreesAWaitingProducer) {
  BoundedQueue<int> queue(1);
  queue.push(1);
  bool taken = true;
  std::thread producer([&] { taken = queue.push(2); });
  queue.close();
  producer.join();
  EXPECT_FALSE(taken);
}

TEST(Guarded, GivesWhatTheCallGivesAndTurnsExceptionsIntoErrors) {
  EXPECT_TRUE(guarded("", [] { return Status(); }));
  EXPECT_EQ(guarded("", []() -> Status { return fails().error(); }).error().where, "a.wav");
  const Status thrown = guarded("", []() -> Status { throw std::runtime_error("an odd number of wheels"); });
  EXPECT_EQ(thrown.error().message(), "an odd number of wheels; this is a bug of ours: please report it");
  const Status ended = guarded("use fewer threads", []() -> Status { throw std::bad_alloc(); });
  EXPECT_EQ(ended.error().message(), "out of memory; use fewer threads");
  EXPECT_EQ(guarded("", []() -> Status { throw 1; }).error().code, ErrorCode::kInternal);
}

// The words about the end of memory need memory themselves.
TEST(Guarded, SurvivesTheEndOfMemoryInItsOwnHandler) {
  const char* const remedy = "use fewer threads, a smaller batch or a smaller memory budget";
  const test::MemoryEnds end(0);
  const Status ended = guarded(remedy, []() -> Status { throw std::bad_alloc(); });
  ASSERT_FALSE(ended);
  EXPECT_TRUE(end.reached());
  EXPECT_EQ(ended.error().what, "out of memory");
}

TEST(EvenSample, GivesEveryValueOfAsManyAsAreWanted) {
  EvenSample<int> sample(5);
  EXPECT_TRUE(sample.empty());
  for (int i = 0; i < 5; ++i) sample.add(i);
  for (std::size_t i = 0; i < 5; ++i) EXPECT_EQ(sample[i], static_cast<int>(i));
}

TEST(EvenSample, KeepsItsFirstValueWholeWhenItThins) {
  EvenSample<std::vector<int>> sample(2);
  for (int i = 0; i < 20; ++i) sample.add({i, i});
  EXPECT_EQ(sample[0], (std::vector<int>{0, 0}));
}

TEST(EvenSample, SpreadsOverAnyLengthInBoundedMemory) {
  for (const int length : {1, 3, 9, 10, 11, 99, 10'000}) {
    SCOPED_TRACE(length);
    EvenSample<int> sample(5);
    for (int i = 0; i < length; ++i) {
      sample.add(i);
      ASSERT_LT(sample.kept(), 10u);
    }
    EXPECT_EQ(sample[0], 0);
    for (std::size_t i = 0; i < 5; ++i)  // within a quarter of a fifth's place
      EXPECT_NEAR(sample[i], static_cast<int>(i) * length / 5, std::max(1, length / 5)) << i;
  }
}

}  // namespace
}  // namespace framegen
