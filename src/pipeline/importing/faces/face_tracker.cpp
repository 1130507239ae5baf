// face_tracker.cpp: each known face is fitted where it was; the picture is searched for others now and then.
#include "pipeline/importing/faces/face_tracker.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace framegen {
namespace {

constexpr std::size_t kMostFaces = 8;  // in one frame: more is a crowd
constexpr std::size_t kMostGone = 64;
constexpr double kPresent = 0.5;
constexpr double kSame = 0.3;           // overlap of a detection and of a face that is known already
constexpr double kOneFace = 0.5;        // overlap of two tracks that have become one
constexpr double kSmallest = 24;        // pixels a side: a smaller face is none that could be replaced
constexpr int kSearchEvery = 12;        // frames, while faces are followed
constexpr int kSearchCloserEvery = 25;  // frames, while there is none
constexpr double kLookAround = 3;       // the square in which a face is looked for again, in its own sides
constexpr double kComesBackWithin = 2;  // of its own sides from where it was last seen
constexpr double kGrowsBy = 1.7;        // while nobody saw it

Rectangle square_in(ImageView picture, FacePoint centre, double side) {
  const int size = std::clamp(static_cast<int>(side), 1, std::min(picture.width, picture.height));
  const auto begin = [&](double at, int room) {
    return std::clamp(static_cast<int>(at - size / 2.0), 0, room - size);
  };
  return {begin(centre.x, picture.width), begin(centre.y, picture.height), size, size};
}

// Squares of `size` that cover the picture, each reaching half into the next.
std::vector<Rectangle> tiles(ImageView picture, int size) {
  const auto steps = [&](int room) { return room <= size ? 1 : 1 + (2 * (room - size) + size - 1) / size; };
  const int columns = steps(picture.width), rows = steps(picture.height);
  std::vector<Rectangle> all;
  for (int row = 0; row < rows; ++row)
    for (int column = 0; column < columns; ++column)
      all.push_back({columns == 1 ? 0 : (picture.width - size) * column / (columns - 1),
                     rows == 1 ? 0 : (picture.height - size) * row / (rows - 1), size, size});
  return all;
}

}  // namespace

FaceSight sight_of(const FacePoints& points) {
  const auto at = [&](std::size_t i) { return FacePoint{points[i].x, points[i].y}; };
  const FaceDetection box = points.box();
  FaceSight sight;
  sight.left = at(mesh_point::kLeftCheek);
  sight.right = at(mesh_point::kRightCheek);
  sight.bridge = at(mesh_point::kBridge);
  sight.centre = box.centre;
  sight.side = box.side();
  sight.nose = at(mesh_point::kNoseTip);
  sight.mouth_begin = {points[mesh_point::kLeftLipCorner].x, points[mesh_point::kUpperLipEdge].y};
  sight.mouth_end = {points[mesh_point::kRightLipCorner].x, points[mesh_point::kLowerLipEdge].y};
  sight.lip_opening = points.lip_opening();
  sight.lip_width = points.lip_width();
  sight.yaw_degrees = points.yaw_degrees();
  sight.roll_degrees = square_round(points).angle * 180 / std::numbers::pi;
  return sight;
}

Result<FaceTracker> FaceTracker::open(const std::filesystem::path& networks) {
  FaceDetector detector = FRAMEGEN_TRY(FaceDetector::open(networks / "detector.onnx"));
  FaceMesh mesh = FRAMEGEN_TRY(FaceMesh::open(networks / "mesh.onnx"));
  return FaceTracker(std::move(detector), std::move(mesh));
}

Status FaceTracker::confirm(ImageView picture, Track& track) {
  const FaceDetection box = track.points.box();
  const Rectangle area = square_in(picture, box.centre, kLookAround * box.side());
  const auto seen = FRAMEGEN_TRY(detector_.find(picture, area));
  track.confirmed =
      std::any_of(seen.begin(), seen.end(), [&](const FaceDetection& d) { return overlap(d, box) > kSame; });
  return {};
}

// Faces stay where the mesh still finds one; two that have run into one another are one.
Status FaceTracker::follow(ImageView picture) {
  std::vector<Track> kept;
  for (Track& track : live_) {
    const FaceDetection before = track.points.box();
    const bool inside = before.centre.x > 0 && before.centre.y > 0 && before.centre.x < picture.width &&
                        before.centre.y < picture.height;
    if (inside) FRAMEGEN_TRY(mesh_.fit(picture, square_round(before), track.points));
    const FaceDetection box = track.points.box();
    const bool present = inside && track.points.presence >= kPresent && box.side() >= kSmallest;
    const bool twice = std::any_of(kept.begin(), kept.end(), [&](const Track& other) {
      return overlap(other.points.box(), box) > kOneFace;
    });
    if (present && !twice) {
      FRAMEGEN_TRY(confirm(picture, track));
      kept.push_back(track);
      continue;
    }
    gone_.push_back({track.face, before, frame_});
  }
  live_ = std::move(kept);
  if (gone_.size() > kMostGone) gone_.erase(gone_.begin(), gone_.end() - kMostGone);
  return {};
}

// Whoever was last seen about there and about that large; else somebody new.
int FaceTracker::face_for(const FaceDetection& box) {
  for (auto gone = gone_.rbegin(); gone != gone_.rend(); ++gone) {
    const double away = std::hypot(box.centre.x - gone->box.centre.x, box.centre.y - gone->box.centre.y);
    const double growth = box.side() / gone->box.side();
    if (away > kComesBackWithin * gone->box.side() || growth > kGrowsBy || growth < 1 / kGrowsBy) continue;
    const int face = gone->face;
    gone_.erase(std::next(gone).base());
    return face;
  }
  return faces_++;
}

Status FaceTracker::look_at(ImageView picture, const Rectangle& area) {
  for (const FaceDetection& seen : FRAMEGEN_TRY(detector_.find(picture, area))) {
    const bool known = std::any_of(live_.begin(), live_.end(), [&](const Track& track) {
      return overlap(track.points.box(), seen) > kSame;
    });
    if (known || live_.size() >= kMostFaces || seen.side() < kSmallest) continue;
    Track track;
    FRAMEGEN_TRY(mesh_.fit(picture, seen, track.points));
    if (track.points.presence < kPresent) continue;
    const FaceDetection box = track.points.box();
    const bool twice = std::any_of(live_.begin(), live_.end(), [&](const Track& other) {
      return overlap(other.points.box(), box) > kOneFace;
    });
    if (twice) continue;
    track.face = face_for(box);
    live_.push_back(track);
  }
  return {};
}

// A face that is small in the whole picture is found in a part of it.
Status FaceTracker::look_round(ImageView picture, bool thoroughly) {
  scanned_ = frame_;
  const int shorter = std::min(picture.width, picture.height);
  FRAMEGEN_TRY(look_at(picture, {0, 0, picture.width, picture.height}));
  for (const int divisor : {1, 2, 4}) {
    const bool enough = divisor > 1 && (!live_.empty() || !thoroughly);
    if (enough || shorter / divisor < 2 * kSmallest) break;
    for (const Rectangle& tile : tiles(picture, shorter / divisor)) FRAMEGEN_TRY(look_at(picture, tile));
  }
  return {};
}

Status FaceTracker::next(ImageView picture, bool cut, std::vector<FaceSight>& faces) {
  if (cut) {
    for (const Track& track : live_) gone_.push_back({track.face, track.points.box(), frame_});
    live_.clear();
  }
  const std::size_t before = live_.size();
  FRAMEGEN_TRY(follow(picture));
  const bool lost = live_.size() < before;
  const bool closely = live_.empty() && (cut || lost || frame_ == 0 || frame_ % kSearchCloserEvery == 0);
  if (live_.empty() || lost || frame_ - scanned_ >= kSearchEvery) FRAMEGEN_TRY(look_round(picture, closely));
  faces.clear();
  for (const Track& track : live_) {
    faces.push_back(sight_of(track.points));
    faces.back().face = track.face;
    faces.back().confirmed = track.confirmed;
  }
  ++frame_;
  return {};
}

}  // namespace framegen
