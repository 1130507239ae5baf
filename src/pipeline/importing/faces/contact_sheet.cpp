// contact_sheet.cpp: small pictures in four columns, lines round the face.
#include "pipeline/importing/faces/contact_sheet.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <system_error>

#include "face/resize.hpp"
#include "sink/image_sink.hpp"

namespace framegen {
namespace {

constexpr int kColumns = 4, kMost = 12, kSmallWidth = 320, kLine = 3;
using Colour = std::array<std::uint8_t, 3>;  // B,G,R
constexpr Colour kUsed{80, 220, 80}, kLost{60, 60, 230};

void evenly(const std::vector<int>& from, std::size_t count, std::vector<int>& to) {
  count = std::min(count, from.size());
  for (std::size_t i = 0; i < count; ++i)
    to.push_back(from[count == 1 ? 0 : i * (from.size() - 1) / (count - 1)]);
}

// Four lines inside the rectangle, cut at the picture's edges.
void frame(MutableImageView picture, const Rectangle& at, const Colour& colour) {
  const int right = std::min(at.x + at.width, picture.width),
            bottom = std::min(at.y + at.height, picture.height);
  for (int y = std::max(0, at.y); y < bottom; ++y)
    for (int x = std::max(0, at.x); x < right; ++x) {
      const bool edge = x < at.x + kLine || y < at.y + kLine || x >= at.x + at.width - kLine ||
                        y >= at.y + at.height - kLine;
      if (edge) std::copy(colour.begin(), colour.end(), picture.row(y) + std::ptrdiff_t{3} * x);
    }
}

}  // namespace

ContactSheet::ContactSheet(const std::vector<int>& used, const std::vector<int>& lost) {
  const auto of_lost = std::min<std::size_t>(kMost / 3, lost.size());
  evenly(used, kMost - of_lost, frames_);
  evenly(lost, of_lost, frames_);
  std::sort(frames_.begin(), frames_.end());
  frames_.erase(std::unique(frames_.begin(), frames_.end()), frames_.end());
}

Status ContactSheet::look(int number, ImageView picture, const Rectangle* box) {
  if (shown_ >= frames_.size() || frames_[shown_] != number) return {};
  const double scale = static_cast<double>(kSmallWidth) / picture.width;
  if (sheet_.empty()) {
    width_ = kSmallWidth;
    height_ = std::max(1, static_cast<int>(std::lround(scale * picture.height)));
    const int count = static_cast<int>(frames_.size()), columns = std::min(kColumns, count);
    sheet_ = Image(columns * width_, (count + columns - 1) / columns * height_);
    std::fill_n(sheet_.data(), sheet_.bytes(), std::uint8_t{0});
  }
  const int place = static_cast<int>(shown_++);
  MutableImageView small =
      sheet_.view().crop(place % kColumns * width_, place / kColumns * height_, width_, height_);
  FRAMEGEN_TRY(resize(picture, scale < 1 ? Interpolation::kArea : Interpolation::kLinear, small));
  if (box == nullptr) {
    frame(small, {0, 0, width_, height_}, kLost);
    return {};
  }
  const auto scaled = [&](int v) { return static_cast<int>(std::lround(scale * v)); };
  frame(small, {scaled(box->x), scaled(box->y), scaled(box->width), scaled(box->height)}, kUsed);
  return {};
}

Status ContactSheet::write(const std::filesystem::path& file) const {
  if (sheet_.empty()) return {};
  const auto folder = file.parent_path() / (file.stem().string() + ".partial");
  {
    ImageSink sink(folder, {.picture_format = PictureFormat::kJpeg, .jpeg_quality = 90});
    FRAMEGEN_TRY(sink.begin({.width = sheet_.width(), .height = sheet_.height()}));
    SinkFrame frame;
    frame.bgr = sheet_.view();
    FRAMEGEN_TRY(sink.write(frame));
    FRAMEGEN_TRY(sink.finish());
  }
  std::error_code failed;
  std::filesystem::rename(folder / "frame_000000.jpg", file, failed);
  if (failed)
    return Error{ErrorCode::kBadOutput, file.string(), "cannot be written: " + failed.message(),
                 "choose another folder"};
  std::filesystem::remove_all(folder, failed);
  return {};
}

}  // namespace framegen
