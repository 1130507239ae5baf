// speaker.hpp: an opened avatar from the inside: networks, template frames and the arithmetic between them.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "avatar/avatar_bundle.hpp"
#include "avatar/template_loop.hpp"
#include "face/paste.hpp"
#include "features/audio_window_stream.hpp"
#include "framegen/engine.hpp"
#include "pipeline/speaking/prepared_frames.hpp"
#include "pipeline/speaking/speaker_networks.hpp"

namespace framegen {

inline constexpr int kMaxBatch = 64;

// Thread-safe but for what takes a `worker`: that is one thread at a time per worker number.
class Speaker {
 public:
  // `options` with defaults filled in; `preparing`: to write image parts, not to use them. Errors:
  // kBadAvatar, naming file and place; kBadUse (a backend that is not there).
  static Result<std::unique_ptr<Speaker>> open(const std::filesystem::path& folder,
                                               const EngineOptions& options, bool preparing = false);

  const AvatarBundle& bundle() const { return bundle_; }
  // Of any template frame's; only its size means something.
  const Rectangle& largest_area() const { return largest_area_; }
  GeneratorBackend& backend() const { return *networks_.generator.backend; }
  const std::string& backend_reason() const { return networks_.generator.reason; }
  const std::string& precision_reason() const {
    return precision_reason_;
  }  // of Precision::kAuto; else empty
  // Speech → features, from `first_feature` on.
  Result<std::unique_ptr<FeatureSource>> make_feature_source(std::int64_t first_feature) const {
    return networks_.make_feature_source(bundle_.manifest().audio, first_feature);
  }
  int workers() const { return backend().workers(); }
  int batch() const { return backend().batch(); }
  int image_size() const { return bundle_.manifest().image.size; }
  std::size_t window_size() const;  // values in one audio window
  PreparedFrames& frames() const { return *frames_; }

  // Template frame shown at output frame `n` (docs/reference.md §4).
  int template_frame(std::int64_t n, int start_frame) const;
  // The loop through all template frames (docs/reference.md §4).
  TemplateLoop template_loop(int start_frame) const;
  // The loop of a live presenter, who keeps to the manifest's closed-mouth range, speaking or not.
  TemplateLoop live_loop() const;
  // Speech → audio windows from output frame `first_frame` on. `ahead`: features waited for after a frame's
  // own (AudioWindowRange); negative: all of the window.
  Result<AudioWindowStream> make_window_stream(std::int64_t first_frame, int ahead = -1) const;
  // The worker's own way into the generator, made at its first call.
  Result<GeneratorWorker*> generator_worker(int worker) const;
  // The template's pixels of prepared.area with the face pasted over the box (docs/reference.md §7). `area`
  // is made at first use.
  Status paste(int worker, const PreparedFrame& prepared, ImageView face, Image& area) const;
  // The same for threads that are no workers, with their own scratch.
  Status paste(PasteScratch& scratch, const PreparedFrame& prepared, ImageView face, Image& area) const;

 private:
  struct WorkerScratch {
    std::unique_ptr<GeneratorWorker> generator;
    PasteScratch paste;
  };
  explicit Speaker(AvatarBundle bundle) : bundle_(std::move(bundle)) {}

  AvatarBundle bundle_;
  FaceGeometry geometry_;
  Rectangle largest_area_;
  SpeakerNetworks networks_;
  std::string precision_reason_;
  std::unique_ptr<PreparedFrames> frames_;
  mutable std::vector<WorkerScratch> workers_;
};

}  // namespace framegen
