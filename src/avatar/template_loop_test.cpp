#include "avatar/template_loop.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace framegen {
namespace {

// docs/reference.md §4, word for word; the first frame is stepped to, so that the index starts one below it.
std::vector<int> step_by_step(int frames, int start_frame, int first, int count) {
  const int last = frames - 1 - start_frame;
  std::vector<int> shown;
  int index = first - 1, step = 1;
  for (int n = 0; n < count; ++n) {
    if (last > 0) {
      if (index > last - 1) step = -1;
      if (index < 1) step = 1;
      index += step;
    } else {
      index = 0;
    }
    shown.push_back(index + start_frame);
  }
  return shown;
}

TEST(Loop, ShowsTheTurnFramesOnce) {
  const TemplateLoop loop(40);
  EXPECT_EQ(loop.at(0), 1);
  EXPECT_EQ(loop.at(37), 38);
  EXPECT_EQ(loop.at(38), 39);
  EXPECT_EQ(loop.at(39), 38);
  EXPECT_EQ(loop.at(76), 1);
  EXPECT_EQ(loop.at(77), 0);
  EXPECT_EQ(loop.at(78), 1);
  EXPECT_EQ(loop.at(79), 2);
}

TEST(Loop, EqualsTheStepRuleForEveryLengthAndStartFrame) {
  for (int frames = 1; frames <= 12; ++frames)
    for (int start = 0; start < frames; ++start)
      for (const int first : {0, 1}) {
        SCOPED_TRACE(testing::Message() << frames << " frames from " << start << ", first " << first);
        const auto expected = step_by_step(frames, start, first, 60);
        const TemplateLoop loop(frames, start, first);
        for (int n = 0; n < 60; ++n) EXPECT_EQ(loop.at(n), expected[static_cast<std::size_t>(n)]) << n;
      }
}

TEST(Loop, KnowsWhenAFrameComesAgain) {
  for (int frames = 1; frames <= 7; ++frames)
    for (const bool twice : {false, true})
      for (int n = 0; n < 30; ++n) {
        SCOPED_TRACE(testing::Message()
                     << frames << " frames, turns twice " << twice << ", output frame " << n);
        const TemplateLoop loop(frames, 0, 1, twice);
        int next = n + 1;
        while (loop.at(next) != loop.at(n)) ++next;
        EXPECT_EQ(loop.next(n), next);
        for (int all = n + 1; all < 33; ++all) {
          int shown = 0;
          for (int i = 0; i < all; ++i) shown += loop.at(i) == loop.at(n) ? 1 : 0;
          EXPECT_EQ(loop.repeats_within(n, all), shown > 1) << all << " output frames";
        }
      }
}

TEST(Loop, OfOneFrameStandsStill) {
  EXPECT_EQ(TemplateLoop(1).at(0), 0);
  EXPECT_EQ(TemplateLoop(1).at(1'000'000), 0);
  EXPECT_EQ(TemplateLoop(40, 39).at(7), 39);
}

TEST(Loop, BeginsAnywhereAtOnce) {
  const std::int64_t far = std::int64_t{78} * 1'000'000'000'000;  // whole periods of 40 frames
  EXPECT_EQ(TemplateLoop(40).at(far), 1);
  EXPECT_EQ(TemplateLoop(40).at(INT64_MAX), TemplateLoop(40).at(INT64_MAX % 78));
}

TEST(TemplateLoop, ShowsTheTurnFramesTwiceWhereAsked) {
  const TemplateLoop loop(4, 0, 0, true);
  std::vector<int> shown;
  for (int n = 0; n < 10; ++n) shown.push_back(loop.at(n));
  EXPECT_EQ(shown, (std::vector<int>{0, 1, 2, 3, 3, 2, 1, 0, 0, 1}));
  EXPECT_EQ(TemplateLoop(1, 0, 0, true).at(7), 0);
  EXPECT_EQ(TemplateLoop(4, 2, 0, true).at(2), 3);  // of 2, 3
}

}  // namespace
}  // namespace framegen
