// prepared_frames_test.cpp: what is kept stays within the budget, and whatever goes wrong is gone with it.
#include "pipeline/speaking/prepared_frames.hpp"

#include <gtest/gtest.h>

#include <cstring>

#include "support/allocations.hpp"
#include "support/program.hpp"
#include "support/test_avatar.hpp"

namespace framegen {
namespace {

const AvatarBundle& bundle() {
  static const AvatarBundle opened = *AvatarBundle::open(test::golden_avatar(), {});
  return opened;
}

TEST(PreparedFrames, GivesOneFrameToAllWhileItIsKept) {
  PreparedFrames frames(bundle(), std::uint64_t{1} << 30);
  const auto first = frames.get(3);
  ASSERT_TRUE(first);
  EXPECT_EQ(frames.get(3)->get(), first->get());
  EXPECT_EQ((*first)->bgr->width(), bundle().manifest().width);
  EXPECT_EQ((*first)->image.inner.width, bundle().manifest().image.size);
  EXPECT_NE(frames.get(4)->get(), first->get());
}

TEST(PreparedFrames, DropsTheLeastRecentlyUsedBeyondItsBudget) {
  PreparedFrames measured(bundle(), 1);
  const std::size_t bytes = (*measured.get(0))->bytes();
  PreparedFrames two(bundle(), 2 * bytes);
  const std::weak_ptr<const PreparedFrame> oldest = *two.get(0), newer = *two.get(1);
  ASSERT_TRUE(two.get(0));  // now 1 is the oldest
  ASSERT_TRUE(two.get(2));
  EXPECT_FALSE(oldest.expired());
  EXPECT_TRUE(newer.expired());
}

TEST(PreparedFrames, KeepsTheLastOneWhateverItsSize) {
  PreparedFrames one(bundle(), 1);
  for (const int i : {0, 1, 0}) {
    const std::weak_ptr<const PreparedFrame> frame = *one.get(i);
    EXPECT_FALSE(frame.expired());
  }
}

TEST(PreparedFrames, CountsAllThatAFrameHolds) {
  PreparedFrames frames(bundle(), 1);
  const auto frame = *frames.get(0);
  const std::size_t before = frame->bytes();
  EXPECT_GE(before, frame->bgr->bytes() + frame->crop.bytes() + frame->bgr->bytes() / 2);
  PreparedFrame precut;
  precut.bgr = frame->bgr;
  precut.real = precut.masked = std::make_shared<const Image>(160, 160);
  EXPECT_EQ(precut.bytes(), frame->bgr->bytes() * 3 / 2 + std::size_t{2} * 160 * 160 * 3);
}

// A frame that was half put away must not be looked for when it would be its turn to go.
TEST(PreparedFrames, StaySoundWhereverMemoryEnds) {
  bool ended = true;
  for (long after = 0; ended; ++after) {
    SCOPED_TRACE(after);
    ASSERT_LT(after, 10'000);
    PreparedFrames frames(bundle(), 1);
    ASSERT_TRUE(frames.get(0));
    {
      test::MemoryEnds end(after);
      try {
        (void)frames.get(1);
      } catch (const std::bad_alloc&) {
      }
      ended = end.reached();
    }
    for (const int i : {2, 1, 3, 0}) ASSERT_TRUE(frames.get(i));
  }
}

TEST(EvenArea, WidensToEvenCoordinatesWithinTheFrame) {
  EXPECT_EQ(even_area({3, 5, 10, 10}, 100, 100), (Rectangle{2, 4, 12, 12}));
  EXPECT_EQ(even_area({2, 4, 10, 10}, 100, 100), (Rectangle{2, 4, 10, 10}));
  EXPECT_EQ(even_area({90, 90, 9, 9}, 99, 99), (Rectangle{90, 90, 9, 9}));  // an odd frame's own edge
}

}  // namespace
}  // namespace framegen
