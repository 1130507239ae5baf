#include "avatar/smooth_boxes.hpp"

#include <gtest/gtest.h>

#include "support/random.hpp"

namespace framegen {
namespace {

std::vector<Rectangle> shaking(int count, int amount) {
  const auto noise = test::random_floats(static_cast<std::size_t>(2 * count), -1.0F, 1.0F, 7);
  std::vector<Rectangle> boxes;
  for (int i = 0; i < count; ++i) {
    const auto at = [&](int k) {
      return static_cast<int>(noise[static_cast<std::size_t>(2 * i + k)] * static_cast<float>(amount));
    };
    boxes.push_back({100 + at(0), 50 + at(1), 200, 200});
  }
  return boxes;
}

TEST(SmoothBoxes, OneFrameChangesNothing) {
  const auto boxes = shaking(20, 8);
  EXPECT_EQ(smooth_boxes(boxes, 1), boxes);
}

TEST(SmoothBoxes, ASpikeIsSpreadAsATriangle) {
  std::vector<Rectangle> boxes(7, {100, 50, 90, 90});
  boxes[3] = {190, 50, 99, 99};
  const auto smooth = smooth_boxes(boxes, 5);
  std::vector<int> x, sides;
  for (const Rectangle& box : smooth) x.push_back(box.x), sides.push_back(box.width);
  EXPECT_EQ(x, (std::vector<int>{100, 111, 120, 130, 120, 111, 100}));  // at the second 90/8, 90·2/9 …
  EXPECT_EQ(sides, (std::vector<int>{90, 91, 92, 93, 92, 91, 90}));
}

TEST(SmoothBoxes, ASteadyMovementStaysSteadyAndShakesNothing) {
  std::vector<Rectangle> boxes;
  for (int i = 0; i < 30; ++i) boxes.push_back({10 + 3 * i, 5 + 2 * i, 100, 100});
  const auto smooth = smooth_boxes(boxes, 9);
  for (std::size_t i = 4; i + 4 < boxes.size(); ++i) EXPECT_EQ(smooth[i], boxes[i]);
  EXPECT_EQ(box_jitter(boxes), 0);
}

TEST(SmoothBoxes, NoiseIsMeasuredAsItsDeviationAndSmoothedAway) {
  const auto boxes = shaking(2000, 9);  // truncated uniform −9…9: deviation 4.76 in x and y
  const double before = box_jitter(boxes), after = box_jitter(smooth_boxes(boxes, 5));
  EXPECT_NEAR(before, 4.76, 0.3);
  EXPECT_LT(after, before / 5);
}

TEST(SmoothBoxes, TooFewBoxesDoNotShake) {
  EXPECT_EQ(box_jitter({}), 0);
  EXPECT_EQ(box_jitter(shaking(2, 9)), 0);
  EXPECT_TRUE(smooth_boxes({}, 5).empty());
}

}  // namespace
}  // namespace framegen
