// files.cpp: whole files in and out, on POSIX.
#include "core/files.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "core/sha256.hpp"

namespace framegen {
namespace {

Error cannot_read(const std::filesystem::path& path, const std::string& why) {
  return {ErrorCode::kBadInput, path.string(), "cannot be read: " + why,
          "check the name and the permissions"};
}

// Without waiting: a pipe that nobody writes is told from a file after it is open, not before.
constexpr int kOpenRegular = O_RDONLY | O_CLOEXEC | O_NONBLOCK;

class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  int get() const { return fd_; }
  int release() { return std::exchange(fd_, -1); }

 private:
  int fd_;
};

Result<std::uint64_t> regular_file_size(int fd, const std::filesystem::path& path) {
  struct stat info {};
  if (::fstat(fd, &info) != 0) return cannot_read(path, std::strerror(errno));
  if (S_ISDIR(info.st_mode)) return cannot_read(path, "it is a folder");
  if (!S_ISREG(info.st_mode)) return cannot_read(path, "it is not a regular file");
  return static_cast<std::uint64_t>(info.st_size);
}

// How many bytes there were.
Result<std::size_t> read_all(int file, const std::filesystem::path& path, void* to, std::size_t size) {
  std::size_t done = 0;
  while (done < size) {
    const ssize_t got = ::read(file, static_cast<char*>(to) + done, size - done);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return cannot_read(path, std::strerror(errno));
    if (got == 0) break;
    done += static_cast<std::size_t>(got);
  }
  return done;
}

template <class Container>
Status read_into(const std::filesystem::path& path, std::uint64_t max_bytes, Container& out) {
  const Descriptor file(::open(path.c_str(), kOpenRegular));
  if (file.get() < 0) return cannot_read(path, std::strerror(errno));
  const std::uint64_t size = FRAMEGEN_TRY(regular_file_size(file.get(), path));
  if (size > max_bytes) return cannot_read(path, "it is larger than " + std::to_string(max_bytes) + " bytes");
  out.resize(size);
  out.resize(FRAMEGEN_TRY(read_all(file.get(), path, out.data(), size)));
  return {};
}

}  // namespace

Result<std::vector<std::uint8_t>> read_file(const std::filesystem::path& path, std::uint64_t max_bytes) {
  std::vector<std::uint8_t> bytes;
  FRAMEGEN_TRY(read_into(path, max_bytes, bytes));
  return bytes;
}

Result<std::string> read_text_file(const std::filesystem::path& path, std::uint64_t max_bytes) {
  std::string text;
  FRAMEGEN_TRY(read_into(path, max_bytes, text));
  return text;
}

Result<std::string> file_sha256(const std::filesystem::path& path) {
  const Descriptor file(::open(path.c_str(), kOpenRegular));
  if (file.get() < 0) return cannot_read(path, std::strerror(errno));
  FRAMEGEN_TRY(regular_file_size(file.get(), path));
  Sha256 hash;
  std::vector<std::uint8_t> block(std::size_t{1} << 18);
  for (;;) {
    const ssize_t got = ::read(file.get(), block.data(), block.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return cannot_read(path, std::strerror(errno));
    if (got == 0) return hash.hex();
    hash.update(std::span(block).first(static_cast<std::size_t>(got)));
  }
}

Status read_file(const std::filesystem::path& path, std::vector<std::uint8_t>& bytes,
                 std::uint64_t max_bytes) {
  return read_into(path, max_bytes, bytes);
}

Result<int> open_regular(const std::filesystem::path& path) {
  Descriptor file(::open(path.c_str(), kOpenRegular));
  if (file.get() < 0) return cannot_read(path, std::strerror(errno));
  FRAMEGEN_TRY(regular_file_size(file.get(), path));
  return file.release();
}

Result<std::vector<std::uint8_t>> read_first_bytes(const std::filesystem::path& path, std::size_t most) {
  const Descriptor file(::open(path.c_str(), kOpenRegular));
  if (file.get() < 0) return cannot_read(path, std::strerror(errno));
  std::vector<std::uint8_t> bytes(
      std::min<std::uint64_t>(most, FRAMEGEN_TRY(regular_file_size(file.get(), path))));
  bytes.resize(FRAMEGEN_TRY(read_all(file.get(), path, bytes.data(), bytes.size())));
  return bytes;
}

Result<MappedFile> MappedFile::open(const std::filesystem::path& path) {
  const Descriptor file(::open(path.c_str(), kOpenRegular));
  if (file.get() < 0) return cannot_read(path, std::strerror(errno));
  MappedFile map;
  map.size_ = FRAMEGEN_TRY(regular_file_size(file.get(), path));
  if (map.size_ == 0) return map;
  void* address = ::mmap(nullptr, map.size_, PROT_READ, MAP_PRIVATE, file.get(), 0);
  if (address == MAP_FAILED) {
    map.size_ = 0;
    return cannot_read(path, std::strerror(errno));
  }
  map.data_ = static_cast<const std::uint8_t*>(address);
  return map;
}

MappedFile::MappedFile(MappedFile&& other) noexcept
    : data_(std::exchange(other.data_, nullptr)), size_(std::exchange(other.size_, 0)) {}
MappedFile& MappedFile::operator=(MappedFile&& other) noexcept {
  std::swap(data_, other.data_);
  std::swap(size_, other.size_);
  return *this;
}
MappedFile::~MappedFile() {
  if (data_ != nullptr) ::munmap(const_cast<std::uint8_t*>(data_), size_);
}

Status write_file(const std::filesystem::path& path, std::span<const std::uint8_t> bytes) {
  PartialFile partial = FRAMEGEN_TRY(PartialFile::beside(path));
  FRAMEGEN_TRY(partial.write(bytes));
  return partial.commit();
}

Status write_file(const std::filesystem::path& path, std::string_view text) {
  return write_file(path, std::span(reinterpret_cast<const std::uint8_t*>(text.data()), text.size()));
}

}  // namespace framegen
