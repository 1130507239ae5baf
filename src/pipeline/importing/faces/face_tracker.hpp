// face_tracker.hpp: the faces of a film, followed from frame to frame.
#pragma once

#include <filesystem>
#include <vector>

#include "pipeline/importing/faces/face_detector.hpp"
#include "pipeline/importing/faces/face_mesh.hpp"

namespace framegen {

// What is kept of one face in one frame.
struct FaceSight {
  int face = 0;                      // who, as far as places tell: numbers from 0 in order of appearance
  FacePoint left, right, bridge;     // cheeks and bridge of the nose: what a box is made of
  FacePoint centre;                  // of all points
  double side = 0;                   // of the square round all points
  FacePoint nose;                    // its tip
  FacePoint mouth_begin, mouth_end;  // upper left and lower right corner of the lips
  double lip_opening = 0, lip_width = 0, yaw_degrees = 0;
  double roll_degrees = 0;  // of the line from eye to eye; 0: level, 180: upside down
  bool confirmed = false;   // the detector sees it too: it is not covered
};
FaceSight sight_of(const FacePoints& points);

// One thread at a time.
class FaceTracker {
 public:
  // A folder with detector.onnx and mesh.onnx. Errors: kBadAvatar.
  static Result<FaceTracker> open(const std::filesystem::path& networks);
  // The film's next frame. `cut`: it does not go on from the one before it. Errors: kInternal.
  Status next(ImageView picture, bool cut, std::vector<FaceSight>& faces);
  // The points of the face that faces[i] of the last call is of.
  const FacePoints& points(std::size_t i) const { return live_[i].points; }

 private:
  struct Track {
    int face = 0;
    FacePoints points;
    bool confirmed = true;
  };
  struct Gone {
    int face = 0;
    FaceDetection box;
    int since = 0;  // frame
  };
  FaceTracker(FaceDetector detector, FaceMesh mesh)
      : detector_(std::move(detector)), mesh_(std::move(mesh)) {}
  Status follow(ImageView picture);
  Status look_round(ImageView picture, bool thoroughly);
  Status look_at(ImageView picture, const Rectangle& area);
  Status confirm(ImageView picture, Track& track);
  int face_for(const FaceDetection& box);

  FaceDetector detector_;
  FaceMesh mesh_;
  std::vector<Track> live_;
  std::vector<Gone> gone_;
  int frame_ = 0, faces_ = 0, scanned_ = -1000;
};

}  // namespace framegen
