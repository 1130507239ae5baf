// side_by_side.cpp: panels, bars, and OpenCV's line font.
#include "quality/side_by_side.hpp"

#include <algorithm>
#include <cassert>
#include <opencv2/imgproc.hpp>

namespace framegen {
namespace {

constexpr std::uint8_t kBarGrey = 32;
constexpr int kMinBar = 20;

}  // namespace

SideBySide::SideBySide(int width, int height, std::vector<std::string> labels)
    : panel_width_(width),
      panel_height_(height),
      bar_(std::max(kMinBar, height / 20)),
      labels_(std::move(labels)),
      canvas_(width * static_cast<int>(labels_.size()), height + 2 * bar_) {
  std::fill_n(canvas_.data(), canvas_.bytes(), kBarGrey);
  for (std::size_t i = 0; i < labels_.size(); ++i) write(static_cast<int>(i), 0, labels_[i]);
}

// Into the bar whose top is at `y`, cut at the panel's right edge.
void SideBySide::write(int panel, int y, const std::string& text) {
  const MutableImageView bar = canvas_.view().crop(panel * panel_width_, y, panel_width_, bar_);
  for (int row = 0; row < bar.height; ++row) std::fill_n(bar.row(row), 3 * bar.width, kBarGrey);
  cv::Mat target(bar.height, bar.width, CV_8UC3, bar.data, static_cast<std::size_t>(bar.stride));
  int baseline = 0;
  double scale = bar_ / 40.0;  // the font is 21 pixels high at scale 1
  const cv::Size size = cv::getTextSize(text, cv::FONT_HERSHEY_SIMPLEX, scale, 1, &baseline);
  const double room = bar.width - bar_ / 2.0;
  if (size.width > room && room > 0) scale *= room / size.width;
  cv::putText(target, text, {bar_ / 4, bar_ * 7 / 10}, cv::FONT_HERSHEY_SIMPLEX, scale, {235, 235, 235}, 1,
              cv::LINE_AA);
}

ImageView SideBySide::compose(std::span<const ImageView> pictures, std::span<const std::string> captions) {
  assert(pictures.size() == labels_.size() && captions.size() == labels_.size());
  for (std::size_t i = 0; i < pictures.size(); ++i) {
    const int panel = static_cast<int>(i);
    copy_pixels(pictures[i], canvas_.view().crop(panel * panel_width_, bar_, panel_width_, panel_height_));
    write(panel, bar_ + panel_height_, captions[i]);
  }
  return canvas_.view();
}

}  // namespace framegen
