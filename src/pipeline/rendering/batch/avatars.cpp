// avatars.cpp: one entry per avatar's folder, each under a mutex of its own.
#include "pipeline/rendering/batch/avatars.hpp"

#include <algorithm>
#include <vector>

#include "core/files.hpp"
#include "core/sha256.hpp"

namespace framegen {
namespace {

namespace fs = std::filesystem;

Error cannot_list(const fs::path& folder, const std::string& why) {
  return {ErrorCode::kBadAvatar, folder.string(), "cannot be read: " + why,
          "check the name and the permissions"};
}

Result<std::vector<fs::path>> files_of(const fs::path& folder) {
  std::error_code error;
  std::vector<fs::path> files;
  fs::recursive_directory_iterator at(folder, error), end;
  for (; !error && at != end; at.increment(error)) {
    if (at.depth() == 0 && at->path().filename() == "cache")
      at.disable_recursion_pending();
    else if (at->is_regular_file(error))
      files.push_back(at->path().lexically_relative(folder));
  }
  if (error) return cannot_list(folder, error.message());
  std::sort(files.begin(), files.end());
  return files;
}

Result<std::string> content_of(const fs::path& folder) {
  std::string all;
  for (const fs::path& file : FRAMEGEN_TRY(files_of(folder))) {
    auto hash = file_sha256(folder / file);
    if (!hash) return cannot_list(folder / file, hash.error().what);
    all += *hash + " " + file.generic_string() + "\n";
  }
  return sha256_hex(std::span(reinterpret_cast<const std::uint8_t*>(all.data()), all.size()));
}

}  // namespace

BatchAvatars::BatchAvatars(Engine& engine, const std::vector<BatchJob>& jobs) : engine_(engine) {
  for (const BatchJob& job : jobs) ++entries_[job.avatar].jobs_left;
}

Result<std::string> BatchAvatars::content(const fs::path& folder) {
  Entry& entry = entries_.at(folder);
  const std::lock_guard lock(entry.mutex);
  if (!entry.content) entry.content = content_of(folder);
  return *entry.content;
}

Result<std::shared_ptr<const Avatar>> BatchAvatars::open(const fs::path& folder) {
  Entry& entry = entries_.at(folder);
  const std::lock_guard lock(entry.mutex);
  if (!entry.avatar) entry.avatar = Avatar::open(engine_, folder);
  return *entry.avatar;
}

void BatchAvatars::release(const fs::path& folder) {
  Entry& entry = entries_.at(folder);
  const std::lock_guard lock(entry.mutex);
  if (--entry.jobs_left == 0) entry.avatar.reset();
}

}  // namespace framegen
