// face_crops.cpp: crops as the engine cuts them, made beside their place and moved there when they are whole.
#include "pipeline/importing/faces/face_crops.hpp"

#include <nlohmann/json.hpp>
#include <system_error>

#include "core/files.hpp"
#include "face/crop.hpp"

namespace framegen {

Result<FaceCrops> FaceCrops::create(const std::filesystem::path& folder, const PresenterPlan& plan,
                                    const FaceGeometry& geometry) {
  if (std::error_code error; std::filesystem::exists(std::filesystem::symlink_status(folder, error)))
    return Error{ErrorCode::kBadOutput, folder.string(), "exists", "give the name of a new folder"};
  FaceCrops crops;
  crops.folder_ = folder;
  crops.plan_ = &plan;
  crops.geometry_ = geometry;
  crops.partial_ = FRAMEGEN_TRY(PartialFolder::beside(folder));
  crops.sink_ = std::make_unique<ImageSink>(crops.partial_.path() / "frames",
                                            ImageSinkOptions{.picture_format = PictureFormat::kPng});
  FRAMEGEN_TRY(crops.sink_->begin({.width = geometry.crop, .height = geometry.crop}));
  crops.crop_ = Image(geometry.crop, geometry.crop);
  return crops;
}

Status FaceCrops::look(int frame, ImageView picture) {
  if (next_ >= plan_->good.size() || plan_->good[next_].frame != frame) return {};
  FRAMEGEN_TRY(crop_face(picture, plan_->good[next_].box, geometry_, crop_.view()));
  ++next_;
  SinkFrame out;
  out.index = frame;
  out.bgr = crop_.view();
  return sink_->write(out);
}

Status FaceCrops::describe() const {
  nlohmann::json rows = nlohmann::json::array();
  for (std::size_t i = 0; i < next_; ++i) {
    const auto& [frame, box, s] = plan_->good[i];
    rows.push_back({{"frame", frame},
                    {"box", {box.x, box.y, box.width}},
                    {"opening", s.lip_opening},
                    {"width", s.lip_width},
                    {"mouth", {s.mouth_begin.x, s.mouth_begin.y, s.mouth_end.x, s.mouth_end.y}},
                    {"nose", {s.nose.x, s.nose.y}},
                    {"yaw", s.yaw_degrees},
                    {"roll", s.roll_degrees}});
  }
  return write_file(partial_.path() / "crops.json", nlohmann::json{{"frames", rows}}.dump());
}

Status FaceCrops::finish() {
  FRAMEGEN_TRY(sink_->finish());
  FRAMEGEN_TRY(describe());
  std::error_code failed;
  std::filesystem::rename(partial_.path(), folder_, failed);
  if (failed)
    return Error{ErrorCode::kBadOutput, folder_.string(), "cannot be written: " + failed.message(),
                 "choose another folder"};
  partial_.release();
  return {};
}

}  // namespace framegen
