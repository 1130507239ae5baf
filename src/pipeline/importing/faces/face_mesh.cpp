// face_mesh.cpp: a turned square of the picture → 192×192 → points, back in the picture.
#include "pipeline/importing/faces/face_mesh.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <string>

#include "face/resize.hpp"
#include "nn/load_network.hpp"

namespace framegen {
namespace {

constexpr int kMeshSide = 192;       // pixels a side
constexpr double kFaceMargin = 1.5;  // the square's side, in sides of the face
constexpr double kShrinkFrom = 2;    // a square of so many times the input's side is made smaller first

double distance(const FaceMeshPoint& a, const FaceMeshPoint& b) { return std::hypot(a.x - b.x, a.y - b.y); }

// The pixel at x, y between pixel centres; beyond the edge it is the edge's.
std::array<float, 3> sample(ImageView from, double x, double y) {
  x = std::clamp(x - 0.5, 0.0, from.width - 1.0);
  y = std::clamp(y - 0.5, 0.0, from.height - 1.0);
  const int left = static_cast<int>(x), top = static_cast<int>(y);
  const auto fx = static_cast<float>(x - left), fy = static_cast<float>(y - top);
  const std::ptrdiff_t right = left + 1 < from.width ? 3 : 0;
  const std::uint8_t* above = from.row(top) + std::ptrdiff_t{3} * left;
  const std::uint8_t* below = top + 1 < from.height ? above + from.stride : above;
  std::array<float, 3> bgr{};
  for (std::ptrdiff_t c = 0; c < 3; ++c) {
    const auto blend = [&](const std::uint8_t* row) {
      return static_cast<float>(row[c]) +
             fx * (static_cast<float>(row[right + c]) - static_cast<float>(row[c]));
    };
    bgr[static_cast<std::size_t>(c)] = blend(above) + fy * (blend(below) - blend(above));
  }
  return bgr;
}

}  // namespace

double FacePoints::eye_distance() const {
  return distance(all[mesh_point::kLeftEye], all[mesh_point::kRightEye]);
}

double FacePoints::lip_opening() const {
  const double height = distance(all[mesh_point::kForehead], all[mesh_point::kChin]);
  return height > 0 ? distance(all[mesh_point::kUpperLip], all[mesh_point::kLowerLip]) / height : 0;
}

double FacePoints::lip_width() const {
  const double eyes = eye_distance();
  return eyes > 0 ? distance(all[mesh_point::kLeftLipCorner], all[mesh_point::kRightLipCorner]) / eyes : 0;
}

double FacePoints::yaw_degrees() const {
  const FaceMeshPoint &left = all[mesh_point::kLeftCheek], &right = all[mesh_point::kRightCheek];
  return std::atan2(right.z - left.z, distance(left, right)) * 180 / std::numbers::pi;
}

FaceDetection FacePoints::box() const {
  const auto [left, right] = std::minmax_element(
      all.begin(), all.end(), [](const FaceMeshPoint& a, const FaceMeshPoint& b) { return a.x < b.x; });
  const auto [top, bottom] = std::minmax_element(
      all.begin(), all.end(), [](const FaceMeshPoint& a, const FaceMeshPoint& b) { return a.y < b.y; });
  FaceDetection face;
  face.centre = {(left->x + right->x) / 2, (top->y + bottom->y) / 2};
  face.width = right->x - left->x;
  face.height = bottom->y - top->y;
  face.first_eye = {all[mesh_point::kLeftEye].x, all[mesh_point::kLeftEye].y};
  face.second_eye = {all[mesh_point::kRightEye].x, all[mesh_point::kRightEye].y};
  face.score = 1;
  return face;
}

FaceSquare square_round(const FaceDetection& face) {
  return {face.centre, kFaceMargin * face.side(),
          std::atan2(face.second_eye.y - face.first_eye.y, face.second_eye.x - face.first_eye.x)};
}
FaceSquare square_round(const FacePoints& points) { return square_round(points.box()); }

Result<FaceMesh> FaceMesh::open(const std::filesystem::path& file) {
  FaceMesh mesh;
  mesh.network_ = FRAMEGEN_TRY(load_network(file, NetworkChoice::kAuto));
  const NetworkInfo& info = mesh.network_->info();
  const auto is_points = [](const TensorInfo& output) {
    return element_count(output.shape) == 3 * mesh_point::kCount;
  };
  const auto found = std::find_if(info.outputs.begin(), info.outputs.end(), is_points);
  if (info.inputs.size() != 1 || info.inputs[0].shape != Shape{1, 3, kMeshSide, kMeshSide} ||
      info.outputs.size() != 2 || found == info.outputs.end())
    return Error{ErrorCode::kBadAvatar, file.string(), "is no face mesh of 468 points",
                 "put back the one that framegen came with"};
  mesh.points_at_ = static_cast<std::size_t>(found - info.outputs.begin());
  if (element_count(info.outputs[1 - mesh.points_at_].shape) != 1)
    return Error{ErrorCode::kBadAvatar, file.string(), "does not say whether there is a face",
                 "put back the one that framegen came with"};
  mesh.input_.resize(std::size_t{3} * kMeshSide * kMeshSide);
  mesh.output_.resize(3 * mesh_point::kCount);
  mesh.runner_ = FRAMEGEN_TRY(mesh.network_->make_runner());
  return mesh;
}

// A face of a thousand pixels must not be looked at through every fifth of them.
Status FaceMesh::shrink(ImageView picture, const FaceSquare& square) {
  source_ = picture;
  origin_ = {};
  scale_x_ = scale_y_ = 1;
  const double times = std::floor(square.side / kMeshSide);
  if (times < kShrinkFrom) return {};
  const double reach = square.side * std::numbers::sqrt2 / 2;  // whichever way it is turned
  const auto inside = [](double v, int size) {
    return static_cast<int>(std::clamp(v, 0.0, static_cast<double>(size)));
  };
  const int left = inside(square.centre.x - reach, picture.width),
            top = inside(square.centre.y - reach, picture.height);
  const int width = inside(square.centre.x + reach + 1, picture.width) - left,
            height = inside(square.centre.y + reach + 1, picture.height) - top;
  if (width < times || height < times) return {};  // the square lies outside: its edge is all there is
  small_.resize(static_cast<int>(width / times), static_cast<int>(height / times));
  FRAMEGEN_TRY(resize(picture.crop(left, top, width, height), Interpolation::kArea, small_.view()));
  source_ = small_.view();
  origin_ = {static_cast<double>(left), static_cast<double>(top)};
  scale_x_ = static_cast<double>(small_.width()) / width;
  scale_y_ = static_cast<double>(small_.height()) / height;
  return {};
}

Status FaceMesh::fit(ImageView picture, const FaceSquare& square, FacePoints& points) {
  if (!(square.side >= 1) || square.side > 64.0 * std::max(picture.width, picture.height) ||
      !std::isfinite(square.centre.x + square.centre.y + square.angle))
    return Error{ErrorCode::kBadInput, "face mesh", "was given a square without a size", ""};
  FRAMEGEN_TRY(shrink(picture, square));
  const double step = square.side / kMeshSide, along = step * std::cos(square.angle),
               across = step * std::sin(square.angle);
  const auto place = [&](double u, double v) {  // of the input, from its middle → in the picture
    return FacePoint{square.centre.x + along * u - across * v, square.centre.y + across * u + along * v};
  };
  constexpr std::size_t kPlane = std::size_t{kMeshSide} * kMeshSide;
  for (int v = 0; v < kMeshSide; ++v)
    for (int u = 0; u < kMeshSide; ++u) {
      const FacePoint at = place(u + 0.5 - kMeshSide / 2, v + 0.5 - kMeshSide / 2);
      const auto bgr = sample(source_, (at.x - origin_.x) * scale_x_, (at.y - origin_.y) * scale_y_);
      for (std::size_t c = 0; c < 3; ++c)
        input_[c * kPlane + static_cast<std::size_t>(v * kMeshSide + u)] = bgr[2 - c] / 255.0F;
    }
  const NetworkInfo& info = network_->info();
  const TensorView input(info.inputs[0].shape, input_);
  std::array<MutableTensorView, 2> outputs;
  outputs[points_at_] = {info.outputs[points_at_].shape, output_};
  outputs[1 - points_at_] = {info.outputs[1 - points_at_].shape, {&presence_, 1}};
  FRAMEGEN_TRY(runner_->run({&input, 1}, outputs));
  for (std::size_t i = 0; i < mesh_point::kCount; ++i) {
    const FacePoint at = place(output_[3 * i] - kMeshSide / 2.0, output_[3 * i + 1] - kMeshSide / 2.0);
    points.all[i] = {at.x, at.y, step * output_[3 * i + 2]};
  }
  points.presence = 1 / (1 + std::exp(-static_cast<double>(presence_)));
  return {};
}

Status FaceMesh::fit(ImageView picture, const FaceDetection& face, FacePoints& points) {
  FRAMEGEN_TRY(fit(picture, square_round(face), points));
  if (points.presence < 0.5) return {};
  return fit(picture, square_round(points), points);
}

}  // namespace framegen
