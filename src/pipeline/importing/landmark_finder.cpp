// landmark_finder.cpp: square → points → face box, and the next frame's square round the points.
#include "pipeline/importing/landmark_finder.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <span>
#include <string>
#include <vector>

#include "core/image.hpp"
#include "face/resize.hpp"
#include "nn/load_network.hpp"

namespace framegen {
namespace {

constexpr std::int64_t kLargestInput = 1024;
constexpr std::int64_t kMostPoints = 2000;
constexpr int kSettle = 4;        // passes over the first frame, until the square fits the face
constexpr double kMargin = 1.5;   // the square's side, in sides of the points' own square
constexpr double kSmallest = 24;  // pixels: a smaller face is none that could be replaced

struct Point {
  double x = 0, y = 0;
};
struct Square {
  double x = 0, y = 0, side = 0;
};

// Left cheek, right cheek, nose bridge: of the numberings that detectors use, those that lie where
// SyncTalk_2D's 1, 31 and 52 of 110 lie (docs/reference.md §5).
struct Numbering {
  std::int64_t points;
  std::array<int, 3> which;
};
constexpr std::array<Numbering, 5> kNumberings{{{110, {1, 31, 52}},      // SyncTalk_2D's own
                                                {98, {1, 31, 52}},       // WFLW
                                                {68, {0, 16, 28}},       // iBUG
                                                {468, {234, 454, 6}},    // face mesh
                                                {478, {234, 454, 6}}}};  // face mesh with irises

Error not_usable(const std::filesystem::path& file, const std::string& what) {
  return {ErrorCode::kBadAvatar, file.string(), what,
          "give a network that takes [1,3,S,S] (R,G,B, 0…1) and gives x,y pairs (docs/import.md)"};
}

class LandmarkFinder : public FaceFinder {
 public:
  LandmarkFinder(const VideoFaces& faces, std::shared_ptr<const Network> network)
      : file_(faces.landmark_model), start_(faces.box), network_(std::move(network)) {}

  Status open(const std::optional<std::array<int, 3>>& points);
  Result<Rectangle> find(int frame, ImageView picture) override;
  int default_smoothing() const override { return 5; }

 private:
  Status look(ImageView picture, const Square& square);
  Square square_round_points() const;

  std::filesystem::path file_;
  std::optional<Rectangle> start_;
  std::shared_ptr<const Network> network_;
  std::unique_ptr<NetworkRunner> runner_;
  std::array<int, 3> which_{};
  Shape input_shape_, output_shape_;
  std::vector<float> input_, output_;
  std::vector<std::vector<float>> others_;  // outputs that nobody looks at
  std::vector<Shape> other_shapes_;
  Image sight_;
  std::vector<Point> points_;  // in the picture
  std::optional<Square> square_;
};

Status LandmarkFinder::open(const std::optional<std::array<int, 3>>& points) {
  const NetworkInfo& info = network_->info();
  if (info.inputs.size() != 1 || info.outputs.empty())
    return not_usable(file_, "has " + std::to_string(info.inputs.size()) + " inputs, expected one");
  input_shape_ = info.inputs[0].shape;
  const bool fits = input_shape_.size() == 4 && (input_shape_[0] < 0 || input_shape_[0] == 1) &&
                    input_shape_[1] == 3 && input_shape_[2] == input_shape_[3] && input_shape_[2] >= 16 &&
                    input_shape_[2] <= kLargestInput;
  if (!fits) return not_usable(file_, "its input is " + to_string(input_shape_) + ", expected [1,3,S,S]");
  for (std::size_t i = 0; i < info.outputs.size(); ++i) {
    Shape shape = info.outputs[i].shape;
    if (!shape.empty() && shape[0] < 0) shape[0] = 1;
    const bool fixed = std::all_of(shape.begin(), shape.end(), [](std::int64_t d) { return d > 0; });
    if (!fixed || element_count(shape) > (i == 0 ? 3 * kMostPoints : 1 << 24))
      return not_usable(file_, "its output '" + info.outputs[i].name + "' is " + to_string(shape));
    if (i == 0)
      output_shape_ = shape;
    else
      other_shapes_.push_back(shape);
  }
  const auto values = static_cast<std::int64_t>(element_count(output_shape_));
  if (values % 2 != 0 || values < 6)
    return not_usable(file_, "its output is " + to_string(output_shape_) + ", expected x,y pairs");
  input_shape_[0] = 1;
  const auto known = std::find_if(kNumberings.begin(), kNumberings.end(),
                                  [&](const Numbering& n) { return n.points == values / 2; });
  if (!points && known == kNumberings.end())
    return Error{
        ErrorCode::kBadUse, file_.string(),
        "gives " + std::to_string(values / 2) + " points, a numbering that is not known here",
        "say which are the left cheek, the right cheek and the nose bridge: --landmark-points L,R,N"};
  which_ = points ? *points : known->which;
  for (const int w : which_)
    if (w < 0 || w >= values / 2)
      return Error{ErrorCode::kBadUse, "--landmark-points",
                   "point " + std::to_string(w) + " is not among the " + std::to_string(values / 2) + " of " +
                       file_.string(),
                   "they count from 0"};
  runner_ = FRAMEGEN_TRY(network_->make_runner());
  input_.resize(element_count(input_shape_));
  output_.resize(static_cast<std::size_t>(values));
  for (const Shape& shape : other_shapes_) others_.emplace_back(element_count(shape));
  const int side = static_cast<int>(input_shape_[2]);
  sight_ = Image(side, side);
  points_.resize(output_.size() / 2);
  return {};
}

// The part of the square that lies in the picture, stretched; the points back in the picture's pixels.
Status LandmarkFinder::look(ImageView picture, const Square& square) {
  const int side =
      std::clamp(static_cast<int>(std::lround(square.side)), 1, std::min(picture.width, picture.height));
  const int x = std::clamp(static_cast<int>(std::lround(square.x)), 0, picture.width - side);
  const int y = std::clamp(static_cast<int>(std::lround(square.y)), 0, picture.height - side);
  const int size = sight_.width();
  FRAMEGEN_TRY(resize(picture.crop(x, y, side, side),
                      side > size ? Interpolation::kArea : Interpolation::kLinear, sight_.view()));
  const std::size_t plane = input_.size() / 3;
  for (std::size_t i = 0; i < plane; ++i)
    for (std::size_t c = 0; c < 3; ++c)
      input_[c * plane + i] = static_cast<float>(sight_.data()[3 * i + 2 - c]) / 255.0F;
  const std::array inputs{TensorView(input_shape_, input_)};
  std::vector<MutableTensorView> outputs{MutableTensorView(output_shape_, output_)};
  for (std::size_t i = 0; i < others_.size(); ++i) outputs.emplace_back(other_shapes_[i], others_[i]);
  FRAMEGEN_TRY(runner_->run(inputs, outputs));
  if (!std::all_of(output_.begin(), output_.end(), [](float v) { return std::isfinite(v); }))
    return not_usable(file_, "gives points that are no numbers");
  const bool pixels = std::any_of(output_.begin(), output_.end(), [](float v) { return std::abs(v) > 2; });
  const double scale = static_cast<double>(side) / (pixels ? size : 1);
  for (std::size_t k = 0; k < points_.size(); ++k)
    points_[k] = {x + scale * output_[2 * k], y + scale * output_[2 * k + 1]};
  return {};
}

Square LandmarkFinder::square_round_points() const {
  const auto [left, right] = std::minmax_element(points_.begin(), points_.end(),
                                                 [](const Point& a, const Point& b) { return a.x < b.x; });
  const auto [top, bottom] = std::minmax_element(points_.begin(), points_.end(),
                                                 [](const Point& a, const Point& b) { return a.y < b.y; });
  const double side = kMargin * std::max(right->x - left->x, bottom->y - top->y);
  return {(left->x + right->x - side) / 2, (top->y + bottom->y - side) / 2, side};
}

Result<Rectangle> LandmarkFinder::find(int frame, ImageView picture) {
  const std::string where = file_.string() + ": frame " + std::to_string(frame);
  int passes = 1;
  if (!square_) {
    passes = kSettle;
    const int side = std::min(picture.width, picture.height);
    const Rectangle start =
        start_.value_or(Rectangle{(picture.width - side) / 2, (picture.height - side) / 2, side, side});
    FRAMEGEN_TRY(check_box(start, picture.width, picture.height, "--box"));
    square_ =
        Square{static_cast<double>(start.x), static_cast<double>(start.y), static_cast<double>(start.width)};
  }
  for (int i = 0; i < passes; ++i) {
    FRAMEGEN_TRY(look(picture, *square_));
    square_ = square_round_points();
    if (!(square_->side >= kSmallest) || square_->side > 4.0 * std::max(picture.width, picture.height))
      return Error{ErrorCode::kBadInput, where, "shows no face that the network could follow",
                   "say where the face begins: --box x,y,size; or leave the frame out"};
  }
  const Point left = points_[static_cast<std::size_t>(which_[0])],
              right = points_[static_cast<std::size_t>(which_[1])],
              top = points_[static_cast<std::size_t>(which_[2])];
  const int x = static_cast<int>(std::floor(left.x)), y = static_cast<int>(std::floor(top.y));
  const int side = static_cast<int>(right.x) - x;
  FRAMEGEN_TRY(check_box({x, y, side, side}, picture.width, picture.height, where));
  return Rectangle{x, y, side, side};
}

}  // namespace

Result<std::unique_ptr<FaceFinder>> make_landmark_finder(const VideoFaces& faces) {
  auto network = FRAMEGEN_TRY(load_network(faces.landmark_model, NetworkChoice::kAuto));
  auto finder = std::make_unique<LandmarkFinder>(faces, std::move(network));
  FRAMEGEN_TRY(finder->open(faces.landmark_points));
  return std::unique_ptr<FaceFinder>(std::move(finder));
}

}  // namespace framegen
