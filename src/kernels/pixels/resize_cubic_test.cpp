#include "kernels/pixels/resize_cubic.hpp"

#include <gtest/gtest.h>
#include <hwy/tests/hwy_gtest.h>

#include "support/guarded.hpp"
#include "support/random.hpp"

namespace framegen {
namespace {

class ResizeCubic : public hwy::TestWithParamTarget {};
HWY_TARGET_INSTANTIATE_TEST_SUITE_P(ResizeCubic);

// A picture inside a wider one, unaligned.
struct Noise {
  Noise(int w, int h, std::uint64_t seed)
      : width(w),
        height(h),
        stride(3 * w + 7),
        pixels(test::random_bytes(static_cast<std::size_t>(stride) * static_cast<std::size_t>(h), seed)) {}
  ImageView view() const { return {pixels.data(), width, height, stride}; }
  int width, height;
  std::ptrdiff_t stride;
  std::vector<std::uint8_t> pixels;
};

void expect_equal(const LaidPicture& from, int width, int height, CubicScratch& scratch) {
  SCOPED_TRACE(std::to_string(from.outer.width) + "×" + std::to_string(from.outer.height) + " to " +
               std::to_string(width) + "×" + std::to_string(height));
  const std::ptrdiff_t stride = std::ptrdiff_t{3} * width;
  const auto bytes = static_cast<std::size_t>(stride) * static_cast<std::size_t>(height);
  test::Guarded<std::uint8_t> expected(bytes, 1), actual(bytes, 1);
  const MutableImageView to{actual.data(), width, height, stride};
  reference::resize_cubic(from, {expected.data(), width, height, stride});
  scratch.fit(from.outer, to);
  resize_cubic(from, scratch, to);
  EXPECT_EQ(actual, expected);
}

TEST_P(ResizeCubic, EqualsTheReferenceAtEveryWidth) {
  CubicScratch scratch;  // fitted again and again, larger and smaller
  for (int width = 1; width <= 70; ++width) {
    const Noise from(1 + width * 37 % 41, 5, static_cast<std::uint64_t>(width));
    expect_equal({from.view(), {}, 0}, width, 1 + width % 9, scratch);
  }
}

TEST_P(ResizeCubic, EqualsTheReferenceWhereItShrinksAndWhereItEnlarges) {
  CubicScratch scratch;
  const Noise from(33, 47, 3);
  for (const int side : {1, 2, 7, 8, 16, 33, 47, 90, 131})
    expect_equal({from.view(), {}, 0}, side, side, scratch);
}

TEST_P(ResizeCubic, TakesTheInnerPictureWhereItLies) {
  CubicScratch scratch;
  const Noise outer(40, 40, 1), inner(32, 32, 2);
  expect_equal({outer.view(), inner.view(), 4}, 51, 51, scratch);
  expect_equal({outer.view(), inner.view(), 0}, 23, 29, scratch);
  expect_equal({outer.view(), inner.view(), 8}, 40, 40, scratch);
}

}  // namespace
}  // namespace framegen
