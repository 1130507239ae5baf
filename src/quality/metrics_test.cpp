// metrics_test.cpp: numbers against hand-computed ones, against SSIM's definition, and against the ffmpeg
// program.
#include "quality/metrics.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <fstream>
#include <vector>

#include "quality/quality_fixture.hpp"

namespace framegen {
namespace {

class Metrics : public test::QualityTest {};

// SSIM as defined, window by window, nothing shared between windows.
double plain_ssim(ImageView a, ImageView b) {
  double total = 0;
  int windows = 0;
  for (int c = 0; c < 3; ++c)
    for (int y = 0; y + 8 <= a.height / 4 * 4; y += 4)
      for (int x = 0; x + 8 <= a.width / 4 * 4; x += 4) {
        double ma = 0, mb = 0, va = 0, vb = 0, cov = 0;
        const auto at = [&](ImageView v, int i) {
          return static_cast<double>(v.row(y + i / 8)[3 * (x + i % 8) + c]);
        };
        for (int i = 0; i < 64; ++i) ma += at(a, i) / 64, mb += at(b, i) / 64;
        for (int i = 0; i < 64; ++i) {
          va += (at(a, i) - ma) * (at(a, i) - ma) / 63;
          vb += (at(b, i) - mb) * (at(b, i) - mb) / 63;
          cov += (at(a, i) - ma) * (at(b, i) - mb) / 63;
        }
        const double c1 = 6.5025, c2 = 58.5225;
        total += (2 * ma * mb + c1) * (2 * cov + c2) / ((ma * ma + mb * mb + c1) * (va + vb + c2));
        ++windows;
      }
  return total / windows;
}

TEST_F(Metrics, IdenticalPicturesArePerfect) {
  const Image a = test::random_image(33, 21, 1);
  const auto m = compare_pictures(a, a);
  EXPECT_EQ(m.identical, 33 * 21);
  EXPECT_EQ(m.largest, 0);
  EXPECT_EQ(m.psnr_db(), std::numeric_limits<double>::infinity());
  EXPECT_NEAR(m.ssim, 1, 1e-12);
}

TEST_F(Metrics, OneChangedPixelIsFoundAndNamed) {
  const Image a = test::smooth_image(40, 30, 0);
  Image b(40, 30);
  copy_pixels(a, b);
  b.view().row(17)[3 * 23 + 1] += 1;  // green, by 1
  b.view().row(20)[3 * 5 + 2] += 10;  // red, by 10
  const auto m = compare_pictures(a, b);
  EXPECT_EQ(m.identical, 40 * 30 - 2);
  EXPECT_EQ(m.within_one, 40 * 30 - 1);
  EXPECT_EQ(m.largest, 10);
  EXPECT_EQ(m.largest_x, 5);
  EXPECT_EQ(m.largest_y, 20);
  EXPECT_EQ(m.squared_error, 101);
  EXPECT_NEAR(m.psnr_db(), 10 * std::log10(65025.0 * 3600 / 101), 1e-9);
  EXPECT_LT(m.ssim, 1);
}

TEST_F(Metrics, BlackAgainstWhiteIsTheWorst) {
  Image a(8, 8), b(8, 8);
  std::fill_n(a.data(), a.bytes(), std::uint8_t{0});
  std::fill_n(b.data(), b.bytes(), std::uint8_t{255});
  const auto m = compare_pictures(a, b);
  EXPECT_EQ(m.identical_share(), 0);
  EXPECT_EQ(m.largest, 255);
  EXPECT_NEAR(m.psnr_db(), 0, 1e-12);
  EXPECT_NEAR(m.ssim, 6.5025 / (65025 + 6.5025), 1e-9);
}

TEST_F(Metrics, SsimIsItsDefinition) {
  for (const auto& [width, height] : {std::pair{8, 8}, {64, 48}, {37, 29}, {12, 8}}) {
    SCOPED_TRACE(width);
    const Image a = test::smooth_image(width, height, 0), b = test::smooth_image(width, height, 3),
                noise = test::random_image(width, height, 1);
    EXPECT_NEAR(compare_pictures(a, b).ssim, plain_ssim(a, b), 1e-9);
    EXPECT_NEAR(compare_pictures(a, noise).ssim, plain_ssim(a, noise), 1e-9);
  }
  const Image tiny = test::smooth_image(7, 20, 0);
  EXPECT_TRUE(std::isnan(compare_pictures(tiny, tiny).ssim));
}

TEST_F(Metrics, ARegionIsTheCropOfBoth) {
  const Image a = test::smooth_image(40, 30, 0), b = test::smooth_image(40, 30, 1);
  Image pa(16, 12), pb(16, 12);
  copy_pixels(a.view().crop(7, 5, 16, 12), pa);
  copy_pixels(b.view().crop(7, 5, 16, 12), pb);
  const auto region = compare_pictures(a.view().crop(7, 5, 16, 12), b.view().crop(7, 5, 16, 12)),
             cut = compare_pictures(pa, pb);
  EXPECT_EQ(region.squared_error, cut.squared_error);
  EXPECT_EQ(region.ssim, cut.ssim);
}

TEST_F(Metrics, ASumNamesTheWorstFrame) {
  const Image a = test::smooth_image(16, 16, 0);
  Image slight(16, 16), spot(16, 16);
  copy_pixels(a, slight);
  copy_pixels(a, spot);
  for (std::size_t i = 0; i < slight.bytes(); ++i) slight.data()[i] += 3;  // everywhere a little
  spot.data()[0] += 20;                                                    // one value by much
  MetricsSum sum;
  EXPECT_FALSE(sum.worst_frame().has_value());
  sum.add(0, compare_pictures(a, a));
  EXPECT_FALSE(sum.worst_frame().has_value());
  sum.add(1, compare_pictures(a, spot));
  sum.add(2, compare_pictures(a, slight));
  EXPECT_EQ(sum.worst_frame(), 2);
  EXPECT_EQ(sum.largest_frame(), 1);
  const auto total = sum.total();
  EXPECT_EQ(total.largest, 20);
  EXPECT_EQ(total.pixels, 3 * 256);
  EXPECT_EQ(total.identical, 256 + 255);
  EXPECT_NEAR(total.mean_squared_error(), (400 + 9.0 * 768) / (3 * 768), 1e-12);
}

TEST_F(Metrics, OfFramesThatAreEquallyBadTheFirstIsNamed) {
  const Image a = test::smooth_image(16, 16, 0);
  Image spot(16, 16);
  copy_pixels(a, spot);
  spot.data()[0] += 20;
  MetricsSum sum;
  for (const std::int64_t frame : {4, 5}) sum.add(frame, compare_pictures(a, spot));
  EXPECT_EQ(sum.largest_frame(), 4);
  EXPECT_EQ(sum.worst_frame(), 4);
}

TEST_F(Metrics, TheHeatmapIsDimWhereEqualAndGlowsWhereNot) {
  const Image a = test::smooth_image(4, 4, 0);
  Image b(4, 4), map(4, 4);
  copy_pixels(a, b);
  b.data()[0] += 1;
  b.data()[3] ^= 255;
  draw_heatmap(a, b, map);
  EXPECT_EQ(map.data()[0], 255);  // blue
  EXPECT_EQ(map.data()[2], 0);
  EXPECT_GT(map.data()[5], 200);  // red at least
  EXPECT_EQ(map.data()[6], map.data()[7]);
  EXPECT_EQ(map.data()[6], (a.data()[6] + 2 * a.data()[7] + a.data()[8]) / 16);
}

// "key:12.34" in a line of FFmpeg's statistics.
double value_of(const std::string& line, const std::string& key) {
  const std::size_t at = line.find(" " + key + ":");
  return at == std::string::npos ? -1 : std::strtod(line.c_str() + at + key.size() + 2, nullptr);
}

TEST_F(Metrics, AgreeWithFfmpegsPsnrAndSsimFilters) {
  if (!ffmpeg_is_there()) GTEST_SKIP() << "the ffmpeg program is not installed";
  constexpr int kFrames = 4;
  std::vector<PictureMetrics> ours;
  for (int i = 0; i < kFrames; ++i) {
    const Image a = test::smooth_image(67, 50, i);
    Image b(67, 50);
    copy_pixels(a, b);
    const auto noise = test::random_bytes(b.bytes(), static_cast<std::uint64_t>(i));
    for (std::size_t k = 0; k < b.bytes(); ++k)
      b.data()[k] = static_cast<std::uint8_t>(b.data()[k] + noise[k] % (1 + 8 * i));
    test::write_png(folder_ / ("a" + std::to_string(i) + ".png"), a);
    test::write_png(folder_ / ("b" + std::to_string(i) + ".png"), b);
    ours.push_back(compare_pictures(a, b));
  }
  const std::string at = folder_.string() + "/";
  for (const std::string filter : {"psnr", "ssim"})
    ASSERT_TRUE(run("ffmpeg -i " + at + "a%d.png -i " + at +
                    "b%d.png -lavfi '[0]format=gbrp[a];[1]format=gbrp[b];[a][b]" + filter +
                    "=stats_file=" + at + filter + ".txt' -f null -"));
  std::ifstream psnr(folder_ / "psnr.txt"), ssim(folder_ / "ssim.txt");
  for (int i = 0; i < kFrames; ++i) {
    SCOPED_TRACE(i);
    const auto& m = ours[static_cast<std::size_t>(i)];
    std::string line;
    ASSERT_TRUE(std::getline(psnr, line));
    EXPECT_NEAR(value_of(line, "mse_avg"), m.mean_squared_error(), 0.00501);  // printed with two decimals
    if (i > 0) {
      EXPECT_NEAR(value_of(line, "psnr_avg"), m.psnr_db(), 0.00501);
    }
    ASSERT_TRUE(std::getline(ssim, line));
    EXPECT_NEAR(value_of(line, "All"), m.ssim, 1e-5);  // single precision, printed with six decimals
  }
}

}  // namespace
}  // namespace framegen
