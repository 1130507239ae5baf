// blend.cpp: template + (face − template) · weight, in eighths of a bit and rounded.
#include "pipeline/speaking/blend.hpp"

#include <algorithm>

namespace framegen {
namespace {

constexpr int kRampShare = 16;  // of the box's width

// Of the face at `at` in `length` pixels: falls off over `radius` pixels at both ends.
int edge_weight(int at, int length, int radius) {
  const int distance = std::min(at, length - 1 - at);
  return distance < 0 ? 0 : std::min(kWholeFace, kWholeFace * (distance + 1) / (radius + 1));
}

}  // namespace

void Blender::weigh_columns(const PreparedFrame& prepared, int radius) {
  column_weights_.resize(static_cast<std::size_t>(3 * prepared.area.width));
  const int left = prepared.box.x - prepared.area.x;
  for (int x = 0; x < prepared.area.width; ++x)
    std::fill_n(column_weights_.begin() + 3 * x, 3,
                radius == 0 ? kWholeFace : edge_weight(x - left, prepared.box.width, radius));
}

const Image* Blender::mix(const PreparedFrame& prepared, const Image& area, int weight) {
  if (weight == 0) return nullptr;
  if (weight == kWholeFace && blend_ == Blend::kReference) return &area;
  if (mixed_.empty()) {
    mixed_ = Image(largest_.width, largest_.height);
    column_weights_.reserve(static_cast<std::size_t>(3 * largest_.width));
  }
  mixed_.resize(area.width(), area.height());
  const int radius = blend_ == Blend::kReference ? 0 : prepared.box.width / kRampShare;
  weigh_columns(prepared, radius);
  const int top = prepared.box.y - prepared.area.y;
  for (int y = 0; y < area.height(); ++y) {
    const int row_weight = radius == 0 ? kWholeFace : edge_weight(y - top, prepared.box.height, radius);
    const std::uint8_t* face = area.view().row(y);
    const std::uint8_t* plain = prepared.bgr->view().row(prepared.area.y + y) + 3 * prepared.area.x;
    std::uint8_t* out = mixed_.view().row(y);
    for (int i = 0; i < 3 * area.width(); ++i) {
      const int w = std::min(row_weight, column_weights_[static_cast<std::size_t>(i)]) * weight / kWholeFace;
      out[i] = static_cast<std::uint8_t>((plain[i] * (kWholeFace - w) + face[i] * w + kWholeFace / 2) /
                                         kWholeFace);
    }
  }
  return &mixed_;
}

}  // namespace framegen
