// upload_folder.cpp: random names, made for this user alone, locked while in use.
#include "upload_folder.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <sstream>
#include <utility>
#include <vector>

namespace framegen::server {
namespace {

namespace fs = std::filesystem;
constexpr std::string_view kPrefix = "framegen-render-";

// Opens and locks; −1 where it is no folder of ours, or somebody holds it.
int lock_of(const fs::path& folder) {
  const int fd = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (fd < 0) return -1;
  struct stat info {};
  if (::fstat(fd, &info) == 0 && info.st_uid == ::geteuid() && ::flock(fd, LOCK_EX | LOCK_NB) == 0) return fd;
  ::close(fd);
  return -1;
}

}  // namespace

Result<std::string> read_video(const fs::path& video) {
  std::ifstream file(video, std::ios::binary);
  std::ostringstream bytes;
  bytes << file.rdbuf();
  std::string read = std::move(bytes).str();
  std::error_code error;
  if (!file || !bytes || read.size() != fs::file_size(video, error) || error)
    return Error{ErrorCode::kInternal, video.string(), "cannot be read again", "check the temporary folder"};
  return read;
}

Result<UploadFolder> UploadFolder::create() {
  std::error_code error;
  const std::string pattern = (fs::temp_directory_path(error) / (std::string(kPrefix) + "XXXXXX")).string();
  if (error)
    return Error{ErrorCode::kBadOutput, "the temporary folder", "cannot be used: " + error.message(),
                 "set TMPDIR to a folder that is there"};
  // Between the making and the lock, somebody who sweeps may take it for a leftover: then another one.
  for (int tries = 0; tries < 10; ++tries) {
    std::vector<char> name(pattern.c_str(), pattern.c_str() + pattern.size() + 1);
    if (::mkdtemp(name.data()) == nullptr) break;
    const int lock = lock_of(name.data());
    if (lock >= 0 && ::access(name.data(), W_OK) == 0) return UploadFolder(name.data(), lock);
    if (lock >= 0) ::close(lock);
  }
  return Error{ErrorCode::kBadOutput, pattern, std::string("cannot be made: ") + std::strerror(errno),
               "check the temporary folder"};
}

UploadFolder::UploadFolder(UploadFolder&& other) noexcept
    : path_(std::exchange(other.path_, {})), lock_(std::exchange(other.lock_, -1)) {}

UploadFolder::~UploadFolder() {
  if (lock_ < 0) return;
  std::error_code ignored;
  fs::remove_all(path_, ignored);
  ::close(lock_);
}

void UploadFolder::sweep() {
  std::error_code error;
  const fs::path temporary = fs::temp_directory_path(error);
  std::vector<fs::path> found;
  for (fs::directory_iterator at(temporary, error), end; !error && at != end; at.increment(error))
    if (at->path().filename().string().starts_with(kPrefix)) found.push_back(at->path());
  for (const fs::path& folder : found) {
    const int lock = lock_of(folder);
    if (lock < 0) continue;
    fs::remove_all(folder, error);
    ::close(lock);
  }
}

}  // namespace framegen::server
