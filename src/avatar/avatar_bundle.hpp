// avatar_bundle.hpp: an avatar's folder on disk: avatar.json, template frames, two networks, cache
// (docs/avatar.md).
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>

#include "avatar/manifest.hpp"
#include "avatar/template_frames.hpp"
#include "avatar/template_loop.hpp"
#include "core/log.hpp"
#include "framegen/result.hpp"

namespace framegen {

//   ava/avatar.json   frames/0.jpg …   generator.onnx   audio_encoder.onnx   cache/ (may be deleted at any
//   time)
class AvatarBundle {
 public:
  // Reads avatar.json and looks that every file it names is there; opens none of them. Errors: kBadAvatar.
  static Result<AvatarBundle> open(const std::filesystem::path& folder, const Log& log = {});

  const std::filesystem::path& folder() const { return folder_; }
  const Manifest& manifest() const { return manifest_; }
  std::filesystem::path manifest_file() const { return folder_ / "avatar.json"; }
  std::filesystem::path generator_file() const { return folder_ / manifest_.generator.file; }
  // Of an avatar that has one: not manifest().audio.is_direct().
  std::filesystem::path audio_encoder_file() const { return folder_ / manifest_.audio_encoder.file; }
  std::filesystem::path frame_file(int frame) const {
    return folder_ / manifest_.frames[static_cast<std::size_t>(frame)];
  }
  // Need not exist. What lies there is derived from the other files: rebuilt when its key no longer fits.
  std::filesystem::path cache_folder() const { return folder_ / "cache"; }

  // Reads both networks and compares their SHA-256 with the manifest's. Errors: kBadAvatar, naming the file.
  Status verify() const;

  // 0 ≤ start_frame < manifest().frames.size().
  TemplateLoop loop(int start_frame) const {
    return TemplateLoop(static_cast<int>(manifest_.frames.size()), start_frame, manifest_.first_index,
                        manifest_.turns_twice);
  }

  // The template frames, decoded on demand, `budget_bytes` of them kept.
  std::unique_ptr<TemplateFrames> template_frames(std::uint64_t budget_bytes) const;
  // Manifest::image.source kPrecut only: the pictures that the generator sees, and their masked halves.
  std::unique_ptr<TemplateFrames> precut_real(std::uint64_t budget_bytes) const;
  std::unique_ptr<TemplateFrames> precut_masked(std::uint64_t budget_bytes) const;

 private:
  AvatarBundle(std::filesystem::path folder, Manifest manifest)
      : folder_(std::move(folder)), manifest_(std::move(manifest)) {}

  std::filesystem::path folder_;
  Manifest manifest_;
};

}  // namespace framegen
