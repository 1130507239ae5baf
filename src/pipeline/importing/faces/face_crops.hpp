// face_crops.hpp: the presenter's face in every frame of a film that can be used, as a folder: what a mouth
// is learned from (tools/presenter).
#pragma once

#include <filesystem>

#include "core/partial.hpp"
#include "face/face_geometry.hpp"
#include "pipeline/importing/faces/presenter_plan.hpp"
#include "sink/image_sink.hpp"

namespace framegen {

// frames/frame_000000.png …, numbered as the film's frames at 25 a second, cut and resized as the generator
// sees them, and crops.json: for each its box, the lips' opening and width, where mouth and nose are (pixels
// of the film), and how the head is turned.
class FaceCrops {
 public:
  // Errors: kBadOutput (something lies at `folder`; it cannot be written).
  static Result<FaceCrops> create(const std::filesystem::path& folder, const PresenterPlan& plan,
                                  const FaceGeometry& geometry);
  // The film's frames, one after the other. Errors: kBadOutput.
  Status look(int frame, ImageView picture);
  // The last frame that is wanted.
  int last() const { return plan_->good.back().frame; }
  Status finish();

 private:
  FaceCrops() = default;
  Status describe() const;

  std::filesystem::path folder_;
  const PresenterPlan* plan_ = nullptr;  // the caller's
  FaceGeometry geometry_;
  PartialFolder partial_;
  std::unique_ptr<ImageSink> sink_;
  Image crop_;
  std::size_t next_ = 0;  // of plan_->good
};

}  // namespace framegen
