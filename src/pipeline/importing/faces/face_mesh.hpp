// face_mesh.hpp: 468 points of one face, by the network that is shipped (assets/face).
#pragma once

#include <array>
#include <filesystem>
#include <memory>
#include <vector>

#include "core/image.hpp"
#include "framegen/result.hpp"
#include "nn/network.hpp"
#include "pipeline/importing/faces/face_detector.hpp"

namespace framegen {

// Numbers of the mesh's points, left and right as seen in the picture.
namespace mesh_point {
enum : std::size_t {
  kUpperLipEdge = 0,  // the lips' outer edges
  kNoseTip = 1,
  kBridge = 6,     // of the nose
  kUpperLip = 13,  // the lips' inner edges
  kLowerLip = 14,
  kForehead = 10,
  kLowerLipEdge = 17,
  kChin = 152,
  kLeftEye = 33,  // outer corners
  kLeftLipCorner = 61,
  kRightEye = 263,
  kRightLipCorner = 291,
  kLeftCheek = 234,
  kRightCheek = 454,
  kCount = 468
};
}

struct FaceMeshPoint {
  double x = 0, y = 0, z = 0;  // pixels of the picture; z grows away from the camera
};

struct FacePoints {
  std::array<FaceMeshPoint, mesh_point::kCount> all;
  double presence = 0;  // 0 … 1: whether the square showed a face

  const FaceMeshPoint& operator[](std::size_t i) const { return all[i]; }
  double eye_distance() const;  // between the outer corners
  double lip_opening() const;   // share of the face's height, 0: closed
  double lip_width() const;     // share of the eyes' distance
  double yaw_degrees() const;   // the head's turn to a side; 0: to the camera
  // The points' own box, as a detection that is sure.
  FaceDetection box() const;
};

// A turned square of the picture that shows one face, its eyes level.
struct FaceSquare {
  FacePoint centre;
  double side = 0;
  double angle = 0;  // radians, of the line from eye to eye
};
FaceSquare square_round(const FaceDetection& face);
FaceSquare square_round(const FacePoints& points);

// One thread at a time.
class FaceMesh {
 public:
  // Errors: kBadAvatar (no network, or another one).
  static Result<FaceMesh> open(const std::filesystem::path& network);
  // Errors: kInternal; kBadInput (the square has no size).
  Status fit(ImageView picture, const FaceSquare& square, FacePoints& points);
  // Of a face that was just detected: fitted twice, since the detector's square is a rough one.
  Status fit(ImageView picture, const FaceDetection& face, FacePoints& points);

 private:
  FaceMesh() = default;
  Status shrink(ImageView picture, const FaceSquare& square);

  std::shared_ptr<const Network> network_;
  std::unique_ptr<NetworkRunner> runner_;
  std::vector<float> input_, output_;
  float presence_ = 0;
  std::size_t points_at_ = 0;         // among the network's outputs
  Image small_;                       // what the square shows of a large picture, made smaller
  ImageView source_;                  // small_, or the picture
  FacePoint origin_;                  // of source_ in the picture
  double scale_x_ = 1, scale_y_ = 1;  // of source_ to the picture
};

}  // namespace framegen
