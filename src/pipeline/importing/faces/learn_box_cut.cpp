// learn_box_cut.cpp: the mesh on an avatar's template frames, beside the boxes that its manifest has.
#include "pipeline/importing/faces/learn_box_cut.hpp"

#include <algorithm>

#include "avatar/manifest.hpp"
#include "avatar/template_frames.hpp"

namespace framegen {
namespace {

constexpr int kLooked = 5;                 // frames
constexpr std::uint64_t kBudgetBytes = 0;  // each is looked at once

double median(std::vector<double> values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

}  // namespace

Result<BoxCut> learn_box_cut(const std::filesystem::path& avatar, const std::filesystem::path& networks) {
  const Manifest manifest = FRAMEGEN_TRY(read_manifest(avatar / "avatar.json"));
  FaceTracker tracker = FRAMEGEN_TRY(FaceTracker::open(networks));
  TemplateFrames pictures(avatar, manifest.frames, manifest.width, manifest.height, kBudgetBytes);
  std::vector<double> left, top, side;
  std::vector<FaceSight> faces;
  const int count = pictures.count();
  for (int i = 0; i < kLooked; ++i) {
    const int frame = (count - 1) * i / (kLooked - 1);
    const auto picture = FRAMEGEN_TRY(pictures.get(frame));
    FRAMEGEN_TRY(tracker.next(picture->view(), true, faces));
    if (faces.empty()) continue;
    const FaceSight& face = *std::max_element(
        faces.begin(), faces.end(), [](const FaceSight& a, const FaceSight& b) { return a.side < b.side; });
    const Rectangle& box = manifest.boxes[static_cast<std::size_t>(frame)];
    const double width = face.right.x - face.left.x;
    if (!(width > 0)) continue;
    left.push_back((box.x - face.left.x) / width);
    top.push_back((box.y - face.bridge.y) / width);
    side.push_back(box.width / width);
  }
  if (left.empty()) return BoxCut{};
  return BoxCut{median(left), median(top), median(side)};
}

}  // namespace framegen
