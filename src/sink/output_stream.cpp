// output_stream.cpp: writing to files and pipes on POSIX.
#include "sink/output_stream.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstring>
#include <utility>

namespace framegen {
namespace {

// A closed pipe shall be an error, not the end of the program; and the program's own way with SIGPIPE is not
// ours to change. So the signal is blocked in this thread, and one that our write raised is taken back.
class NoSigpipe {
 public:
  NoSigpipe() {
    sigemptyset(&pipe_);
    sigaddset(&pipe_, SIGPIPE);
    sigset_t pending;
    sigpending(&pending);
    was_pending_ = sigismember(&pending, SIGPIPE) == 1;
    pthread_sigmask(SIG_BLOCK, &pipe_, &before_);
  }
  NoSigpipe(const NoSigpipe&) = delete;
  NoSigpipe& operator=(const NoSigpipe&) = delete;
  ~NoSigpipe() {
    // sigwait() does not wait for what is pending already; sigtimedwait() would be plainer, but macOS has
    // none.
    sigset_t pending;
    int taken = 0;
    if (raised_ && !was_pending_ && sigpending(&pending) == 0 && sigismember(&pending, SIGPIPE) == 1)
      sigwait(&pipe_, &taken);
    pthread_sigmask(SIG_SETMASK, &before_, nullptr);
  }
  void raised() { raised_ = true; }

 private:
  sigset_t pipe_, before_;
  bool was_pending_ = false;
  bool raised_ = false;
};

bool is_regular_or_missing(const std::string& path) {
  struct stat info {};
  return ::stat(path.c_str(), &info) != 0 || S_ISREG(info.st_mode) || S_ISDIR(info.st_mode);
}

}  // namespace

Error OutputStream::failed(int error_number) const {
  if (error_number == EPIPE)
    return {ErrorCode::kBadOutput, name_, "the reader has closed the pipe",
            "see why the program that reads it ended"};
  return {ErrorCode::kBadOutput, name_, std::string("cannot be written: ") + std::strerror(error_number),
          "check that it is writable and has free space"};
}

Result<OutputStream> OutputStream::open(const std::string& path) {
  OutputStream stream;
  stream.name_ = path == "-" ? "standard output" : path;
  if (path == "-") {
    stream.fd_ = STDOUT_FILENO;
    return stream;
  }
  std::string opened = path;
  if (is_regular_or_missing(path)) {
    stream.partial_ = FRAMEGEN_TRY(PartialFile::beside(path));
    opened = stream.partial_->path().string();
  }
  stream.owned_ = true;
  do {
    stream.fd_ = ::open(opened.c_str(), O_WRONLY | O_CLOEXEC);
  } while (stream.fd_ < 0 && errno == EINTR);
  if (stream.fd_ < 0) return stream.failed(errno);
  return stream;
}

OutputStream::OutputStream(OutputStream&& other) noexcept
    : name_(std::move(other.name_)),
      partial_(std::exchange(other.partial_, std::nullopt)),
      fd_(std::exchange(other.fd_, -1)),
      owned_(std::exchange(other.owned_, false)) {}
OutputStream& OutputStream::operator=(OutputStream&& other) noexcept {
  std::swap(name_, other.name_);
  std::swap(partial_, other.partial_);
  std::swap(fd_, other.fd_);
  std::swap(owned_, other.owned_);
  return *this;
}
OutputStream::~OutputStream() {
  if (owned_ && fd_ >= 0) ::close(fd_);
}

Status OutputStream::write(std::span<const std::uint8_t> bytes) {
  NoSigpipe guard;
  while (!bytes.empty()) {
    const ssize_t put = ::write(fd_, bytes.data(), bytes.size());
    if (put < 0 && errno == EINTR) continue;
    if (put < 0) {
      const int why = errno;
      if (why == EPIPE) guard.raised();
      return failed(why);
    }
    bytes = bytes.subspan(static_cast<std::size_t>(put));
  }
  return {};
}

Status OutputStream::close() {
  const int fd = std::exchange(fd_, -1);
  if (owned_ && ::close(fd) != 0 && errno != EINTR) return failed(errno);
  if (partial_) FRAMEGEN_TRY(partial_->commit());
  partial_.reset();
  return {};
}

}  // namespace framegen
