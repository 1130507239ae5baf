// inverted_residual_test.cpp: the fused block against its plain loops, over shapes and forms.
#include "kernels/network/inverted_residual.hpp"

#include <gtest/gtest.h>
#include <hwy/tests/hwy_gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>

#include "kernels/instruction_set.hpp"
#include "support/guarded.hpp"
#include "support/random.hpp"

namespace framegen {
namespace {

struct Case {
  InvertedResidualShape shape;
  std::size_t height, width;
  bool upsample = false;
  int addend = 0;  // 0: none, 32 or 16 bits
  bool residual = false;
  bool biases = true;
  bool skip() const { return shape.skip_channels != 0; }
};

std::string describe(const Case& c) {
  return std::to_string(c.height) + "×" + std::to_string(c.width) + ", " +
         std::to_string(c.shape.source_channels) + "→" + std::to_string(c.shape.expanded) + "→" +
         std::to_string(c.shape.out_channels) + " stride " + std::to_string(c.shape.stride) +
         (c.upsample ? " upsampled" : "") +
         (c.skip() ? " skip " + std::to_string(c.shape.skip_channels) : "") + " addend " +
         std::to_string(c.addend) + (c.residual ? " residual" : "") + (c.biases ? "" : " no biases");
}

// A case with all its numbers; `absolute` makes them positive, so that the output is Σ|terms|.
class Problem {
 public:
  Problem(const Case& c, std::uint64_t seed) : c_(c) {
    const auto& s = c.shape;
    const std::size_t half = c.upsample ? 2 : 1, e = s.expanded;
    const std::size_t source_channels = s.source_channels != 0 ? s.source_channels : e;
    out_height = inverted_residual_out(c.height, s.stride);
    out_width = inverted_residual_out(c.width, s.stride);
    source_ = test::random_floats((c.height / half) * (c.width / half) * source_channels, -1, 1, seed);
    addend_ = test::random_floats(c.height * c.width * e, -1, 1, seed + 1);
    residual_ = test::random_floats(out_size(), -1, 1, seed + 2);
    expand_ = test::random_floats(e * std::max<std::size_t>(s.source_channels, 1), -1, 1, seed + 3);
    depthwise_ = test::random_floats(e * 9, -1, 1, seed + 4);
    project_ = test::random_floats(s.out_channels * e, -1, 1, seed + 5);
    expand_bias_ = test::random_floats(e, -1, 1, seed + 6);
    depthwise_bias_ = test::random_floats(e, -1, 1, seed + 7);
    project_bias_ = test::random_floats(s.out_channels, -1, 1, seed + 8);
    scale_addend();
    source_range_ = test::random_floats(s.source_channels, 0.6F, 1, seed + 9);  // some inputs lie beyond
    const float size = 2 * std::sqrt(static_cast<float>(s.source_channels + s.skip_channels + 1));
    filtered_range_ = test::random_floats(e, 0.5F * size, size, seed + 10);
    skip_ = test::random_floats(c.height * c.width * s.skip_channels, -1, 1, seed + 11);
    skip_weights_ = test::random_floats(e * s.skip_channels, -1, 1, seed + 12);
    skip_range_ = test::random_floats(s.skip_channels, 0.6F, 1, seed + 13);
  }
  InvertedResidualRanges ranges() const { return {source_range_, filtered_range_, skip_range_}; }
  // What one filtered byte more or less does to an output at most.
  float byte_step() const {
    float largest = 0;
    for (std::size_t i = 0; i < project_.size(); ++i)
      largest = std::max(largest, std::abs(project_[i]) * filtered_range_[i % c_.shape.expanded] / 255.0F);
    return largest;
  }
  void make_absolute() {
    for (auto* values : {&source_, &addend_, &residual_, &expand_, &depthwise_, &project_, &expand_bias_,
                         &depthwise_bias_, &project_bias_, &skip_, &skip_weights_})
      for (float& v : *values) v = std::abs(v);
    scale_addend();
  }
  std::size_t out_size() const { return out_height * out_width * c_.shape.out_channels; }
  InvertedResidualWeights weights() const {
    return {c_.shape.source_channels != 0 ? expand_.data() : nullptr,
            c_.biases ? expand_bias_.data() : nullptr,
            depthwise_.data(),
            c_.biases ? depthwise_bias_.data() : nullptr,
            project_.data(),
            c_.biases ? project_bias_.data() : nullptr,
            c_.skip() ? skip_weights_.data() : nullptr};
  }
  InvertedResidualInput input() const {
    InvertedResidualInput in;
    in.source = source_.data();
    in.height = c_.height;
    in.width = c_.width;
    in.upsample = c_.upsample;
    if (c_.addend == 32) in.addend = addend_.data();
    if (c_.addend == 16) in.scaled_addend = {integers_.data(), scales_.data()};
    if (c_.skip()) in.skip = skip_.data();
    if (c_.residual) in.residual = residual_.data();
    return in;
  }
  std::vector<float> reference_output(InvertedResidualPrecision precision) const {
    std::vector<float> out(out_size());
    reference::inverted_residual(c_.shape, weights(), input(), out.data(), precision, ranges());
    return out;
  }
  std::size_t out_height, out_width;

 private:
  void scale_addend() {
    const ScaledRowsShape shape{c_.height, c_.width, c_.shape.expanded};
    integers_.resize(shape.elements());
    scales_.resize(shape.height * shape.channels);
    reference::to_scaled_rows(addend_.data(), shape, {integers_.data(), scales_.data()});
  }

  Case c_;
  std::vector<float> source_, addend_, residual_, expand_, depthwise_, project_, expand_bias_,
      depthwise_bias_, project_bias_, scales_, source_range_, filtered_range_, skip_, skip_weights_,
      skip_range_;
  std::vector<std::int16_t> integers_;
};

void run(const PackedInvertedResidual& packed, const InvertedResidualInput& in, RowRange rows, float* out) {
  // Scratch of exactly the size asked for, with canaries, aligned as promised.
  const std::size_t floats = inverted_residual_scratch(packed, in);
  AlignedBuffer<float> scratch(floats + 32);
  std::fill(scratch.begin(), scratch.end(), std::numeric_limits<float>::quiet_NaN());
  std::fill(scratch.end() - 32, scratch.end(), 12345.0F);
  inverted_residual(packed, in, rows, out, scratch.data());
  EXPECT_TRUE(std::all_of(scratch.end() - 32, scratch.end(), [](float v) { return v == 12345.0F; }));
}

void expect_reference(const Case& c, std::uint64_t seed,
                      InvertedResidualPrecision precision = ProductPrecision::kFloat32) {
  SCOPED_TRACE(describe(c));
  Problem problem(c, seed);
  const auto packed = pack_inverted_residual(c.shape, problem.weights(), precision, problem.ranges());
  test::Guarded<float> whole(problem.out_size(), seed % 3), split(problem.out_size(), seed % 5);
  run(packed, problem.input(), {0, problem.out_height}, whole.data());
  for (std::size_t y = 0; y < problem.out_height;) {
    const std::size_t end = std::min(problem.out_height, y + 1 + (seed + y) % 5);
    run(packed, problem.input(), {y, end}, split.data());
    y = end;
  }
  EXPECT_EQ(whole, split) << "the cut into rows shows";

  const std::vector<float> expected = problem.reference_output(precision);
  problem.make_absolute();
  const std::vector<float> terms = problem.reference_output(precision);
  // Each of the chained sums may lose half an ε per term, in any order; interpolation and half floats add a
  // few.
  const float k = static_cast<float>(c.shape.source_channels + c.shape.skip_channels + c.shape.expanded + 30);
  // In lower precision another last bit may round a filtered value, one of `expanded` terms, the other way.
  const float flip = precision.project == ProductPrecision::kBFloat16
                         ? 0x1p-8F * 8 / static_cast<float>(c.shape.expanded + 8)
                         : 0;
  const float byte_flips = precision.project == ProductPrecision::kInt8 ? 2 * problem.byte_step() : 0;
  for (std::size_t i = 0; i < expected.size(); ++i) {
    const float tolerance = (k * std::numeric_limits<float>::epsilon() + flip) * terms[i] + byte_flips;
    ASSERT_NEAR(whole[i], expected[i], tolerance) << "at " << i << " of " << expected.size();
  }
}

class InvertedResidual : public hwy::TestWithParamTarget {};
HWY_TARGET_INSTANTIATE_TEST_SUITE_P(InvertedResidual);

TEST_P(InvertedResidual, EqualsTheReferenceInTheNetworksOwnForms) {
  expect_reference({{0, 64, 16, 1}, 20, 36, true, 16}, 1);         // up5.0
  expect_reference({{16, 32, 16, 1}, 20, 33, false, 0, true}, 2);  // up5.1
  expect_reference({{32, 64, 24, 1}, 12, 70, true, 32}, 3);        // with the product below the upsampling
  expect_reference({{32, 96, 40, 1}, 10, 10, false, 32}, 4);       // fuse.0.0
  expect_reference({{6, 12, 32, 1}, 18, 18, false, 0}, 5);         // inc
  expect_reference({{32, 64, 64, 2}, 17, 32, false, 0}, 6);        // down
  expect_reference({{8, 16, 8, 1}, 16, 40, false, 0, true}, 7);    // half width
  expect_reference({{32, 128, 16, 1, 32}, 14, 70, true}, 8);       // up5.0 with its skip
}

TEST_P(InvertedResidual, EqualsTheReferenceWhereWeightsAreReadOnce) {
  expect_reference({{320, 640, 320, 1}, 3, 5, false, 0, true}, 11);  // more weights than caches hold
  expect_reference({{0, 1100, 260, 1}, 4, 6, true, 16}, 12);
  expect_reference({{200, 700, 250, 1}, 4, 6, true, 32}, 13);
  expect_reference({{400, 800, 320, 1}, 4, 6, false, 32}, 14, ProductPrecision::kBFloat16);
  expect_reference({{400, 800, 320, 1}, 4, 6, false, 32}, 15, ProductPrecision::kInt8);
  expect_reference({{256, 1024, 128, 1, 256}, 4, 6, true}, 16);
  expect_reference({{256, 1024, 128, 1, 256}, 4, 6, true}, 17, ProductPrecision::kInt8);
  expect_reference({{300, 700, 300, 2}, 7, 9, false, 0}, 18);
  expect_reference({{300, 1100, 300, 2}, 7, 9, false, 0}, 19, ProductPrecision::kInt8);
  expect_reference({{230, 640, 8, 1}, 4, 330, false, 0}, 20);  // too much to be gathered before all products
}

// The skip's product takes the enlarged source along: where strips and tiles begin, and at the image's edges,
// pixels have their two columns too.
TEST_P(InvertedResidual, EqualsTheReferenceWhereSkipsAreCutIntoStrips) {
  for (const ProductPrecision precision :
       {ProductPrecision::kFloat32, ProductPrecision::kBFloat16, ProductPrecision::kInt8}) {
    expect_reference({{5, 512, 7, 1, 9}, 4, 182, true}, 21, precision);
    expect_reference({{3, 40, 5, 2, 4}, 8, 2, true}, 22, precision);
    expect_reference({{3, 40, 5, 1, 4}, 2, 4, true}, 23, precision);
  }
}

Case odd_case(std::uint64_t seed) {
  const auto r = test::random_bytes(12, seed);
  Case c{{r[0] % 40U, 1 + r[1] % 70U, 1 + r[2] % 70U, 1 + r[3] % 2U}, 1 + r[4] % 9U, 1 + r[5] % 70U};
  c.upsample = r[6] % 3 == 0;
  if (c.upsample) c.height = (c.height + 1) / 2 * 2, c.width = (c.width + 1) / 2 * 2;
  c.addend = r[7] % 3 * 16;
  if (c.upsample && r[10] % 2 == 0) c.shape.skip_channels = 1 + r[11] % 40U, c.addend = 0;
  c.residual = r[8] % 2 == 0;
  c.biases = r[9] % 3 != 0;
  return c;
}

void expect_reference_in_lower_precision(const Case& c, std::uint64_t seed) {
  expect_reference(c, 200 + seed, ProductPrecision::kBFloat16);
  expect_reference(c, 300 + seed, ProductPrecision::kInt8);
  expect_reference(c, 400 + seed, {ProductPrecision::kInt8, ProductPrecision::kBFloat16});
  expect_reference(c, 500 + seed, {ProductPrecision::kBFloat16, ProductPrecision::kFloat32});
}

TEST_P(InvertedResidual, EqualsTheReferenceOverOddShapes) {
  for (std::uint64_t seed = 0; seed < 60; ++seed) {
    expect_reference(odd_case(seed), 100 + seed);
    expect_reference_in_lower_precision(odd_case(seed), seed);
  }
}

// As large as the network's own, so that bytes go to tile registers too: expand, skip and projection.
TEST_P(InvertedResidual, EqualsTheReferenceInLowerPrecisionWithManyChannels) {
  expect_reference_in_lower_precision({{140, 280, 70, 1}, 5, 41, false, 16, true}, 31);
  expect_reference_in_lower_precision({{130, 260, 64, 1, 150}, 4, 74, true}, 32);
  expect_reference_in_lower_precision({{256, 300, 90, 2}, 9, 35, false, 32}, 33);
}

// Highway's own list of sets, which the tests above go through, does not know them.
TEST(InvertedResidualWithoutTileRegisters, EqualsTheReferenceInLowerPrecision) {
  if (!uses_tile_registers()) GTEST_SKIP() << "this machine has none";
  ASSERT_TRUE(use_at_most("avx3").ok());
  EXPECT_FALSE(uses_tile_registers());
  for (std::uint64_t seed = 0; seed < 30; ++seed) expect_reference_in_lower_precision(odd_case(seed), seed);
  expect_reference_in_lower_precision({{130, 260, 64, 1, 150}, 4, 74, true}, 32);
  EXPECT_TRUE(use_at_most("").ok());
}

}  // namespace
}  // namespace framegen
