// input_test.cpp: every sample comes out once, every segment ends once, however they were pushed.
#include "pipeline/live/input.hpp"

#include <gtest/gtest.h>

#include <numeric>

namespace framegen {
namespace {

std::vector<std::int16_t> counting(std::size_t n, int first = 0) {
  std::vector<std::int16_t> samples(n);
  std::iota(samples.begin(), samples.end(), static_cast<std::int16_t>(first));
  return samples;
}

TEST(LiveInput, GivesBackWhatWasPushedAcrossTheRingsEdge) {
  LiveInput input(4, 10);
  std::vector<std::int16_t> out, four(4);
  for (int i = 0; i < 30; ++i) {
    ASSERT_TRUE(input.push(counting(4, 4 * i)));
    EXPECT_EQ(input.give(four), 4u);
    out.insert(out.end(), four.begin(), four.end());
  }
  EXPECT_EQ(out, counting(120));
}

TEST(LiveInput, TakesAllOrNothing) {
  LiveInput input(4, 10);
  EXPECT_TRUE(input.push(counting(7)));
  EXPECT_FALSE(input.push(counting(4)));
  EXPECT_EQ(input.buffered(), 7);
  EXPECT_TRUE(input.push(counting(3)));
}

TEST(LiveInput, FillsTheLastFrameWithSilence) {
  LiveInput input(4, 10);
  input.push(counting(6, 1));
  input.flush();
  std::vector<std::int16_t> sound(4);
  input.give(sound);
  EXPECT_EQ(input.give(sound), 2u);
  EXPECT_EQ(sound, (std::vector<std::int16_t>{5, 6, 0, 0}));
  input.end_front();
  const auto end = input.take_end();
  ASSERT_TRUE(end);
  EXPECT_EQ(end->number, 1u);
  EXPECT_EQ(end->samples, 6);
  EXPECT_FALSE(end->interrupted);
  EXPECT_FALSE(input.take_end());
}

TEST(LiveInput, KeepsSegmentsApart) {
  LiveInput input(4, 100);
  input.flush();  // nothing was pushed: no segment
  input.push(counting(5));
  input.flush();
  input.flush();
  input.push(counting(7, 50));
  std::vector<std::int16_t> fed(20);
  EXPECT_EQ(input.feed(fed), 5u);
  EXPECT_TRUE(input.fed_whole());
  std::vector<std::int16_t> sound(8);
  EXPECT_EQ(input.give(sound), 5u);
  input.end_front();
  EXPECT_EQ(input.front()->number, 2u);
  EXPECT_EQ(input.feed(fed), 7u);
  EXPECT_FALSE(input.fed_whole());
  EXPECT_EQ(fed[0], 50);
}

TEST(LiveInput, AnInterruptEndsEverySegmentWhereItStands) {
  LiveInput input(4, 100);
  input.push(counting(9));
  input.flush();
  input.push(counting(3));
  std::vector<std::int16_t> sound(4);
  input.give(sound);
  input.interrupt();
  EXPECT_EQ(input.front(), nullptr);
  EXPECT_EQ(input.buffered(), 0);
  const auto first = input.take_end(), second = input.take_end();
  ASSERT_TRUE(first && second);
  EXPECT_EQ(first->samples, 4);
  EXPECT_EQ(second->samples, 0);
  EXPECT_EQ(second->number, 2u);
  EXPECT_TRUE(first->interrupted && second->interrupted);
  input.interrupt();  // nobody speaks: nothing ends
  EXPECT_FALSE(input.owes_end());
  input.push(counting(1));
  EXPECT_EQ(input.front()->number, 3u);
}

TEST(LiveInput, HoldsAtMostSixtyFourSegments) {
  LiveInput input(4, 1000);
  for (std::size_t i = 0; i < LiveInput::kMaxSegments; ++i) {
    ASSERT_TRUE(input.push(counting(1)));
    input.flush();
  }
  EXPECT_FALSE(input.push(counting(1)));
}

TEST(LiveInput, HoldsAtMostSixtyFourEndsThatNobodyTakes) {
  LiveInput input(4, 1000);
  for (std::size_t i = 0; i < LiveInput::kMaxSegments; ++i) {
    ASSERT_TRUE(input.push(counting(1)));
    input.interrupt();
  }
  EXPECT_FALSE(input.push(counting(1)));
  EXPECT_EQ(input.take_end()->number, 1u);
  EXPECT_TRUE(input.push(counting(1)));
}

TEST(LiveInput, PowerIsTheMeanSquareOfOneFrame) {
  LiveInput input(4, 100);
  input.push(std::vector<std::int16_t>{0, 0, 0, 0, 16384, -16384, 16384, -16384, 16384, 16384});
  EXPECT_DOUBLE_EQ(input.power(0), 0);
  EXPECT_DOUBLE_EQ(input.power(1), 0.25);
  EXPECT_DOUBLE_EQ(input.power(2), 0.125);  // half of it has not come
  EXPECT_DOUBLE_EQ(input.power(3), 0);
}

}  // namespace
}  // namespace framegen
