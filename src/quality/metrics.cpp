// metrics.cpp: counting, PSNR and SSIM of picture pairs.
#include "quality/metrics.hpp"

#include <algorithm>
#include <array>
#include <cassert>
#include <cmath>
#include <cstdlib>
#include <limits>
#include <utility>
#include <vector>

namespace framegen {
namespace {

constexpr int kBlock = 4;                          // windows of 2×2 blocks overlap by half
constexpr double kWindow = 4.0 * kBlock * kBlock;  // pixels in a window
constexpr double kC1 = 0.01 * 255 * 0.01 * 255;
constexpr double kC2 = 0.03 * 255 * 0.03 * 255;

// Sums over one 4×4 block of one channel: at most 16·255² each, and four blocks still fit.
struct Sums {
  std::int32_t a = 0, b = 0, aa_bb = 0, ab = 0;
  Sums& operator+=(const Sums& o) {
    a += o.a;
    b += o.b;
    aa_bb += o.aa_bb;
    ab += o.ab;
    return *this;
  }
};
using BlockRow = std::vector<std::array<Sums, 3>>;

void sum_blocks(ImageView a, ImageView b, int block_y, BlockRow& out) {
  for (std::size_t i = 0; i < out.size(); ++i) {
    std::array<Sums, 3> sums{};
    for (int y = 0; y < kBlock; ++y) {
      const std::uint8_t* p = a.row(block_y * kBlock + y) + i * kBlock * 3;
      const std::uint8_t* q = b.row(block_y * kBlock + y) + i * kBlock * 3;
      for (int x = 0; x < kBlock; ++x)
        for (std::size_t c = 0; c < 3; ++c, ++p, ++q) sums[c] += Sums{*p, *q, *p * *p + *q * *q, *p * *q};
    }
    out[i] = sums;
  }
}

double ssim_of_window(Sums s) {
  const double mean_a = s.a / kWindow, mean_b = s.b / kWindow;
  const double variances = (s.aa_bb - kWindow * (mean_a * mean_a + mean_b * mean_b)) / (kWindow - 1);
  const double covariance = (s.ab - kWindow * mean_a * mean_b) / (kWindow - 1);
  return (2 * mean_a * mean_b + kC1) * (2 * covariance + kC2) /
         ((mean_a * mean_a + mean_b * mean_b + kC1) * (variances + kC2));
}

double ssim_of_picture(ImageView a, ImageView b) {
  const int columns = a.width / kBlock, rows = a.height / kBlock;
  if (columns < 2 || rows < 2) return std::numeric_limits<double>::quiet_NaN();
  BlockRow above(static_cast<std::size_t>(columns)), below(static_cast<std::size_t>(columns));
  sum_blocks(a, b, 0, above);
  double total = 0;
  for (int y = 1; y < rows; ++y) {
    sum_blocks(a, b, y, below);
    for (std::size_t x = 1; x < below.size(); ++x)
      for (std::size_t c = 0; c < 3; ++c) {
        Sums window = above[x - 1][c];
        window += above[x][c];
        window += below[x - 1][c];
        window += below[x][c];
        total += ssim_of_window(window);
      }
    std::swap(above, below);
  }
  return total / (3.0 * (columns - 1) * (rows - 1));
}

void count_row(ImageView a, ImageView b, int y, PictureMetrics& m) {
  const std::uint8_t* p = a.row(y);
  const std::uint8_t* q = b.row(y);
  std::int64_t identical = 0, within_one = 0, squared = 0;
  for (int x = 0; x < a.width; ++x, p += 3, q += 3) {
    const int d0 = std::abs(p[0] - q[0]), d1 = std::abs(p[1] - q[1]), d2 = std::abs(p[2] - q[2]);
    const int largest = std::max({d0, d1, d2});
    identical += largest == 0 ? 1 : 0;
    within_one += largest <= 1 ? 1 : 0;
    squared += d0 * d0 + d1 * d1 + d2 * d2;
    if (largest > m.largest) {
      m.largest = largest;
      m.largest_x = x;
      m.largest_y = y;
    }
  }
  m.identical += identical;
  m.within_one += within_one;
  m.squared_error += static_cast<double>(squared);
}

}  // namespace

double PictureMetrics::mean_squared_error() const {
  return pixels == 0 ? 0 : squared_error / (3 * static_cast<double>(pixels));
}

double PictureMetrics::psnr_db() const { return 10 * std::log10(255.0 * 255.0 / mean_squared_error()); }

PictureMetrics compare_pictures(ImageView a, ImageView b) {
  assert(a.width == b.width && a.height == b.height);
  PictureMetrics m;
  m.pixels = std::int64_t{a.width} * a.height;
  for (int y = 0; y < a.height; ++y) count_row(a, b, y, m);
  m.ssim = ssim_of_picture(a, b);
  return m;
}

void MetricsSum::add(std::int64_t frame, const PictureMetrics& m) {
  if (m.largest > sum_.largest) {
    sum_.largest = m.largest;
    sum_.largest_x = m.largest_x;
    sum_.largest_y = m.largest_y;
    largest_frame_ = frame;
  }
  if (m.mean_squared_error() > worst_error_) {
    worst_error_ = m.mean_squared_error();
    worst_frame_ = frame;
  }
  sum_.pixels += m.pixels;
  sum_.identical += m.identical;
  sum_.within_one += m.within_one;
  sum_.squared_error += m.squared_error;
  ssim_sum_ += m.ssim;
  ++frames_;
}

PictureMetrics MetricsSum::total() const {
  PictureMetrics total = sum_;
  if (frames_ > 0) total.ssim = ssim_sum_ / static_cast<double>(frames_);
  return total;
}

std::optional<std::int64_t> MetricsSum::worst_frame() const { return worst_frame_; }

}  // namespace framegen
