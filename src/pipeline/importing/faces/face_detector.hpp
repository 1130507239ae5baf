// face_detector.hpp: where the faces of a picture are, by the detector that is shipped (assets/face).
#pragma once

#include <filesystem>
#include <memory>
#include <vector>

#include "core/image.hpp"
#include "framegen/result.hpp"
#include "nn/network.hpp"

namespace framegen {

struct FacePoint {
  double x = 0, y = 0;  // in the picture's pixels; the first pixel's centre is ½, ½
};

struct FaceDetection {
  FacePoint centre;  // of a box from the brows to the chin
  double width = 0, height = 0;
  FacePoint first_eye, second_eye;  // the left one in the picture first, of a head that is upright
  double score = 0;                 // 0.5 … 1

  double side() const { return width > height ? width : height; }
};

// Shares of what two boxes cover together that both cover; 0: they do not meet.
double overlap(const FaceDetection& a, const FaceDetection& b);

// One thread at a time.
class FaceDetector {
 public:
  // Errors: kBadAvatar (no network, or another one).
  static Result<FaceDetector> open(const std::filesystem::path& network);
  // Faces that fill a fair part of `area`, which lies inside the picture; the surest first, each once.
  // Errors: kInternal.
  Result<std::vector<FaceDetection>> find(ImageView picture, const Rectangle& area);

 private:
  struct Outputs {
    std::vector<float> scores,
        boxes;  // as the network gives them, [anchors][cells] and [anchors · 16][cells]
    std::size_t scores_at = 0, boxes_at = 0;  // among the network's outputs
    int grid = 0, anchors = 0;                // cells a side, anchors a cell
  };
  FaceDetector() = default;
  Status look(ImageView picture, const Rectangle& area);
  void read(const Outputs& outputs, std::vector<FaceDetection>& found) const;

  std::shared_ptr<const Network> network_;
  std::unique_ptr<NetworkRunner> runner_;
  std::vector<float> input_;
  Outputs near_, far_;  // of the coarse grid, of the fine one
  Image sight_;
};

}  // namespace framegen
