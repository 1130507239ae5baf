// avatar.hpp: a presenter that can speak, opened from its folder.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "framegen/engine.hpp"

namespace framegen {

struct AvatarInfo {
  std::string name;
  std::string licence;
  std::string source;  // where the presenter comes from
  int width = 0;       // of a template frame, pixels
  int height = 0;
  double fps = 25;
  int template_frames = 0;
  std::optional<std::pair<int, int>> idle;  // first and last template frame with a closed mouth
  std::string backend;           // what runs the generator: "native/avx3", "onnxruntime/session-pool"
  std::string backend_reason;    // why that one, in words
  std::string precision;         // that faces are computed in: "fp32", "bf16", "int8", "fp16"
  std::string precision_reason;  // why that one, in words, where Precision::kAuto chose it; else empty
  int workers = 0;               // faces made at the same time
  int batch = 0;                 // faces per call
};

// Immutable and thread-safe: weights, template frames and caches lie in memory once, however many sessions
// speak.
class FRAMEGEN_EXPORT Avatar {
 public:
  // `folder` holds avatar.json (docs/avatar.md). The engine's threads live on as long as the avatar.
  // Errors: kBadAvatar, naming file and place: missing, broken, or a network whose shapes do not fit.
  static Result<std::shared_ptr<const Avatar>> open(Engine& engine, const std::filesystem::path& folder);
  ~Avatar();
  const AvatarInfo& info() const;

  struct Impl;
  explicit Avatar(std::unique_ptr<Impl> impl);
  Impl& impl() const { return *impl_; }

 private:
  std::unique_ptr<Impl> impl_;
};

}  // namespace framegen
