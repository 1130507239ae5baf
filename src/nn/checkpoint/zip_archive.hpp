// zip_archive.hpp: the part of ZIP and ZIP64 that PyTorch writes: entries stored as they are, found by name.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "framegen/result.hpp"
#include "nn/checkpoint/byte_reader.hpp"

namespace framegen::checkpoint {

class ZipArchive {
 public:
  // `file` must outlive the archive; `where` names it in errors. Errors: kBadInput: no directory (cut short),
  // sizes or places outside the file, entries that overlap, a name twice or leading out of its folder, too
  // many entries, several disks.
  static Result<ZipArchive> open(Bytes file, const std::string& where);

  bool has(std::string_view name) const { return entries_.find(name) != entries_.end(); }
  // Whether any entry's name starts with `prefix`.
  bool has_folder(std::string_view prefix) const;
  // The folder of the only entry "<root>/<file>". Errors: kBadInput (none, several).
  Result<std::string> root_of(std::string_view file) const;
  // Borrowed from the file. Errors: kBadInput (missing, compressed, encrypted).
  Result<Bytes> read(std::string_view name) const;

 private:
  struct Entry {
    Bytes data;
    std::uint16_t method = 0;
    std::uint16_t flags = 0;
    std::uint64_t header = 0;  // where it begins in the file
  };
  struct Directory;
  Status add(Bytes file, const Directory& directory, std::size_t& at);
  Status check_overlaps(Bytes file) const;

  std::string where_;
  std::map<std::string, Entry, std::less<>> entries_;
};

}  // namespace framegen::checkpoint
