// files.hpp: whole files in and out; output appears under its final name only when it is whole.
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/partial.hpp"
#include "framegen/result.hpp"

namespace framegen {

// The whole file, read and never mapped: a file that is cut short while it is in use would be a signal to
// whoever reads the map. Errors: kBadInput (missing, a folder, unreadable, larger than `max_bytes`), naming
// the path.
Result<std::vector<std::uint8_t>> read_file(const std::filesystem::path& path,
                                            std::uint64_t max_bytes = std::uint64_t{4} << 30);
// The same into memory that is there.
Status read_file(const std::filesystem::path& path, std::vector<std::uint8_t>& bytes,
                 std::uint64_t max_bytes = std::uint64_t{4} << 30);
Result<std::string> read_text_file(const std::filesystem::path& path,
                                   std::uint64_t max_bytes = std::uint64_t{64} << 20);

// A descriptor to read a regular file by, which is the caller's to close. Errors: read_file()'s.
Result<int> open_regular(const std::filesystem::path& path);

// At most so many of its first bytes. Errors: read_file()'s.
Result<std::vector<std::uint8_t>> read_first_bytes(const std::filesystem::path& path, std::size_t most);

// SHA-256 of a file's bytes as 64 hex digits, in constant memory. Errors: kBadInput, naming the path.
Result<std::string> file_sha256(const std::filesystem::path& path);

// A read-only memory map of a whole file, unmapped on destruction. An empty file gives an empty span. Who
// cuts the file while it is mapped ends the process (SIGBUS): only where that was chosen.
class MappedFile {
 public:
  // Errors: kBadInput, naming the path.
  static Result<MappedFile> open(const std::filesystem::path& path);
  MappedFile() = default;
  MappedFile(MappedFile&& other) noexcept;
  MappedFile& operator=(MappedFile&& other) noexcept;
  ~MappedFile();
  std::span<const std::uint8_t> bytes() const { return {data_, size_}; }

 private:
  const std::uint8_t* data_ = nullptr;
  std::size_t size_ = 0;
};

// Writes beside and renames. Errors: kBadOutput, naming the path and the cause.
Status write_file(const std::filesystem::path& path, std::span<const std::uint8_t> bytes);
Status write_file(const std::filesystem::path& path, std::string_view text);

}  // namespace framegen
