// upload_folder.hpp: where an upload and its video lie while they are rendered, and what killed servers left.
#pragma once

#include <filesystem>
#include <string>

#include "framegen/result.hpp"

namespace framegen::server {

// A folder of its own in the temporary one, removed with the object. A lock on it says that its process
// lives: what a killed one left can be told from what is in use, by whatever process id.
class UploadFolder {
 public:
  // Errors: kBadOutput.
  static Result<UploadFolder> create();
  UploadFolder(UploadFolder&& other) noexcept;
  UploadFolder& operator=(UploadFolder&&) = delete;
  ~UploadFolder();
  const std::filesystem::path& path() const { return path_; }
  // Removes the folders that no living process holds.
  static void sweep();

 private:
  UploadFolder(std::filesystem::path path, int lock) : path_(std::move(path)), lock_(lock) {}
  std::filesystem::path path_;
  int lock_ = -1;
};

// All bytes of a finished video. Errors: kInternal (it cannot be read, or not whole).
Result<std::string> read_video(const std::filesystem::path& video);

}  // namespace framegen::server
