// face_detector.cpp: picture → 128×128 with black bars → 896 anchors → boxes in the picture's pixels.
#include "pipeline/importing/faces/face_detector.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <string>

#include "face/resize.hpp"
#include "nn/load_network.hpp"

namespace framegen {
namespace {

constexpr int kDetectorSide = 128;    // pixels a side
constexpr std::size_t kNumbers = 16;  // per anchor: centre, size, six points of which the first two are eyes
constexpr double kSurest = 100;       // scores are cut off there, before the sigmoid
constexpr double kLeastScore = 0.5, kSameFace = 0.3;

Error not_ours(const std::filesystem::path& file, const std::string& what) {
  return {ErrorCode::kBadAvatar, file.string(), what, "put back the face detector that framegen came with"};
}

double score_of(float logit) { return 1 / (1 + std::exp(-std::clamp<double>(logit, -kSurest, kSurest))); }

// Boxes of one face, weighted by their scores.
FaceDetection mean(const std::vector<FaceDetection>& all) {
  FaceDetection sum;
  double weights = 0;
  const auto add = [](FacePoint& to, const FacePoint& from, double w) {
    to.x += w * from.x;
    to.y += w * from.y;
  };
  for (const FaceDetection& one : all) {
    weights += one.score;
    add(sum.centre, one.centre, one.score);
    add(sum.first_eye, one.first_eye, one.score);
    add(sum.second_eye, one.second_eye, one.score);
    sum.width += one.score * one.width;
    sum.height += one.score * one.height;
    sum.score = std::max(sum.score, one.score);
  }
  for (FacePoint* point : {&sum.centre, &sum.first_eye, &sum.second_eye})
    *point = {point->x / weights, point->y / weights};
  sum.width /= weights;
  sum.height /= weights;
  return sum;
}

std::vector<FaceDetection> each_once(std::vector<FaceDetection> found) {
  std::stable_sort(found.begin(), found.end(),
                   [](const FaceDetection& a, const FaceDetection& b) { return a.score > b.score; });
  std::vector<FaceDetection> faces;
  while (!found.empty()) {
    const FaceDetection surest = found.front();
    const auto others = std::stable_partition(found.begin(), found.end(), [&](const FaceDetection& other) {
      return overlap(surest, other) > kSameFace;
    });
    if (others == found.begin()) break;  // a box that does not even overlap itself: no number
    faces.push_back(mean({found.begin(), others}));
    found.erase(found.begin(), others);
  }
  return faces;
}

}  // namespace

double overlap(const FaceDetection& a, const FaceDetection& b) {
  const auto along = [](double at, double size, double other_at, double other_size) {
    return std::max(0.0, std::min(at + size / 2, other_at + other_size / 2) -
                             std::max(at - size / 2, other_at - other_size / 2));
  };
  const double both =
      along(a.centre.x, a.width, b.centre.x, b.width) * along(a.centre.y, a.height, b.centre.y, b.height);
  const double together = a.width * a.height + b.width * b.height - both;
  return together > 0 ? both / together : 0;
}

Result<FaceDetector> FaceDetector::open(const std::filesystem::path& file) {
  FaceDetector detector;
  detector.network_ = FRAMEGEN_TRY(load_network(file, NetworkChoice::kAuto));
  const NetworkInfo& info = detector.network_->info();
  if (info.inputs.size() != 1 || info.inputs[0].shape != Shape{1, 3, kDetectorSide, kDetectorSide} ||
      info.outputs.size() != 4)
    return not_ours(file, "is no face detector");
  for (std::size_t i = 0; i < info.outputs.size(); ++i) {
    const auto& [name, shape] = info.outputs[i];
    Outputs& outputs = name.ends_with("16") ? detector.near_ : detector.far_;
    const bool scores = name.starts_with("scores");
    outputs.grid = &outputs == &detector.near_ ? 16 : 8;
    outputs.anchors = &outputs == &detector.near_ ? 2 : 6;
    const std::int64_t channels = outputs.anchors * (scores ? 1 : static_cast<int>(kNumbers));
    if (shape != Shape{1, channels, outputs.grid, outputs.grid})
      return not_ours(file, "its output '" + name + "' is " + to_string(shape));
    (scores ? outputs.scores_at : outputs.boxes_at) = i;
    (scores ? outputs.scores : outputs.boxes).resize(element_count(shape));
  }
  detector.input_.resize(std::size_t{3} * kDetectorSide * kDetectorSide);
  detector.runner_ = FRAMEGEN_TRY(detector.network_->make_runner());
  return detector;
}

Status FaceDetector::look(ImageView picture, const Rectangle& area) {
  const double scale = static_cast<double>(kDetectorSide) / std::max(area.width, area.height);
  const int width = std::max(1, static_cast<int>(std::lround(scale * area.width))),
            height = std::max(1, static_cast<int>(std::lround(scale * area.height)));
  sight_.resize(width, height);
  FRAMEGEN_TRY(resize(picture.crop(area.x, area.y, area.width, area.height),
                      scale < 1 ? Interpolation::kArea : Interpolation::kLinear, sight_.view()));
  std::fill(input_.begin(), input_.end(), -1.0F);  // black
  const int left = (kDetectorSide - width) / 2, top = (kDetectorSide - height) / 2;
  for (int y = 0; y < height; ++y)
    for (int x = 0; x < width; ++x)
      for (int c = 0; c < 3; ++c)  // B,G,R → planes of R,G,B
        input_[static_cast<std::size_t>(((2 - c) * kDetectorSide + top + y) * kDetectorSide + left + x)] =
            static_cast<float>(sight_.view().row(y)[3 * x + c]) / 127.5F - 1;
  const NetworkInfo& info = network_->info();
  const TensorView input(info.inputs[0].shape, input_);
  std::array<MutableTensorView, 4> outputs;
  for (Outputs* part : {&near_, &far_}) {
    outputs[part->scores_at] = {info.outputs[part->scores_at].shape, part->scores};
    outputs[part->boxes_at] = {info.outputs[part->boxes_at].shape, part->boxes};
  }
  return runner_->run({&input, 1}, outputs);
}

// In pixels of the network's input.
void FaceDetector::read(const Outputs& outputs, std::vector<FaceDetection>& found) const {
  const auto cells = static_cast<std::size_t>(outputs.grid * outputs.grid);
  const double pitch = static_cast<double>(kDetectorSide) / outputs.grid;
  for (std::size_t anchor = 0; anchor < static_cast<std::size_t>(outputs.anchors); ++anchor)
    for (std::size_t cell = 0; cell < cells; ++cell) {
      const double score = score_of(outputs.scores[anchor * cells + cell]);
      if (!(score >= kLeastScore)) continue;
      const auto number = [&](std::size_t k) -> double {
        return outputs.boxes[(anchor * kNumbers + k) * cells + cell];
      };
      const double x = (static_cast<double>(cell % static_cast<std::size_t>(outputs.grid)) + 0.5) * pitch,
                   y = (static_cast<double>(cell / static_cast<std::size_t>(outputs.grid)) + 0.5) * pitch;
      FaceDetection face;
      face.centre = {x + number(0), y + number(1)};
      face.width = number(2);
      face.height = number(3);
      face.first_eye = {x + number(4), y + number(5)};
      face.second_eye = {x + number(6), y + number(7)};
      face.score = score;
      if (face.width > 0 && face.height > 0) found.push_back(face);
    }
}

Result<std::vector<FaceDetection>> FaceDetector::find(ImageView picture, const Rectangle& area) {
  FRAMEGEN_TRY(look(picture, area));
  std::vector<FaceDetection> found;
  read(near_, found);
  read(far_, found);
  found = each_once(std::move(found));
  const int left = (kDetectorSide - sight_.width()) / 2, top = (kDetectorSide - sight_.height()) / 2;
  const double scale_x = static_cast<double>(area.width) / sight_.width(),
               scale_y = static_cast<double>(area.height) / sight_.height();
  for (FaceDetection& face : found) {
    for (FacePoint* point : {&face.centre, &face.first_eye, &face.second_eye})
      *point = {area.x + (point->x - left) * scale_x, area.y + (point->y - top) * scale_y};
    face.width *= scale_x;
    face.height *= scale_y;
  }
  return found;
}

}  // namespace framegen
