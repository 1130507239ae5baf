// face_finder.cpp: boxes that were measured before: a table, a folder of landmarks, one box for all frames.
#include "pipeline/importing/face_finder.hpp"

#include <map>
#include <string>

#include "avatar/boxes_file.hpp"
#include "avatar/landmarks.hpp"
#include "core/files.hpp"
#include "pipeline/importing/landmark_finder.hpp"

namespace framegen {
namespace {

std::string frame_name(const std::filesystem::path& file, int frame) {
  return file.string() + ": frame " + std::to_string(frame);
}

class TableFinder : public FaceFinder {
 public:
  TableFinder(std::filesystem::path file, std::map<int, Rectangle> boxes, Log log)
      : file_(std::move(file)), boxes_(std::move(boxes)), log_(std::move(log)) {}

  Result<Rectangle> find(int frame, ImageView picture) override {
    const auto found = boxes_.find(frame);
    if (found == boxes_.end())
      return Error{ErrorCode::kBadInput, frame_name(file_, frame),
                   "has no box; the file has " + std::to_string(boxes_.size()) + ", the last of frame " +
                       std::to_string(boxes_.rbegin()->first),
                   "give one for every frame at 25 frames a second, counted from 0"};
    FRAMEGEN_TRY(check_box(found->second, picture.width, picture.height, frame_name(file_, frame)));
    return found->second;
  }
  void finish(int frames) override {
    const int last = boxes_.rbegin()->first;
    if (last >= frames)
      warn(log_, file_.string() + ": has boxes up to frame " + std::to_string(last) + ", the video has " +
                     std::to_string(frames) +
                     " frames at 25 a second; the rest is ignored: do both speak of the same frames?");
  }

 private:
  std::filesystem::path file_;
  std::map<int, Rectangle> boxes_;
  Log log_;
};

class LandmarksFinder : public FaceFinder {
 public:
  LandmarksFinder(std::filesystem::path folder, Log log) : folder_(std::move(folder)), log_(std::move(log)) {}

  Result<Rectangle> find(int frame, ImageView picture) override {
    const auto file = file_of(frame);
    auto text = read_text_file(file, 1 << 20);
    if (!text) {
      Error error = std::move(text).error();
      error.remedy = "give landmarks for every frame at 25 frames a second: 0.lms, 1.lms, …";
      return error;
    }
    return landmarks_box(*text, file.string(), picture.width, picture.height);
  }
  void finish(int frames) override {
    std::error_code ignored;
    if (std::filesystem::exists(file_of(frames), ignored))
      warn(log_, folder_.string() + ": has landmarks of frames that the video has not; ignored");
  }

 private:
  std::filesystem::path file_of(int frame) const { return folder_ / (std::to_string(frame) + ".lms"); }
  std::filesystem::path folder_;
  Log log_;
};

class FixedFinder : public FaceFinder {
 public:
  explicit FixedFinder(const Rectangle& box) : box_(box) {}
  Result<Rectangle> find(int frame, ImageView picture) override {
    FRAMEGEN_TRY(check_box(box_, picture.width, picture.height, "--box: frame " + std::to_string(frame)));
    return box_;
  }

 private:
  Rectangle box_;
};

}  // namespace

Status check_box(const Rectangle& box, int width, int height, const std::string& where) {
  const std::string size = std::to_string(width) + "×" + std::to_string(height);
  const std::string at = "face box at x " + std::to_string(box.x) + ", y " + std::to_string(box.y);
  if (box.width < 1 || box.height < 1)
    return Error{ErrorCode::kBadInput, where, at + " has no pixel", "give it a size"};
  if (box.x < 0 || box.y < 0)
    return Error{ErrorCode::kBadInput, where, at + " begins left of or above the " + size + " picture",
                 "move it inside, or leave the frame out"};
  if (box.x >= width || box.y >= height)
    return Error{ErrorCode::kBadInput, where, at + " lies outside the " + size + " picture",
                 "give places in pixels of the video's own size"};
  return {};
}

Result<std::unique_ptr<FaceFinder>> FaceFinder::make(const VideoFaces& faces, const Log& log) {
  const bool model = !faces.landmark_model.empty();
  const int ways = (faces.boxes.empty() ? 0 : 1) + (faces.landmarks.empty() ? 0 : 1) + (model ? 1 : 0) +
                   (faces.box && !model ? 1 : 0);
  if (ways != 1)
    return Error{ErrorCode::kBadUse, "import",
                 ways == 0 ? "a video does not say where the face is" : "the face's place is given twice",
                 "give one of --boxes FILE, --landmarks DIR, --box x,y,size, --landmark-model X.onnx"};
  if (faces.smoothing < 0 || faces.smoothing > 250)
    return Error{ErrorCode::kBadUse, "--smooth " + std::to_string(faces.smoothing), "is out of range",
                 "give 1 (none) to 250 frames"};
  if (model) return make_landmark_finder(faces);
  if (!faces.boxes.empty())
    return std::unique_ptr<FaceFinder>(
        std::make_unique<TableFinder>(faces.boxes, FRAMEGEN_TRY(read_boxes_file(faces.boxes)), log));
  if (!faces.landmarks.empty())
    return std::unique_ptr<FaceFinder>(std::make_unique<LandmarksFinder>(faces.landmarks, log));
  return std::unique_ptr<FaceFinder>(std::make_unique<FixedFinder>(*faces.box));
}

}  // namespace framegen
