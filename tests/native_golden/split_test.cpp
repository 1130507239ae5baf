// split_test.cpp: the generator in two parts equals the reference's PyTorch (docs/reference.md §6).
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>

#include "native_golden/seeded.hpp"
#include "support/golden.hpp"

namespace framegen::test {
namespace {

constexpr float kTolerance = 1e-4F;

SplitOptions options_for(KeptStorage storage, KeptSkips skips) {
  SplitOptions options;
  options.storage = storage;
  options.skips = skips;
  return options;
}

// Pixels whose truncated value is not that of the golden output, and the largest such difference.
struct Pixels {
  int changed = 0, largest = 0;
};
Pixels compare_pixels(const std::vector<std::uint8_t>& face, const std::vector<float>& golden) {
  Pixels pixels;
  for (std::size_t i = 0; i < golden.size(); ++i) {
    const std::size_t channel = i / (320 * 320), pixel = i % (320 * 320);
    const int difference = std::abs(face[3 * pixel + channel] - static_cast<int>(golden[i] * 255.0F));
    pixels.changed += difference != 0 ? 1 : 0;
    pixels.largest = std::max(pixels.largest, difference);
  }
  return pixels;
}

TEST(SplitGenerator, EqualsTheGoldenOutputAtBothWidths) {
  for (const double width : {1.0, 0.5}) {
    SCOPED_TRACE(width);
    const std::vector<float> golden = golden_floats(width == 1 ? "net/output_w1.npy" : "net/output_w0.5.npy");
    for (const KeptSkips skips : {KeptSkips::kProducts, KeptSkips::kSources, KeptSkips::kBalanced}) {
      SCOPED_TRACE(static_cast<int>(skips));
      const GoldenRun run = run_golden(width, options_for(KeptStorage::kFloat32, skips));
      EXPECT_TRUE(near(run.output, golden, kTolerance));
      EXPECT_LE(compare_pixels(run.face, golden).largest, 1);
      EXPECT_TRUE(near(run.once, golden, kTolerance));
      EXPECT_LE(run.working_bytes, std::size_t{25} << 20) << "working memory of one worker";
    }
  }
}

TEST(SplitGenerator, ComputesTheFirstSkipAgainForFarFewerBytes) {
  for (const double width : {1.0, 0.5}) {
    SCOPED_TRACE(width);
    const std::vector<float> golden = golden_floats(width == 1 ? "net/output_w1.npy" : "net/output_w0.5.npy");
    for (const KeptSkips skips : {KeptSkips::kSources, KeptSkips::kBalanced}) {
      SCOPED_TRACE(static_cast<int>(skips));
      SplitOptions options = options_for(KeptStorage::kScaled, skips);
      const std::size_t all = run_golden(width, options).kept_bytes;
      options.again = true;
      const GoldenRun run = run_golden(width, options);
      EXPECT_TRUE(near(run.output, golden, kTolerance));
      EXPECT_LE(compare_pixels(run.face, golden).largest, 1);
      EXPECT_LT(static_cast<double>(run.kept_bytes), 0.58 * static_cast<double>(all));
      EXPECT_EQ(all - run.kept_bytes, (width == 1 ? 32U : 16U) * (320 * 320 * 2 + 320 * 4));
    }
  }
}

TEST(SplitGenerator, KeptAsScaledRowsMovesNoPixelByMoreThanOne) {
  for (const KeptSkips skips : {KeptSkips::kProducts, KeptSkips::kSources, KeptSkips::kBalanced}) {
    SCOPED_TRACE(static_cast<int>(skips));
    const std::vector<float> golden = golden_floats("net/output_w1.npy");
    const GoldenRun run = run_golden(1, options_for(KeptStorage::kScaled, skips));
    float largest = 0;
    for (std::size_t i = 0; i < golden.size(); ++i)
      largest = std::max(largest, std::abs(run.output[i] - golden[i]));
    const Pixels pixels = compare_pixels(run.face, golden);
    RecordProperty("largest_difference", std::to_string(largest));
    RecordProperty("changed_pixels", pixels.changed);
    EXPECT_LE(pixels.largest, 1);
    EXPECT_LT(largest, kTolerance);
    if (std::getenv("FRAMEGEN_SHOW") != nullptr)
      std::printf(
          "largest difference %.2g, %d of %zu values changed, kept %.1f MiB, working %.1f MiB, image part "
          "%.1f MiB\n",
          largest, pixels.changed, golden.size(), run.kept_bytes / 1048576.0, run.working_bytes / 1048576.0,
          run.image_bytes / 1048576.0);
  }
}

}  // namespace
}  // namespace framegen::test
