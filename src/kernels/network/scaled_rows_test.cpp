// scaled_rows_test.cpp: 16-bit integers with scales against their plain loops, and how near they are.
#include "kernels/network/scaled_rows.hpp"

#include <gtest/gtest.h>
#include <hwy/tests/hwy_gtest.h>

#include <cmath>
#include <vector>

#include "support/guarded.hpp"
#include "support/random.hpp"

namespace framegen {
namespace {

class ScaledRowsKernel : public hwy::TestWithParamTarget {};
HWY_TARGET_INSTANTIATE_TEST_SUITE_P(ScaledRowsKernel);

ScaledRowsShape random_shape(std::uint64_t seed) {
  const auto r = test::random_bytes(3, seed);
  return {1 + r[0] % 5U, 1 + r[1] % 40U, 1 + r[2] % 70U};
}

// Channels of very different sizes, one of them nothing at all.
std::vector<float> random_tensor(const ScaledRowsShape& shape, std::uint64_t seed) {
  auto x = test::random_floats(shape.elements(), -1, 1, seed);
  for (std::size_t i = 0; i < x.size(); ++i) {
    const std::size_t channel = i % shape.channels;
    x[i] = channel % 7 == 3 ? 0.0F : std::ldexp(x[i], static_cast<int>(channel % 41) - 20);
  }
  return x;
}

TEST_P(ScaledRowsKernel, EqualsTheReferenceBitByBitAndWritesNothingElse) {
  for (std::uint64_t seed = 0; seed < 40; ++seed) {
    const ScaledRowsShape shape = random_shape(seed);
    SCOPED_TRACE(::testing::Message() << shape.height << "×" << shape.width << "×" << shape.channels);
    const auto x = random_tensor(shape, seed);
    const std::size_t n = shape.elements(), scales = shape.height * shape.channels;
    test::Guarded<std::int16_t> expected(n), actual(n, seed % 3);
    test::Guarded<float> expected_scales(scales), actual_scales(scales, seed % 5);
    reference::to_scaled_rows(x.data(), shape, {expected.data(), expected_scales.data()});
    to_scaled_rows(x.data(), shape, {actual.data(), actual_scales.data()});
    EXPECT_EQ(actual, expected);
    EXPECT_EQ(actual_scales, expected_scales);
    test::Guarded<float> read(n), expected_read(n);
    reference::from_scaled_rows({expected.data(), expected_scales.data()}, shape, expected_read.data());
    from_scaled_rows({expected.data(), expected_scales.data()}, shape, read.data());
    EXPECT_EQ(read, expected_read);
  }
}

TEST_P(ScaledRowsKernel, IsWithinHalfAScaleOfEveryValue) {
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    const ScaledRowsShape shape = random_shape(seed);
    const auto x = random_tensor(shape, seed);
    std::vector<std::int16_t> integers(shape.elements());
    std::vector<float> scales(shape.height * shape.channels), back(shape.elements());
    to_scaled_rows(x.data(), shape, {integers.data(), scales.data()});
    from_scaled_rows({integers.data(), scales.data()}, shape, back.data());
    for (std::size_t i = 0; i < x.size(); ++i) {
      const std::size_t row = i / (shape.width * shape.channels);
      const float scale = scales[row * shape.channels + i % shape.channels];
      ASSERT_LE(std::abs(back[i] - x[i]), 0.506F * scale) << i;  // two roundings of floats on the way
      ASSERT_TRUE(x[i] != 0 || back[i] == 0) << i;
    }
  }
}

TEST(ScaledRows, LieInOnePieceOfMemoryWithAlignedScales) {
  const ScaledRowsShape shape{3, 5, 7};  // 105 integers: 210 bytes
  EXPECT_EQ(shape.scales_offset(), 256U);
  EXPECT_EQ(shape.bytes(), 256U + 3 * 7 * 4);
  alignas(64) std::byte memory[340] = {};
  const ScaledRows rows = scaled_rows_in(memory, shape);
  EXPECT_EQ(reinterpret_cast<std::byte*>(rows.integers), memory);
  EXPECT_EQ(reinterpret_cast<std::byte*>(rows.scales), memory + 256);
}

}  // namespace
}  // namespace framegen
