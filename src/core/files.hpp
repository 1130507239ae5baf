// files.hpp: whole files in and out; output appears under its final name only when it is whole.
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "framegen/result.hpp"

namespace framegen {

// The whole file. Errors: kBadInput (missing, a folder, unreadable, larger than `max_bytes`), naming the
// path.
Result<std::vector<std::uint8_t>> read_file(const std::filesystem::path& path,
                                            std::uint64_t max_bytes = std::uint64_t{4} << 30);
Result<std::string> read_text_file(const std::filesystem::path& path,
                                   std::uint64_t max_bytes = std::uint64_t{64} << 20);

// SHA-256 of a file's bytes as 64 hex digits, in constant memory. Errors: kBadInput, naming the path.
Result<std::string> file_sha256(const std::filesystem::path& path);

// A read-only memory map of a whole file, unmapped on destruction. An empty file gives an empty span.
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

// A name beside the final one, taken over by commit(); the file is removed on destruction if never committed.
//   PartialFile partial = FRAMEGEN_TRY(PartialFile::beside("out.mp4"));
//   … write partial.path() with any library …
//   FRAMEGEN_TRY(partial.commit());
class PartialFile {
 public:
  // Creates the empty partial file; its name keeps the final name's extension. Errors: kBadOutput.
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
};

// Writes beside and renames. Errors: kBadOutput, naming the path and the cause.
Status write_file(const std::filesystem::path& path, std::span<const std::uint8_t> bytes);
Status write_file(const std::filesystem::path& path, std::string_view text);

}  // namespace framegen
