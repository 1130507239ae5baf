// zip_archive.cpp: reads ZIP's central directory, trusting none of its numbers (APPNOTE 6.3.9, sections 4.3
// and 4.5).
#include "nn/checkpoint/zip_archive.hpp"

#include <algorithm>
#include <optional>
#include <vector>

#include "nn/checkpoint/words.hpp"

namespace framegen::checkpoint {

// Where the central directory lies.
struct ZipArchive::Directory {
  std::uint64_t begin = 0;
  std::uint64_t size = 0;
  std::uint64_t entries = 0;
};

namespace {

constexpr std::uint32_t kEntrySignature = 0x02014b50, kLocalSignature = 0x04034b50,
                        kEndSignature = 0x06054b50;
constexpr std::uint32_t kEnd64Signature = 0x06064b50, kLocator64Signature = 0x07064b50;
constexpr std::size_t kEntryBytes = 46, kLocalBytes = 30, kEndBytes = 22, kEnd64Bytes = 56,
                      kLocator64Bytes = 20;
constexpr std::size_t kLongestComment = 0xffff;
constexpr std::uint64_t kMaxEntries = 1 << 16;    // a state dict has hundreds
constexpr std::uint64_t kSaturated = 0xffffffff;  // "see the ZIP64 field"

bool signature_at(Bytes file, std::uint64_t at, std::uint32_t signature, std::size_t record) {
  return inside(file, at, record) && little_endian(file, at, 4) == signature;
}

// The end record whose comment reaches exactly to the file's end.
std::optional<std::size_t> find_end(Bytes file) {
  if (file.size() < kEndBytes) return {};
  const std::size_t last = file.size() - kEndBytes;
  const std::size_t first = last > kLongestComment ? last - kLongestComment : 0;
  for (std::size_t at = last + 1; at-- > first;)
    if (signature_at(file, at, kEndSignature, kEndBytes) && little_endian(file, at + 20, 2) == last - at)
      return at;
  return {};
}

// Sizes and place of one entry; those that do not fit into 32 bits stand in the extra field number 1.
struct Numbers {
  std::uint64_t size, stored, header;
};

bool read_zip64(Bytes extra, Numbers& numbers) {
  std::size_t at = 0;
  while (inside(extra, at, 4)) {
    const std::uint64_t id = little_endian(extra, at, 2), size = little_endian(extra, at + 2, 2);
    if (!inside(extra, at + 4, size)) return false;
    if (id == 1) {
      const Bytes field = extra.subspan(at + 4, size);
      std::size_t next = 0;
      for (std::uint64_t* number : {&numbers.size, &numbers.stored, &numbers.header}) {
        if (*number != kSaturated) continue;
        if (!inside(field, next, 8)) return false;
        *number = little_endian(field, next, 8);
        next += 8;
      }
      return true;
    }
    at += 4 + size;
  }
  return numbers.size != kSaturated && numbers.stored != kSaturated && numbers.header != kSaturated;
}

// We write no file by these names, but a file that has such a name was made to harm somebody.
bool safe_name(std::string_view name) {
  if (name.empty() || name.front() == '/' || name.find('\\') != name.npos || name.find('\0') != name.npos)
    return false;
  for (std::size_t at = 0; at <= name.size();) {
    const std::size_t end = std::min(name.find('/', at), name.size());
    if (name.substr(at, end - at) == "..") return false;
    at = end + 1;
  }
  return true;
}

}  // namespace

Status ZipArchive::add(Bytes file, const Directory& directory, std::size_t& at) {
  const Bytes entry = file.subspan(0, directory.begin + directory.size);
  if (!signature_at(entry, at, kEntrySignature, kEntryBytes))
    return torn(where_, "ZIP directory broken at byte " + std::to_string(at));
  const auto number = [&](std::size_t offset, std::size_t width) {
    return little_endian(entry, at + offset, width);
  };
  const std::uint64_t name_size = number(28, 2), extra_size = number(30, 2),
                      all = kEntryBytes + name_size + extra_size + number(32, 2);
  if (!inside(entry, at, all))
    return torn(where_, "ZIP directory entry at byte " + std::to_string(at) + " leaves the directory");
  const std::string_view name = as_text(entry.subspan(at + kEntryBytes, name_size));
  Numbers numbers{number(24, 4), number(20, 4), number(42, 4)};
  if (!read_zip64(entry.subspan(at + kEntryBytes + name_size, extra_size), numbers))
    return torn(where_, "ZIP entry " + in_quotes(name) + ": ZIP64 sizes are missing");
  if (!safe_name(name))
    return checkpoint_error(
        where_, "ZIP entry " + in_quotes(name) + " has a name that leads out of its folder", kSavePlain);
  if (!signature_at(file, numbers.header, kLocalSignature, kLocalBytes))
    return torn(where_, "ZIP entry " + in_quotes(name) + " is not where the directory says");
  const std::uint64_t data = numbers.header + kLocalBytes + little_endian(file, numbers.header + 26, 2) +
                             little_endian(file, numbers.header + 28, 2);
  if (!inside(file, data, numbers.stored))
    return torn(where_, "ZIP entry " + in_quotes(name) + " leaves the file");
  if (data + numbers.stored > directory.begin)
    return checkpoint_error(where_, "ZIP entry " + in_quotes(name) + " reaches into the ZIP directory",
                            kSavePlain);
  if (little_endian(file, numbers.header + 26, 2) != name_size ||
      as_text(file.subspan(numbers.header + kLocalBytes, name_size)) != name)
    return checkpoint_error(where_, "ZIP entry " + in_quotes(name) + " has another name in front of its data",
                            kSavePlain);
  const auto method = static_cast<std::uint16_t>(number(10, 2));
  if (method == 0 && numbers.size != numbers.stored)
    return checkpoint_error(where_, "ZIP entry " + in_quotes(name) + " is stored with two different sizes",
                            kSavePlain);
  const Entry made{file.subspan(data, numbers.stored), method, static_cast<std::uint16_t>(number(8, 2)),
                   numbers.header};
  if (!entries_.emplace(name, made).second)
    return checkpoint_error(where_, "ZIP entry " + in_quotes(name) + " appears twice", kSavePlain);
  at += all;
  return {};
}

Status ZipArchive::check_overlaps(Bytes file) const {
  struct Range {
    std::uint64_t begin, end;
    const std::string* name;
  };
  std::vector<Range> ranges;
  for (const auto& [name, entry] : entries_)
    ranges.push_back({entry.header,
                      static_cast<std::uint64_t>(entry.data.data() - file.data()) + entry.data.size(),
                      &name});
  std::sort(ranges.begin(), ranges.end(), [](const Range& a, const Range& b) { return a.begin < b.begin; });
  for (std::size_t i = 1; i < ranges.size(); ++i)
    if (ranges[i].begin < ranges[i - 1].end)
      return checkpoint_error(
          where_,
          "ZIP entries " + in_quotes(*ranges[i - 1].name) + " and " + in_quotes(*ranges[i].name) + " overlap",
          kSavePlain);
  return {};
}

Result<ZipArchive> ZipArchive::open(Bytes file, const std::string& where) {
  ZipArchive archive;
  archive.where_ = where;
  const auto end = find_end(file);
  if (!end) return torn(where, "the ZIP directory at the file's end is missing");
  const auto number = [&](std::size_t at, std::size_t width) { return little_endian(file, at, width); };
  Directory directory{number(*end + 16, 4), number(*end + 12, 4), number(*end + 10, 2)};
  std::uint64_t disks = number(*end + 4, 2) + number(*end + 6, 2);
  std::uint64_t limit = *end;  // the directory ends before what describes it
  if (*end >= kLocator64Bytes && number(*end - kLocator64Bytes, 4) == kLocator64Signature) {
    const std::uint64_t at = number(*end - kLocator64Bytes + 8, 8);
    if (!signature_at(file, at, kEnd64Signature, kEnd64Bytes))
      return torn(where, "the ZIP64 end record is not where it should be");
    directory = {number(at + 48, 8), number(at + 40, 8), number(at + 32, 8)};
    disks = number(at + 16, 4) + number(at + 20, 4);
    limit = at;
  }
  if (disks != 0) return checkpoint_error(where, "is one part of a ZIP of several", "join the parts first");
  if (directory.entries > kMaxEntries)
    return checkpoint_error(
        where, "has " + std::to_string(directory.entries) + " ZIP entries, more than any checkpoint",
        kSavePlain);
  if (directory.begin > limit || directory.size > limit - directory.begin)
    return torn(where, "the ZIP directory leaves the file");
  std::size_t at = directory.begin;
  for (std::uint64_t i = 0; i < directory.entries; ++i)
    FRAMEGEN_TRY(archive.add(file.first(limit), directory, at));
  FRAMEGEN_TRY(archive.check_overlaps(file));
  return archive;
}

bool ZipArchive::has_folder(std::string_view prefix) const {
  const auto found = entries_.lower_bound(prefix);
  return found != entries_.end() && std::string_view(found->first).starts_with(prefix);
}

Result<std::string> ZipArchive::root_of(std::string_view file) const {
  std::optional<std::string> root;
  for (const auto& [name, entry] : entries_) {
    const std::size_t slash = name.find('/');
    if (slash == name.npos || std::string_view(name).substr(slash + 1) != file) continue;
    if (root)
      return checkpoint_error(
          where_, "holds two checkpoints, " + in_quotes(*root) + " and " + in_quotes(name.substr(0, slash)),
          kSavePlain);
    root = name.substr(0, slash);
  }
  if (!root)
    return checkpoint_error(where_, "is a ZIP without " + in_quotes(file) + ": no PyTorch checkpoint",
                            "give a file written by torch.save");
  return *root;
}

Result<Bytes> ZipArchive::read(std::string_view name) const {
  const auto found = entries_.find(name);
  if (found == entries_.end())
    return checkpoint_error(where_, "ZIP entry " + in_quotes(name) + " is missing",
                            "save the checkpoint again");
  if ((found->second.flags & 1) != 0)
    return checkpoint_error(where_, "ZIP entry " + in_quotes(name) + " is encrypted", kSavePlain);
  if (found->second.method != 0)
    return checkpoint_error(
        where_, "ZIP entry " + in_quotes(name) + " is compressed, which torch.save never does",
        "unpack the file and pack it again with zip -0, or save it again with torch.save");
  return found->second.data;
}

}  // namespace framegen::checkpoint
