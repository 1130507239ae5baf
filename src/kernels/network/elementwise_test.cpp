// elementwise_test.cpp: the small operations, upsampling and the face epilogue against their plain loops.
#include "kernels/network/elementwise.hpp"

#include <gtest/gtest.h>
#include <hwy/tests/hwy_gtest.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdlib>
#include <limits>
#include <vector>

#include "kernels/network/face_epilogue.hpp"
#include "kernels/network/max_pool.hpp"
#include "kernels/network/upsample_bilinear.hpp"
#include "support/guarded.hpp"
#include "support/random.hpp"

namespace framegen {
namespace {

class NetworkParts : public hwy::TestWithParamTarget {};
HWY_TARGET_INSTANTIATE_TEST_SUITE_P(NetworkParts);

TEST_P(NetworkParts, AddAndReluEqualTheReferenceAtEveryLength) {
  for (std::size_t n = 1; n <= 67; ++n) {
    SCOPED_TRACE(n);
    const auto a = test::random_floats(n, -1, 1, n), b = test::random_floats(n, -1, 1, n + 1);
    test::Guarded<float> expected(n), actual(n, n % 4);
    for (const bool with_relu : {false, true}) {
      reference::add(a.data(), b.data(), n, with_relu, expected.data());
      add(a.data(), b.data(), n, with_relu, actual.data());
      EXPECT_EQ(actual, expected);
    }
    reference::relu(a.data(), n, expected.data());
    relu(a.data(), n, actual.data());
    EXPECT_EQ(actual, expected);
  }
}

TEST_P(NetworkParts, PReluTakesEachChannelsSlopeAtEveryNumberOfChannels) {
  for (std::size_t channels = 1; channels <= 37; ++channels) {
    SCOPED_TRACE(channels);
    const std::size_t pixels = 5, n = channels * pixels;
    auto x = test::random_floats(n, -1, 1, channels);
    x[0] = -0.0F;
    const auto slopes = test::random_floats(channels, -0.5F, 2, channels + 1);
    test::Guarded<float> expected(n), actual(n, channels % 4);
    reference::prelu(x.data(), slopes.data(), channels, pixels, expected.data());
    prelu(x.data(), slopes.data(), channels, pixels, actual.data());
    EXPECT_EQ(actual, expected);
  }
}

TEST_P(NetworkParts, MaxPoolEqualsTheReferenceHoweverItsRowsAreShared) {
  for (std::uint64_t seed = 0; seed < 40; ++seed) {
    const auto r = test::random_bytes(7, seed);
    PoolShape shape{3 + r[0] % 7U, 3 + r[1] % 8U, 1 + r[2] % 40U, 1 + r[3] % 3U,
                    1 + r[4] % 3U, 1 + r[5] % 3U, 1 + r[6] % 2U};
    SCOPED_TRACE(::testing::Message() << shape.height << "×" << shape.width << "×" << shape.channels);
    const auto x = test::random_floats(shape.height * shape.width * shape.channels, -9, -1, seed);
    const std::size_t rows = shape.out_height(), n = rows * shape.out_width() * shape.channels;
    test::Guarded<float> expected(n), actual(n, seed % 3);
    reference::max_pool(shape, x.data(), expected.data());
    max_pool(shape, x.data(), {0, rows / 2}, actual.data());
    max_pool(shape, x.data(), {rows / 2, rows}, actual.data());
    EXPECT_EQ(actual, expected);
  }
}

TEST_P(NetworkParts, SigmoidIsWithinFourUnitsInTheLastPlace) {
  std::vector<float> x = test::random_floats(3000, -30, 30, 1);
  x.insert(x.end(), {0.0F, -0.0F, 80.0F, -80.0F, 1000.0F, -1000.0F});
  std::vector<float> expected(x.size());
  test::Guarded<float> actual(x.size(), 1);
  reference::sigmoid(x.data(), x.size(), expected.data());
  sigmoid(x.data(), x.size(), actual.data());
  ASSERT_TRUE(actual.intact());
  for (std::size_t i = 0; i < x.size(); ++i)
    EXPECT_NEAR(actual[i], expected[i], 4 * std::numeric_limits<float>::epsilon() * expected[i] + 1e-37F)
        << x[i];
}

TEST_P(NetworkParts, UpsamplingEqualsTheReference) {
  for (std::uint64_t seed = 0; seed < 30; ++seed) {
    const auto r = test::random_bytes(3, seed);
    const UpsampleShape shape{1 + r[0] % 7U, 1 + r[1] % 9U, 1 + r[2] % 40U};
    SCOPED_TRACE(::testing::Message() << shape.height << "×" << shape.width << "×" << shape.channels);
    const std::size_t n = shape.height * shape.width * shape.channels, row = 2 * shape.width * shape.channels;
    const auto x = test::random_floats(n, -1, 1, seed);
    std::vector<float> expected(4 * n);
    test::Guarded<float> actual(4 * n, seed % 3);
    reference::upsample_bilinear(shape, x.data(), expected.data());
    upsample_bilinear(shape, x.data(), {0, shape.height}, actual.data());
    upsample_bilinear(shape, x.data(), {shape.height, 2 * shape.height}, actual.data());
    ASSERT_TRUE(actual.intact());
    for (std::size_t i = 0; i < 4 * n; ++i)  // three blends of numbers below 1, each a few ε
      ASSERT_NEAR(actual[i], expected[i], 8 * std::numeric_limits<float>::epsilon()) << "row " << i / row;
  }
}

TEST_P(NetworkParts, TheFaceEpilogueEqualsTheReference) {
  for (std::uint64_t seed = 0; seed < 40; ++seed) {
    const auto r = test::random_bytes(2, seed);
    const std::size_t channels = 1 + r[0] % 90U, pixels = 1 + r[1] % 120U;
    SCOPED_TRACE(::testing::Message() << pixels << " pixels of " << channels);
    const auto weights = test::random_floats(3 * channels, -1, 1, seed),
               bias = test::random_floats(3, -1, 1, seed + 1);
    const auto x = test::random_floats(pixels * channels, -1, 1, seed + 2);
    const float* bias_or_null = seed % 3 == 0 ? nullptr : bias.data();
    test::Guarded<std::uint8_t> expected(3 * pixels), actual(3 * pixels, seed % 3);
    test::Guarded<float> expected_planes(3 * pixels), planes(3 * pixels, seed % 5);
    reference::face_epilogue({channels, weights.data(), bias_or_null}, x.data(), pixels,
                             {expected.data(), expected_planes.data(), pixels});
    const auto packed = pack_face_epilogue(channels, weights.data(), bias_or_null);
    face_epilogue(packed, x.data(), pixels, {actual.data(), planes.data(), pixels});
    ASSERT_TRUE(actual.intact() && planes.intact());
    for (std::size_t i = 0; i < 3 * pixels; ++i) {
      // The slope of the sigmoid is at most 1/4; each of the `channels` additions of terms ≤ 1 loses half an
      // ε of the sum of magnitudes.
      const float tolerance =
          std::numeric_limits<float>::epsilon() * static_cast<float>(channels * channels + 8) / 4;
      ASSERT_NEAR(planes[i], expected_planes[i], tolerance);
      // A byte may differ only where the value is that close to a step.
      const std::size_t plane = i % 3 * pixels + i / 3;
      EXPECT_EQ(actual[i], static_cast<std::uint8_t>(planes[plane] * 255.0F));
      EXPECT_LE(std::abs(actual[i] - expected[i]), 1);
    }
  }
}

TEST(Layout, GoesToChannelsLastAndBack) {
  const std::size_t channels = 37, pixels = 53;
  const auto x = test::random_floats(channels * pixels, -1, 1, 1);
  test::Guarded<float> expected(x.size()), last(x.size()), first(x.size());
  reference::to_channels_last(x.data(), channels, pixels, expected.data());
  to_channels_last(x.data(), channels, pixels, last.data());
  EXPECT_EQ(last, expected);
  to_channels_first(last.data(), channels, pixels, first.data());
  EXPECT_TRUE(first.intact() && std::equal(x.begin(), x.end(), first.data()));
}

TEST(Layout, ConcatenatesChannels) {
  const float a[] = {1, 2, 3, 4}, b[] = {5, 6};
  const ConcatPart parts[] = {{a, 2}, {b, 1}};
  test::Guarded<float> expected(6), actual(6);
  reference::concat_channels(parts, 2, expected.data());
  concat_channels(parts, 2, actual.data());
  EXPECT_EQ(actual, expected);
  EXPECT_EQ(actual[2], 5);
}

TEST(Layout, PadsChannelsWithZeros) {
  const float x[] = {1, 2, 3, 4};
  test::Guarded<float> y(6);
  pad_channels(x, 2, 2, 3, y.data());
  ASSERT_TRUE(y.intact());
  EXPECT_EQ((std::vector<float>{1, 2, 0, 3, 4, 0}), std::vector<float>(y.data(), y.data() + 6));
}

}  // namespace
}  // namespace framegen
