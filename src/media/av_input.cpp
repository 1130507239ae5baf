// av_input.cpp: read and seek for libavformat, on a file descriptor or on memory.
#include "media/av_input.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <optional>
#include <string>

extern "C" {
#include <libavformat/avio.h>
#include <libavutil/error.h>
#include <libavutil/mem.h>
}

namespace framegen {
namespace {

constexpr int kBufferBytes = 32768;

Error cannot_read(const std::filesystem::path& path, const std::string& why, const std::string& remedy) {
  return {ErrorCode::kBadInput, path.string(), why, remedy};
}

}  // namespace

struct AvInput::Impl {
  int fd = -1;  // else memory
  std::span<const std::uint8_t> bytes;
  std::size_t position = 0;
  AVIOContext* context = nullptr;

  Impl() = default;
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;
  ~Impl() {
    if (context != nullptr) av_freep(&context->buffer);
    avio_context_free(&context);
    if (fd >= 0) ::close(fd);
  }

  Status make_context(bool seekable);
  static int read(void* opaque, std::uint8_t* out, int size);
  static std::int64_t seek(void* opaque, std::int64_t offset, int whence);
  std::int64_t seek_file(std::int64_t offset, int whence) const;
  std::int64_t seek_memory(std::int64_t offset, int whence);
};

int AvInput::Impl::read(void* opaque, std::uint8_t* out, int size) {
  auto& self = *static_cast<Impl*>(opaque);
  if (self.fd < 0) {
    const std::size_t count = std::min(static_cast<std::size_t>(size), self.bytes.size() - self.position);
    std::copy_n(self.bytes.begin() + static_cast<std::ptrdiff_t>(self.position), count, out);
    self.position += count;
    return count == 0 ? AVERROR_EOF : static_cast<int>(count);
  }
  ssize_t got = 0;
  do {
    got = ::read(self.fd, out, static_cast<std::size_t>(size));
  } while (got < 0 && errno == EINTR);
  if (got < 0) return AVERROR(errno);
  return got == 0 ? AVERROR_EOF : static_cast<int>(got);
}

std::int64_t AvInput::Impl::seek(void* opaque, std::int64_t offset, int whence) {
  auto& self = *static_cast<Impl*>(opaque);
  whence &= ~AVSEEK_FORCE;
  return self.fd < 0 ? self.seek_memory(offset, whence) : self.seek_file(offset, whence);
}

std::int64_t AvInput::Impl::seek_file(std::int64_t offset, int whence) const {
  if (whence == AVSEEK_SIZE) {  // without a question to the file system, which a sandbox may refuse
    const off_t here = ::lseek(fd, 0, SEEK_CUR), end = ::lseek(fd, 0, SEEK_END);
    return ::lseek(fd, here, SEEK_SET) < 0 ? AVERROR(errno) : std::int64_t{end};
  }
  const off_t at = ::lseek(fd, offset, whence);
  return at < 0 ? AVERROR(errno) : std::int64_t{at};
}

std::int64_t AvInput::Impl::seek_memory(std::int64_t offset, int whence) {
  const auto size = static_cast<std::int64_t>(bytes.size());
  if (whence == AVSEEK_SIZE) return size;
  const std::int64_t base = whence == SEEK_SET   ? 0
                            : whence == SEEK_CUR ? static_cast<std::int64_t>(position)
                                                 : size;
  if (offset < -base || offset > size - base) return AVERROR(EINVAL);
  position = static_cast<std::size_t>(base + offset);
  return base + offset;
}

Status AvInput::Impl::make_context(bool seekable) {
  auto* buffer = static_cast<unsigned char*>(av_malloc(kBufferBytes));
  if (buffer != nullptr)
    context = avio_alloc_context(buffer, kBufferBytes, 0, this, &read, nullptr, seekable ? &seek : nullptr);
  if (context != nullptr) return {};
  av_free(buffer);
  return Error{ErrorCode::kInternal, "audio input", "out of memory", {}};
}

AvInput::AvInput(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
AvInput::AvInput(AvInput&&) noexcept = default;
AvInput& AvInput::operator=(AvInput&&) noexcept = default;
AvInput::~AvInput() = default;

AVIOContext* AvInput::context() const { return impl_->context; }

Result<int> open_input(const std::filesystem::path& path) {
  const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0)
    return cannot_read(path, std::string("cannot be read: ") + std::strerror(errno),
                       "check the name and the permissions");
  struct stat info {};
  std::optional<Error> error;
  if (::fstat(file, &info) != 0)
    error = cannot_read(path, std::string("cannot be read: ") + std::strerror(errno), {});
  else if (S_ISDIR(info.st_mode))
    error = cannot_read(path, "is a folder", "give a file with sound");
  else if (S_ISREG(info.st_mode) && info.st_size == 0)
    error = cannot_read(path, "is empty: 0 bytes", "give a file with sound or film");
  if (!error) return file;
  ::close(file);
  return *std::move(error);
}

Result<AvInput> AvInput::open(const std::filesystem::path& path) {
  return descriptor(FRAMEGEN_TRY(open_input(path)));
}

Result<AvInput> AvInput::descriptor(int file) {
  auto impl = std::make_unique<Impl>();
  impl->fd = file;
  FRAMEGEN_TRY(impl->make_context(::lseek(file, 0, SEEK_CUR) >= 0));
  return AvInput(std::move(impl));
}

Result<AvInput> AvInput::memory(std::span<const std::uint8_t> bytes) {
  auto impl = std::make_unique<Impl>();
  impl->bytes = bytes;
  FRAMEGEN_TRY(impl->make_context(true));
  return AvInput(std::move(impl));
}

}  // namespace framegen
