// avatar_writer.cpp: an avatar's folder, made beside its final place and moved there when it is whole.
#include "avatar/avatar_writer.hpp"

#include <unistd.h>

#include <atomic>

#include "core/files.hpp"
#include "core/sha256.hpp"

namespace framegen {
namespace {

namespace fs = std::filesystem;

Error cannot_write(const fs::path& path, const std::error_code& why) {
  return {ErrorCode::kBadOutput, path.string(), "cannot be written: " + why.message(),
          "check that the folder above exists, is writable and has free space"};
}

fs::path without_slash(const fs::path& path) { return path.has_filename() ? path : path.parent_path(); }

// Where an avatar goes while the new one takes its place; a name beside `path` that is nobody else's.
fs::path old_name(const fs::path& path) {
  static std::atomic<unsigned> serial{0};
  return path.parent_path() / ("." + path.filename().string() + ".old-" + std::to_string(::getpid()) + "-" +
                               std::to_string(serial++));
}

Status may_be_made(const fs::path& target, bool replace) {
  std::error_code error;
  if (!fs::exists(fs::symlink_status(target, error))) return {};
  if (fs::is_directory(target, error) && fs::is_empty(target, error)) return {};
  const bool avatar = fs::exists(target / "avatar.json", error);
  if (avatar && replace) return {};
  return Error{ErrorCode::kBadOutput, target.string(),
               avatar ? "is an avatar already" : "exists and is no avatar",
               avatar ? "remove it, or allow that it is replaced" : "give another name"};
}

}  // namespace

Status tell(const ImportProgress& progress, std::size_t done, std::size_t total) {
  if (!progress || progress(static_cast<int>(done), static_cast<int>(total))) return {};
  return Error{ErrorCode::kCancelled, "import", "was stopped", ""};
}

Result<AvatarWriter> AvatarWriter::create(const fs::path& target, bool replace) {
  AvatarWriter writer;
  writer.target_ = without_slash(target);
  if (writer.target_.empty())
    return Error{ErrorCode::kBadOutput, "avatar", "has no name", "give the folder to make"};
  FRAMEGEN_TRY(may_be_made(writer.target_, replace));
  writer.partial_ = FRAMEGEN_TRY(PartialFolder::beside(writer.target_));
  return writer;
}

Status AvatarWriter::copy(const fs::path& from, const std::string& name) {
  FRAMEGEN_TRY(read_first_bytes(from, 1));  // what fails from here on is the output's fault
  const fs::path to = partial_.path() / name;
  std::error_code error;
  fs::create_directories(to.parent_path(), error);
  if (!error) fs::copy_file(from, to, error);
  // A read-only original makes no read-only avatar.
  if (!error)
    fs::permissions(to, fs::perms::owner_read | fs::perms::owner_write, fs::perm_options::add, error);
  if (error) return cannot_write(target_ / name, error);
  return {};
}

Result<ModelFile> AvatarWriter::copy_model(const fs::path& from, const std::string& name) {
  if (FRAMEGEN_TRY(read_first_bytes(from, 1)).empty())
    return Error{ErrorCode::kBadInput, from.string(), "is empty", "give a network in ONNX format"};
  FRAMEGEN_TRY(copy(from, name));
  return ModelFile{name, FRAMEGEN_TRY(file_sha256(partial_.path() / name))};
}

Status AvatarWriter::commit(const Manifest& manifest) {
  FRAMEGEN_TRY(write_manifest(partial_.path() / "avatar.json", manifest));
  std::error_code error;
  fs::path old;  // an avatar that is replaced goes out of the way first, and comes back if the new one cannot
                 // take its place
  if (fs::exists(target_ / "avatar.json", error)) {
    old = old_name(target_);
    fs::rename(target_, old, error);
    if (error) return cannot_write(target_, error);
  }
  fs::rename(partial_.path(), target_, error);
  if (error) {
    std::error_code ignored;
    if (!old.empty()) fs::rename(old, target_, ignored);
    return cannot_write(target_, error);
  }
  partial_.release();
  if (!old.empty()) fs::remove_all(old, error);
  return {};
}

}  // namespace framegen
