// avatars.hpp: the avatars of a batch: opened when first needed, shared, closed after their last job.
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "framegen/batch.hpp"

namespace framegen {

// Many threads may ask at once; who asks for an avatar that is being opened waits.
class BatchAvatars {
 public:
  BatchAvatars(Engine& engine, const std::vector<BatchJob>& jobs);
  // SHA-256 over names and bytes of all the avatar's files but its cache/. Errors: kBadAvatar.
  Result<std::string> content(const std::filesystem::path& folder);
  // Errors: Avatar::open's, the same for every job.
  Result<std::shared_ptr<const Avatar>> open(const std::filesystem::path& folder);
  // A job of this avatar is over.
  void release(const std::filesystem::path& folder);

 private:
  struct Entry {
    std::mutex mutex;
    int jobs_left = 0;
    std::optional<Result<std::string>> content;
    std::optional<Result<std::shared_ptr<const Avatar>>> avatar;
  };
  Engine& engine_;
  std::map<std::filesystem::path, Entry> entries_;  // its keys are those of the jobs, from the beginning
};

}  // namespace framegen
