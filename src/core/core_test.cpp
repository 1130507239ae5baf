// core_test.cpp: errors read well, hashes are the published ones, queues keep order and let go when closed.
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <thread>

#include "core/bounded_queue.hpp"
#include "core/half.hpp"
#include "core/sha256.hpp"
#include "core/tensor.hpp"
#include "framegen/result.hpp"

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

}  // namespace
}  // namespace framegen
