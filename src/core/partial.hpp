// partial.hpp: output under another name until it is whole: a random one that nobody else has, locked while
// its process lives.
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <utility>

#include "framegen/result.hpp"

namespace framegen {

// A descriptor whose lock says that a living process owns a file or folder. Gone with the object.
class OwnerLock {
 public:
  OwnerLock() = default;
  explicit OwnerLock(int fd) : fd_(fd) {}
  OwnerLock(OwnerLock&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  OwnerLock& operator=(OwnerLock&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~OwnerLock();
  int fd() const { return fd_; }

 private:
  int fd_ = -1;
};

// A name beside the final one, taken over by commit(); the file is removed on destruction if never committed.
//   PartialFile partial = FRAMEGEN_TRY(PartialFile::beside("out.mp4"));
//   … write partial.path() with any library …
//   FRAMEGEN_TRY(partial.commit());
class PartialFile {
 public:
  // Creates the empty partial file; its name keeps the final name's extension. What a killed process left in
  // that folder is removed. Errors: kBadOutput.
  static Result<PartialFile> beside(const std::filesystem::path& final_path);
  PartialFile(PartialFile&& other) noexcept;
  PartialFile& operator=(PartialFile&& other) noexcept;
  ~PartialFile();
  const std::filesystem::path& path() const { return partial_; }
  // These bytes instead of what it holds. Errors: kBadOutput.
  Status write(std::span<const std::uint8_t> bytes);
  // Flushes to disk and renames over the final name. Errors: kBadOutput.
  Status commit();

 private:
  PartialFile() = default;
  std::filesystem::path partial_;
  std::filesystem::path final_;
  OwnerLock lock_;
};

// The same for a folder: made beside the final one, which the caller puts in its place. Removed with all that
// is in it on destruction if it was not released.
class PartialFolder {
 public:
  PartialFolder() = default;  // none
  // Errors: kBadOutput.
  static Result<PartialFolder> beside(const std::filesystem::path& final_path);
  PartialFolder(PartialFolder&& other) noexcept;
  PartialFolder& operator=(PartialFolder&& other) noexcept;
  ~PartialFolder();
  const std::filesystem::path& path() const { return path_; }  // empty: none
  // It has been renamed: it is no partial one any more.
  void release() { path_.clear(); }

 private:
  std::filesystem::path path_;
  OwnerLock lock_;
};

// Removes from a folder what processes that live no more have left half-written. Names that are not of that
// form, and what is in use, stay.
void sweep_partials(const std::filesystem::path& folder);

}  // namespace framegen
