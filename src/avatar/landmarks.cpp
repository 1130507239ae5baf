// landmarks.cpp: a SyncTalk_2D landmarks file → the face box of its frame (docs/reference.md §5).
#include "avatar/landmarks.hpp"

#include <cmath>
#include <utility>
#include <vector>

#include "core/decimal.hpp"

namespace framegen {
namespace {

// The three points that the box is made of: left cheek, right cheek, nose bridge.
constexpr std::size_t kLeft = 1, kRight = 31, kTop = 52;
constexpr float kFarthest = 1e6f;  // no picture is that large

Error landmark_error(const std::string& name, const std::string& what) {
  return {ErrorCode::kBadInput, name, what,
          "detect the landmarks of this frame again, or leave the frame out"};
}

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\r'; }

std::string_view trim(std::string_view text) {
  while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
  return text;
}

// Read as float32 and truncated: 214.99999999 is 215 in float32.
bool read_coordinate(std::string_view& text, int& value) {
  text = trim(text);
  const Decimal number = read_decimal(text);
  if (!number.ok) return false;
  text.remove_prefix(static_cast<std::size_t>(number.end - text.data()));
  const auto single = static_cast<float>(number.value);
  if (!(std::abs(single) <= kFarthest)) return false;  // NaN too
  value = static_cast<int>(single);
  return true;
}

bool read_point(std::string_view line, std::pair<int, int>& point) {
  std::string_view rest = line;
  if (!read_coordinate(rest, point.first) || rest.empty() || !is_blank(rest.front())) return false;
  return read_coordinate(rest, point.second) && trim(rest).empty();
}

Result<std::vector<std::pair<int, int>>> read_points(std::string_view text, const std::string& name) {
  std::vector<std::pair<int, int>> points;
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    if (trim(line).empty() && trim(text).empty()) break;  // a last line without a point
    std::pair<int, int> point;
    if (!read_point(line, point))
      return landmark_error(name, "line " + std::to_string(points.size() + 1) + " is not \"x y\" in pixels");
    points.push_back(point);
  }
  return points;
}

}  // namespace

Result<Rectangle> landmarks_box(std::string_view text, const std::string& name, int width, int height) {
  const auto points = FRAMEGEN_TRY(read_points(text, name));
  if (points.size() <= kTop)
    return landmark_error(name, "has " + std::to_string(points.size()) + " landmarks, at least " +
                                    std::to_string(kTop + 1) + " are needed");
  const int left = points[kLeft].first, right = points[kRight].first, top = points[kTop].second;
  const std::string where = "face box at x " + std::to_string(left) + ", y " + std::to_string(top);
  if (right <= left)
    return landmark_error(name, where + " is empty: landmark " + std::to_string(kRight) +
                                    " is not right of landmark " + std::to_string(kLeft));
  if (left < 0 || top < 0) return landmark_error(name, where + " begins left of or above the picture");
  if (left >= width || top >= height)
    return landmark_error(name, where + " lies outside the " + std::to_string(width) + "×" +
                                    std::to_string(height) + " picture");
  return Rectangle{left, top, right - left, right - left};
}

}  // namespace framegen
