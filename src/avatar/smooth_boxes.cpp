// smooth_boxes.cpp: a triangle over the frames round each box; the shaking that is left, from second
// differences.
#include "avatar/smooth_boxes.hpp"

#include <algorithm>
#include <cmath>

namespace framegen {
namespace {

Rectangle mean_round(std::span<const Rectangle> boxes, int centre, int reach) {
  const int first = std::max(0, centre - reach);
  const int last = std::min(static_cast<int>(boxes.size()) - 1, centre + reach);
  double weights = 0, x = 0, y = 0, width = 0, height = 0;
  for (int i = first; i <= last; ++i) {
    const Rectangle& box = boxes[static_cast<std::size_t>(i)];
    const double weight = reach + 1 - std::abs(i - centre);
    weights += weight;
    x += weight * box.x;
    y += weight * box.y;
    width += weight * box.width;
    height += weight * box.height;
  }
  const auto rounded = [&](double sum) { return static_cast<int>(std::lround(sum / weights)); };
  return {rounded(x), rounded(y), rounded(width), rounded(height)};
}

double square(double value) { return value * value; }

}  // namespace

std::vector<Rectangle> smooth_boxes(std::span<const Rectangle> boxes, int frames) {
  const int reach = std::max(0, frames / 2);
  std::vector<Rectangle> smooth;
  smooth.reserve(boxes.size());
  for (int i = 0; i < static_cast<int>(boxes.size()); ++i) smooth.push_back(mean_round(boxes, i, reach));
  return smooth;
}

double box_jitter(std::span<const Rectangle> boxes) {
  if (boxes.size() < 3) return 0;
  double sum = 0;
  for (std::size_t i = 1; i + 1 < boxes.size(); ++i) {
    const Rectangle &a = boxes[i - 1], &b = boxes[i], &c = boxes[i + 1];
    sum += square(a.x - 2 * b.x + c.x) + square(a.y - 2 * b.y + c.y) +
           square(a.x + a.width - 2 * (b.x + b.width) + c.x + c.width) +
           square(a.y + a.height - 2 * (b.y + b.height) + c.y + c.height);
  }
  // Noise of deviation σ has second differences of variance 6σ²; four edges are measured.
  return std::sqrt(sum / (4 * 6 * static_cast<double>(boxes.size() - 2)));
}

}  // namespace framegen
