// avatar_bundle.cpp: an avatar's folder on disk: avatar.json, template frames, two networks, cache
// (docs/avatar.md).
#include "avatar/avatar_bundle.hpp"

#include "core/files.hpp"
#include "core/sha256.hpp"

namespace framegen {
namespace {

Status look_for(const std::filesystem::path& file, const std::string& remedy) {
  std::error_code error;
  if (std::filesystem::is_regular_file(file, error)) return {};
  const bool there = std::filesystem::exists(file, error);
  return Error{ErrorCode::kBadAvatar, file.string(), there ? "is not a file" : "is missing", remedy};
}

Status look_for_all(const std::filesystem::path& folder, const std::vector<std::string>& files) {
  for (const std::string& file : files)
    FRAMEGEN_TRY(look_for(folder / file, "put it back, or make the avatar again with framegen import"));
  return {};
}

Status verify_model(const std::filesystem::path& path, const ModelFile& model) {
  if (model.sha256.empty()) return {};
  const auto found = file_sha256(path);
  if (!found) {
    Error error = found.error();
    error.code = ErrorCode::kBadAvatar;
    return error;
  }
  if (*found == model.sha256) return {};
  return Error{ErrorCode::kBadAvatar, path.string(),
               "has SHA-256 " + *found + ", avatar.json says " + model.sha256,
               "put the avatar's own network back, or correct avatar.json if the change is meant"};
}

}  // namespace

Result<AvatarBundle> AvatarBundle::open(const std::filesystem::path& folder, const Log& log) {
  std::error_code error;
  if (!std::filesystem::is_directory(folder, error))
    return Error{ErrorCode::kBadAvatar, folder.string(),
                 std::filesystem::exists(folder, error) ? "is not a folder" : "is not there",
                 "give the folder that framegen import made"};
  FRAMEGEN_TRY(look_for(folder / "avatar.json", "give the folder that framegen import made"));
  AvatarBundle bundle(folder, FRAMEGEN_TRY(read_manifest(folder / "avatar.json", log)));
  const Manifest& m = bundle.manifest_;
  const std::string remedy = "put the network there, or make the avatar again with framegen import";
  FRAMEGEN_TRY(look_for(bundle.generator_file(), remedy));
  if (!m.audio.is_direct()) FRAMEGEN_TRY(look_for(bundle.audio_encoder_file(), remedy));
  FRAMEGEN_TRY(look_for_all(folder, m.frames));
  FRAMEGEN_TRY(look_for_all(folder, m.image.real));
  FRAMEGEN_TRY(look_for_all(folder, m.image.masked));
  return bundle;
}

Status AvatarBundle::verify() const {
  FRAMEGEN_TRY(verify_model(generator_file(), manifest_.generator));
  return manifest_.audio.is_direct() ? Status{} : verify_model(audio_encoder_file(), manifest_.audio_encoder);
}

std::unique_ptr<TemplateFrames> AvatarBundle::template_frames(std::uint64_t budget_bytes) const {
  return std::make_unique<TemplateFrames>(folder_, manifest_.frames, manifest_.width, manifest_.height,
                                          budget_bytes);
}

std::unique_ptr<TemplateFrames> AvatarBundle::precut_real(std::uint64_t budget_bytes) const {
  const ImageSpec& image = manifest_.image;
  return std::make_unique<TemplateFrames>(folder_, image.real, image.size, image.size, budget_bytes);
}

std::unique_ptr<TemplateFrames> AvatarBundle::precut_masked(std::uint64_t budget_bytes) const {
  const ImageSpec& image = manifest_.image;
  return std::make_unique<TemplateFrames>(folder_, image.masked, image.size, image.size, budget_bytes);
}

}  // namespace framegen
