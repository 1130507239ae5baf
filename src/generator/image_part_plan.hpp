// image_part_plan.hpp: of which template frames the image part is kept, and how much of each.
#pragma once

#include <algorithm>
#include <cstdint>
#include <utility>
#include <vector>

#include "generator/backend.hpp"
#include "generator/image_part_store.hpp"

namespace framegen {

// A part that is kept costs its bytes and is then there for every later face; one that is not costs less the
// first time, as nothing is packed and unpacked. So keeping pays from the second face on, for frames that
// fit. The choice follows from the options and the job alone, never from what happens to be in memory: both
// ways may round a pixel differently, and any number of threads must give the same bytes.
class ImagePartPlan {
 public:
  ImagePartPlan() = default;
  // `frames`: of the avatar; 0: not known, they are taken to fit.
  ImagePartPlan(const ImagePartOptions& options, int frames) : keep_(options.keep), frames_(frames) {
    budget_bytes_ = options.memory_budget_bytes;
  }

  // What may be kept of each frame so that all of them fit; 0: no limit.
  std::uint64_t bytes_per_frame() const {
    return frames_ == 0 ? 0 : std::max<std::uint64_t>(1, budget_bytes_ / static_cast<std::uint64_t>(frames_));
  }
  // Once it is known how large a part is, and whether all of them lie on disk too.
  void set_part(std::uint64_t bytes, bool on_disk) {
    const auto frames = static_cast<std::uint64_t>(frames_);
    kept_frames_ = on_disk || frames_ == 0
                       ? frames
                       : std::min(frames, budget_bytes_ / std::max<std::uint64_t>(1, bytes));
  }
  // Frames that were prepared: their parts lie on the disk.
  void set_prepared(std::vector<bool> frames) { prepared_ = std::move(frames); }
  bool is_prepared(int frame) const {
    return frame >= 0 && static_cast<std::size_t>(frame) < prepared_.size() &&
           prepared_[static_cast<std::size_t>(frame)];
  }
  std::size_t prepared_frames() const {
    return static_cast<std::size_t>(std::count(prepared_.begin(), prepared_.end(), true));
  }
  bool keeps(const GeneratorJob& job) const {
    if (keep_ != KeepImageParts::kWhatPays) return keep_ == KeepImageParts::kAlways;
    if (is_prepared(job.template_frame)) return true;
    return job.template_frame >= 0 && job.seen_again && fits(static_cast<std::uint64_t>(job.template_frame));
  }
  std::uint64_t kept_frames() const { return kept_frames_; }
  bool keeps_all() const { return frames_ == 0 || kept_frames_ == static_cast<std::uint64_t>(frames_); }

 private:
  // Where not all fit, those that do are spread evenly over the film, so that no second of it is slower.
  bool fits(std::uint64_t frame) const {
    if (keeps_all()) return true;
    const auto frames = static_cast<std::uint64_t>(frames_);
    return frame * kept_frames_ / frames != (frame + 1) * kept_frames_ / frames;
  }

  KeepImageParts keep_ = KeepImageParts::kWhatPays;
  int frames_ = 0;
  std::uint64_t budget_bytes_ = 0, kept_frames_ = 0;
  std::vector<bool> prepared_;
};

}  // namespace framegen
