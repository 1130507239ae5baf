// conv2d_test.cpp: the convolutions against their plain loops, over shapes and instruction sets.
#include "kernels/network/conv2d.hpp"

#include <gtest/gtest.h>
#include <hwy/tests/hwy_gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>

#include "kernels/instruction_set.hpp"
#include "kernels/network/depthwise.hpp"
#include "support/guarded.hpp"
#include "support/random.hpp"

namespace framegen {
namespace {

struct Case {
  ConvShape shape;
  std::size_t height, width;
  bool addend, relu, bias;
};

struct Problem {
  Problem(const Case& c, bool one_filter_per_channel, std::uint64_t seed) {
    const ConvShape& s = c.shape;
    height = conv_out(c.height, s.pad_top + s.pad_bottom, s.kernel_height, s.stride_y);
    width = conv_out(c.width, s.pad_left + s.pad_right, s.kernel_width, s.stride_x);
    inputs = (one_filter_per_channel ? 1 : s.in_channels) * s.kernel_height * s.kernel_width;
    x = test::random_floats(c.height * c.width * s.in_channels, -1, 1, seed);
    weights = test::random_floats(s.out_channels * inputs, -1, 1, seed + 1);
    bias = test::random_floats(s.out_channels, -1, 1, seed + 2);
    addend = test::random_floats(height * width * s.out_channels, -1, 1, seed + 3);
    largest = test::random_floats(s.in_channels, 0.5F, 1, seed + 4);  // some inputs lie beyond
    in = {x.data(), c.height, c.width, c.addend ? addend.data() : nullptr, c.relu};
    bias_or_null = c.bias ? bias.data() : nullptr;
  }
  void make_absolute() {
    for (auto* values : {&x, &weights, &bias, &addend})
      for (float& v : *values) v = std::abs(v);
  }
  // An output whose every input is as large as it may be.
  float all_largest(std::size_t output) const {
    float sum = 0;
    for (std::size_t i = 0; i < inputs; ++i)
      sum += std::abs(weights[output * inputs + i]) * largest[i * largest.size() / inputs];
    return sum;
  }
  std::size_t height, width, inputs;
  std::vector<float> x, weights, bias, addend, largest;
  ConvInput in;
  const float* bias_or_null;
};

void expect_near(const test::Guarded<float>& actual, const std::vector<float>& expected,
                 const std::vector<float>& terms, std::size_t additions) {
  ASSERT_TRUE(actual.intact());
  // Each addition may lose half an ε of the sum of all magnitudes, on both sides.
  const float k = static_cast<float>(additions + 2) * std::numeric_limits<float>::epsilon();
  for (std::size_t i = 0; i < expected.size(); ++i)
    ASSERT_NEAR(actual[i], expected[i], k * terms[i]) << "at " << i << " of " << expected.size();
}

Case random_case(std::uint64_t seed, bool one_filter_per_channel) {
  const auto r = test::random_bytes(16, seed);
  Case c{{1 + r[0] % 40U, 1 + r[1] % 70U, 1 + r[2] % 4U, 1 + r[3] % 4U, 1 + r[4] % 3U, 1 + r[5] % 3U,
          r[6] % 4U, r[7] % 4U, r[8] % 4U, r[9] % 4U},
         4 + r[10] % 12U,
         4 + r[11] % 30U,
         r[12] % 2 == 0,
         r[13] % 2 == 0,
         r[14] % 3 != 0};
  if (r[15] % 3 == 0) c.shape = {c.shape.in_channels, c.shape.out_channels};  // 1×1
  if (one_filter_per_channel) c.shape.out_channels = c.shape.in_channels;
  return c;
}

void expect_dense(const Case& c, std::uint64_t seed,
                  ProductPrecision precision = ProductPrecision::kFloat32) {
  SCOPED_TRACE(::testing::Message() << "seed " << seed << ": " << c.height << "×" << c.width << "×"
                                    << c.shape.in_channels << "→" << c.shape.out_channels << ", "
                                    << c.shape.kernel_height << "×" << c.shape.kernel_width);
  Problem p(c, false, seed);
  const auto packed = pack_conv2d(c.shape, p.weights.data(), p.bias_or_null, precision, p.largest);
  AlignedBuffer<float> scratch(conv2d_scratch(packed, p.in));
  test::Guarded<float> whole(p.addend.size(), seed % 3), split(p.addend.size(), seed % 5);
  conv2d(packed, p.in, {0, p.height}, whole.data(), scratch.data());
  for (std::size_t y = 0; y < p.height; y += 2)
    conv2d(packed, p.in, {y, std::min(y + 2, p.height)}, split.data(), scratch.data());
  EXPECT_EQ(whole, split) << "the cut into rows shows";
  std::vector<float> expected(whole.size()), terms(whole.size());
  reference::conv2d(c.shape, p.weights.data(), p.bias_or_null, p.in, expected.data(), precision, p.largest);
  p.make_absolute();
  reference::conv2d(c.shape, p.weights.data(), p.bias_or_null, p.in, terms.data(), precision, p.largest);
  // The zero byte's share, the largest input times every weight, is added and subtracted again.
  if (precision == ProductPrecision::kInt8)
    for (std::size_t i = 0; i < terms.size(); ++i) terms[i] += p.all_largest(i % c.shape.out_channels);
  expect_near(whole, expected, terms, p.inputs);
}

class Conv2d : public hwy::TestWithParamTarget {};
HWY_TARGET_INSTANTIATE_TEST_SUITE_P(Conv2d);

TEST_P(Conv2d, EqualsTheReferenceOverOddShapes) {
  for (std::uint64_t seed = 0; seed < 60; ++seed) expect_dense(random_case(seed, false), seed);
}

TEST_P(Conv2d, EqualsTheReferenceInTheNetworksOwnForms) {
  expect_dense({{64, 96, 3, 3, 1, 1, 1, 1, 1, 1}, 9, 8, false, true, true}, 1);    // audio.3
  expect_dense({{64, 48, 3, 3, 2, 2, 3, 3, 3, 3}, 16, 16, false, true, true}, 2);  // audio.5
  expect_dense({{1, 32, 3, 3, 1, 1, 1, 1, 1, 1}, 20, 16, false, true, true}, 3);  // the audio encoder's first
  expect_dense({{32, 32, 3, 3, 3, 1, 1, 1, 1, 1}, 20, 16, true, true, true}, 4);
  expect_dense({{300, 40}, 3, 40, false, false, true}, 5);  // 1×1, more inputs than one step takes
}

void expect_dense_in_lower_precision() {
  for (std::uint64_t seed = 0; seed < 40; ++seed)
    expect_dense(random_case(seed, false), 200 + seed, ProductPrecision::kBFloat16);
  for (std::uint64_t seed = 0; seed < 40; ++seed)
    expect_dense(random_case(seed, false), 300 + seed, ProductPrecision::kInt8);
  for (const ProductPrecision precision : {ProductPrecision::kBFloat16, ProductPrecision::kInt8}) {
    expect_dense({{300, 40}, 3, 40, false, false, true}, 5, precision);
    expect_dense({{1100, 70}, 3, 47, true, true, true}, 6, precision);  // more inputs than one step takes
    expect_dense({{130, 100, 3, 3, 1, 1, 1, 1, 1, 1}, 5, 31, false, true, true}, 7, precision);
  }
}

TEST_P(Conv2d, EqualsTheReferenceInLowerPrecision) { expect_dense_in_lower_precision(); }

// Highway's own list of sets, which the tests above go through, does not know them.
TEST(Conv2dWithoutTileRegisters, EqualsTheReferenceInLowerPrecision) {
  if (!uses_tile_registers()) GTEST_SKIP() << "this machine has none";
  ASSERT_TRUE(use_at_most("avx3").ok());
  EXPECT_FALSE(uses_tile_registers());
  expect_dense_in_lower_precision();
  EXPECT_TRUE(use_at_most("").ok());
}

TEST_P(Conv2d, EqualsTheReferenceWithOneFilterPerChannel) {
  for (std::uint64_t seed = 0; seed < 40; ++seed) {
    SCOPED_TRACE(seed);
    const Case c = random_case(seed, true);
    Problem p(c, true, seed);
    const auto packed = pack_depthwise(c.shape, p.weights.data(), p.bias_or_null);
    test::Guarded<float> out(p.addend.size(), seed % 3);
    const std::size_t middle = p.height / 2;
    depthwise(packed, p.in, {0, middle}, out.data());
    depthwise(packed, p.in, {middle, p.height}, out.data());
    std::vector<float> expected(out.size()), terms(out.size());
    reference::depthwise(c.shape, p.weights.data(), p.bias_or_null, p.in, expected.data());
    p.make_absolute();
    reference::depthwise(c.shape, p.weights.data(), p.bias_or_null, p.in, terms.data());
    expect_near(out, expected, terms, p.inputs);
  }
}

}  // namespace
}  // namespace framegen
