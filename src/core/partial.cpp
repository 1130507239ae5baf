// partial.cpp: random names, opened exclusively, through no link; a lock tells what is in use from leftovers.
#include "core/partial.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <mutex>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "core/file_guard.hpp"

namespace framegen {
namespace {

namespace fs = std::filesystem;
constexpr std::string_view kWord = ".partial-";
constexpr int kTries = 16;

Error cannot_write(const fs::path& path, int error_number) {
  return {ErrorCode::kBadOutput, path.string(),
          std::string("cannot be written: ") + std::strerror(error_number),
          "check that the folder exists, is writable and has free space"};
}

fs::path folder_of(const fs::path& path) {
  return path.has_parent_path() ? path.parent_path() : fs::path(".");
}

// ".out.partial-0123456789abcdef.mp4" for "out.mp4"
fs::path random_name(const fs::path& final_path, const fs::path& stem, const fs::path& extension) {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::random_device random;
  std::string name = "." + stem.string() + std::string(kWord);
  for (int i = 0; i < 2; ++i)
    for (unsigned bits = random(), j = 0; j < 8; ++j, bits >>= 4) name += kDigits[bits & 15];
  return final_path.parent_path() / (name + extension.string());
}

// Not so where somebody who sweeps was quicker: between the making and the lock it looks like a leftover.
bool is_ours(int fd) {
  struct stat info {};
  if (::flock(fd, LOCK_EX | LOCK_NB) != 0) return errno != EWOULDBLOCK;  // a file system without locks
  return ::fstat(fd, &info) == 0 && info.st_nlink > 0;
}

bool holds_only(std::string_view text, std::string_view letters) {
  return !text.empty() && text.find_first_not_of(letters) == std::string_view::npos;
}

// Sixteen hexadecimal digits; what earlier versions wrote there was a process id and a number.
bool is_partial_name(std::string_view name) {
  const std::size_t at = name.rfind(kWord);
  if (!name.starts_with('.') || at == std::string_view::npos || at < 1) return false;
  std::string_view mark = name.substr(at + kWord.size());
  mark = mark.substr(0, mark.find('.'));
  if (mark.size() == 16 && holds_only(mark, "0123456789abcdef")) return true;
  const std::size_t dash = mark.find('-');
  return dash != std::string_view::npos && holds_only(mark.substr(0, dash), "0123456789") &&
         holds_only(mark.substr(dash + 1), "0123456789");
}

// Once for each folder: where many files are written, its listing is not read for each of them.
void sweep_once(const fs::path& folder) {
  static std::mutex mutex;
  static std::set<fs::path> swept;
  std::error_code error;
  const fs::path whole = fs::absolute(folder, error).lexically_normal();
  {
    const std::lock_guard lock(mutex);
    constexpr std::size_t kMostRemembered = 4096;
    if (swept.size() >= kMostRemembered) swept.clear();
    if (!swept.insert(whole).second) return;
  }
  sweep_partials(folder);
}

}  // namespace

OwnerLock::~OwnerLock() {
  if (fd_ >= 0) ::close(fd_);
}

void sweep_partials(const fs::path& folder) {
  std::error_code error;
  std::vector<fs::path> found;
  for (fs::directory_iterator at(folder, error), end; !error && at != end; at.increment(error))
    if (is_partial_name(at->path().filename().string())) found.push_back(at->path());
  for (const fs::path& path : found) {
    // Without waiting: a pipe of that name is nobody's leftover.
    const OwnerLock lock(::open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
    struct stat info {};
    if (lock.fd() < 0 || ::fstat(lock.fd(), &info) != 0 || info.st_uid != ::geteuid() ||
        !(S_ISREG(info.st_mode) || S_ISDIR(info.st_mode)) || ::flock(lock.fd(), LOCK_EX | LOCK_NB) != 0)
      continue;
    fs::remove_all(path, error);
  }
}

Result<PartialFile> PartialFile::beside(const fs::path& named) {
  const fs::path final_path = through_links(named);  // a rename would replace the link
  std::error_code unknown;                           // what cannot be looked at fails below, at open()
  const auto kind = fs::status(final_path, unknown).type();
  if (final_path.filename().empty() || kind == fs::file_type::directory)
    return cannot_write(final_path, EISDIR);
  if (kind != fs::file_type::not_found && kind != fs::file_type::regular &&
      kind != fs::file_type::none)  // a rename would replace the device or pipe
    return Error{ErrorCode::kBadOutput, final_path.string(), "is a device or a pipe, not a regular file",
                 "give a file name"};
  sweep_once(folder_of(final_path));
  int why = EEXIST;
  for (int i = 0; i < kTries; ++i) {
    PartialFile file;
    file.final_ = final_path;
    const fs::path name = random_name(final_path, final_path.stem(), final_path.extension());
    file.lock_ = OwnerLock(::open(name.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644));
    if (file.lock_.fd() < 0) {
      why = errno;
      if (why == EEXIST) continue;
      break;
    }
    if (!is_ours(file.lock_.fd())) continue;
    file.partial_ = name;
    return file;
  }
  return cannot_write(final_path, why);
}

PartialFile::PartialFile(PartialFile&& other) noexcept
    : partial_(std::exchange(other.partial_, {})),
      final_(std::exchange(other.final_, {})),
      lock_(std::move(other.lock_)) {}
PartialFile& PartialFile::operator=(PartialFile&& other) noexcept {
  std::swap(partial_, other.partial_);
  std::swap(final_, other.final_);
  std::swap(lock_, other.lock_);
  return *this;
}
PartialFile::~PartialFile() {
  if (!partial_.empty()) ::unlink(partial_.c_str());
}

Status PartialFile::write(std::span<const std::uint8_t> bytes) {
  if (::ftruncate(lock_.fd(), 0) != 0 || ::lseek(lock_.fd(), 0, SEEK_SET) != 0)
    return cannot_write(final_, errno);
  while (!bytes.empty()) {
    const ssize_t put = ::write(lock_.fd(), bytes.data(), bytes.size());
    if (put < 0 && errno == EINTR) continue;
    if (put < 0) return cannot_write(final_, errno);
    bytes = bytes.subspan(static_cast<std::size_t>(put));
  }
  return {};
}

Status PartialFile::commit() {
  {
    // Opened again: an encoder may have put another file under the name.
    const OwnerLock written(::open(partial_.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC));
    if (written.fd() < 0 || ::fsync(written.fd()) != 0) return cannot_write(final_, errno);
  }
  if (::rename(partial_.c_str(), final_.c_str()) != 0) return cannot_write(final_, errno);
  partial_.clear();
  lock_ = OwnerLock();
  return {};
}

Result<PartialFolder> PartialFolder::beside(const fs::path& final_path) {
  sweep_once(folder_of(final_path));
  int why = EEXIST;
  for (int i = 0; i < kTries; ++i) {
    const fs::path name = random_name(final_path, final_path.filename(), {});
    if (::mkdir(name.c_str(), 0755) != 0) {
      why = errno;
      if (why == EEXIST) continue;
      break;
    }
    PartialFolder folder;
    folder.lock_ = OwnerLock(::open(name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    if (folder.lock_.fd() < 0 || !is_ours(folder.lock_.fd())) continue;
    folder.path_ = name;
    return folder;
  }
  return cannot_write(final_path, why);
}

PartialFolder::PartialFolder(PartialFolder&& other) noexcept
    : path_(std::exchange(other.path_, {})), lock_(std::move(other.lock_)) {}
PartialFolder& PartialFolder::operator=(PartialFolder&& other) noexcept {
  std::swap(path_, other.path_);
  std::swap(lock_, other.lock_);
  return *this;
}
PartialFolder::~PartialFolder() {
  std::error_code ignored;
  if (!path_.empty()) fs::remove_all(path_, ignored);
}

}  // namespace framegen
