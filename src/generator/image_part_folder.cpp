// image_part_folder.cpp: a page of header, then the part as it lies in memory.
#include "generator/image_part_folder.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <fstream>
#include <system_error>
#include <utility>
#include <vector>

#include "core/files.hpp"
#include "core/sha256.hpp"

namespace framegen {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kPrefix = "image_part-";
constexpr std::string_view kSuffix = ".bin";
constexpr std::string_view kIndexPrefix = "image_parts-";
constexpr std::string_view kIndexSuffix = ".index";
constexpr std::size_t kMakerDigits = 16;

// A page, so that the part is aligned for vectors wherever the map begins.
struct Header {
  std::array<char, 8> magic{'F', 'G', 'I', 'M', 'P', 'A', 'R', 'T'};
  std::uint32_t version = 1;
  std::uint32_t header_bytes = sizeof(Header);
  std::uint64_t part_bytes = 0;
  std::array<char, 64> key{};
  std::array<char, 4096 - 88> reserved{};
};
static_assert(sizeof(Header) == 4096);

Header header_for(const std::string& key, std::size_t part_bytes) {
  Header header;
  header.part_bytes = part_bytes;
  std::copy_n(key.begin(), std::min(key.size(), header.key.size()), header.key.begin());
  return header;
}

// "image_part-0123456789abcdef-…" → the sixteen digits; empty for other files.
std::string maker_of(const fs::path& file, std::string_view prefix, std::string_view suffix) {
  const std::string name = file.filename().string();
  if (!name.starts_with(prefix) || !name.ends_with(suffix)) return {};
  return name.substr(prefix.size(), kMakerDigits);
}

bool is_key(std::string_view text) {
  return text.size() == 64 && text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

}  // namespace

ImagePartFolder::ImagePartFolder(fs::path folder, std::string_view maker, std::size_t part_bytes,
                                 Limits limits)
    : folder_(std::move(folder)),
      maker_(sha256_hex({reinterpret_cast<const std::uint8_t*>(maker.data()), maker.size()})),
      part_bytes_(part_bytes),
      limits_(limits) {
  std::error_code failed;
  if (!folder_.empty()) fs::create_directories(folder_, failed);
  // A stranger's avatar may bring a link as its cache: nothing is read or written where it leads.
  if (failed || fs::is_symlink(fs::symlink_status(folder_, failed))) folder_.clear();
}

std::string ImagePartFolder::key(const ImageInput& image) const {
  if (folder_.empty()) return {};
  Sha256 sha;
  sha.update({reinterpret_cast<const std::uint8_t*>(maker_.data()), maker_.size()});
  for (const ImageView& picture : {image.inner, image.masked})
    for (int y = 0; y < picture.height; ++y)
      sha.update({picture.row(y), static_cast<std::size_t>(picture.width) * 3});
  return sha.hex();
}

fs::path ImagePartFolder::file_of(const std::string& key) const {
  std::string name(kPrefix);
  name.append(maker_, 0, kMakerDigits).append("-").append(key, 0, 32).append(kSuffix);
  return folder_ / name;
}

// At its beginning, a page of header read; nothing: it is no such part.
std::ifstream ImagePartFolder::open(const std::string& key) const {
  std::ifstream file;
  std::error_code missing;
  const fs::path path = file_of(key);
  // The size first: a pipe or folder of this name has none.
  if (key.empty() || fs::file_size(path, missing) != sizeof(Header) + part_bytes_ || missing) return file;
  file.rdbuf()->pubsetbuf(nullptr, 0);  // the part goes where it is wanted, not through a buffer
  file.open(path, std::ios::binary);
  const Header expected = header_for(key, part_bytes_);
  Header found;
  if (!file.read(reinterpret_cast<char*>(&found), sizeof found) ||
      std::memcmp(&found, &expected, sizeof expected) != 0)
    file.close();
  return file;
}

bool ImagePartFolder::holds(const std::string& key) const { return open(key).is_open(); }

bool ImagePartFolder::read(const std::string& key, std::span<std::byte> part) const {
  if (part.size() != part_bytes_) return false;
  std::ifstream file = open(key);
  return file.is_open() &&
         file.read(reinterpret_cast<char*>(part.data()), static_cast<std::streamsize>(part.size()));
}

std::optional<MappedImagePart> ImagePartFolder::map(const std::string& key) const {
  if (key.empty()) return std::nullopt;
  auto file = MappedFile::open(file_of(key));
  if (!file) return std::nullopt;
  const std::span<const std::uint8_t> bytes = file->bytes();
  const Header expected = header_for(key, part_bytes_);
  if (bytes.size() != sizeof(Header) + part_bytes_ ||
      std::memcmp(bytes.data(), &expected, sizeof expected) != 0)
    return std::nullopt;
  const auto part = std::as_bytes(bytes.subspan(sizeof(Header)));
  return MappedImagePart{*std::move(file), part};
}

bool ImagePartFolder::keep(const std::string& key, std::span<const std::byte> part) {
  if (key.empty() || part.size() != part_bytes_) return false;
  {
    const std::lock_guard lock(mutex_);
    if (full_) return false;
    full_ = !make_room();
    if (full_) return false;
  }
  auto file = PartialFile::beside(file_of(key));
  if (!file) return false;
  const Header header = header_for(key, part_bytes_);
  std::ofstream out(file->path(), std::ios::binary);
  out.write(reinterpret_cast<const char*>(&header), sizeof header);
  out.write(reinterpret_cast<const char*>(part.data()), static_cast<std::streamsize>(part.size()));
  out.close();
  return out && file->commit();
}

// What the folder holds, looked at once: a film of thousands of frames would be walked through for each of
// them.
void ImagePartFolder::look_round() {
  if (std::exchange(looked_, true)) return;
  std::vector<std::string> prepared;  // makers
  std::vector<Found> parts;
  std::error_code failed;
  for (fs::directory_iterator at(folder_, failed), end; !failed && at != end; at.increment(failed)) {
    std::error_code gone;  // another process may remove it meanwhile
    if (auto maker = maker_of(at->path(), kIndexPrefix, kIndexSuffix); !maker.empty())
      prepared.push_back(std::move(maker));
    if (maker_of(at->path(), kPrefix, kSuffix).empty()) continue;
    const Found part{at->path(), at->file_size(gone), at->last_write_time(gone)};
    if (!gone) parts.push_back(part);
  }
  for (Found& part : parts) {
    const std::string maker = maker_of(part.path, kPrefix, kSuffix);
    const bool was_prepared = std::find(prepared.begin(), prepared.end(), maker) != prepared.end();
    if (was_prepared && !limits_.preparing) continue;
    used_ += part.bytes;
    if (maker != maker_.substr(0, kMakerDigits)) removable_.push_back(std::move(part));
  }
  std::ranges::sort(removable_, std::ranges::greater{}, &Found::written);
}

// Removes what other makers left, the oldest first, until one more part fits.
bool ImagePartFolder::make_room() {
  look_round();
  const std::uint64_t needed = sizeof(Header) + part_bytes_;
  std::error_code failed;
  for (; used_ + needed > limits_.budget_bytes && !removable_.empty(); removable_.pop_back())
    if (fs::remove(removable_.back().path, failed)) used_ -= removable_.back().bytes;
  const fs::space_info disk = fs::space(folder_, failed);
  if (failed || needed > disk.available / 2 || used_ + needed > limits_.budget_bytes) return false;
  used_ += needed;
  return true;
}

void ImagePartFolder::read_ahead(const std::string& key) const {
  if (key.empty()) return;
  const int file = ::open(file_of(key).c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
  if (file < 0) return;
#if defined(POSIX_FADV_WILLNEED)
  ::posix_fadvise(file, 0, 0, POSIX_FADV_WILLNEED);
#endif
  ::close(file);
}

fs::path ImagePartFolder::index_file() const {
  return folder_ / (std::string(kIndexPrefix) + maker_.substr(0, kMakerDigits) + std::string(kIndexSuffix));
}

Status ImagePartFolder::write_index(std::span<const std::string> keys) const {
  if (folder_.empty()) return {};
  std::string text = maker_ + "\n";
  for (const std::string& key : keys) text += (key.empty() ? "-" : key) + "\n";
  return write_file(index_file(), text);
}

std::vector<std::string> ImagePartFolder::read_index(std::size_t frames) const {
  if (folder_.empty()) return {};
  const auto text = read_text_file(index_file(), (frames + 1) * 65);
  if (!text || !text->starts_with(maker_ + "\n")) return {};
  std::vector<std::string> keys;
  for (std::size_t at = maker_.size() + 1; at < text->size();) {
    const std::size_t end = std::min(text->find('\n', at), text->size());
    std::string key = text->substr(at, end - at);
    std::error_code missing;
    if (!is_key(key) || fs::file_size(file_of(key), missing) != sizeof(Header) + part_bytes_ || missing)
      key.clear();
    keys.push_back(std::move(key));
    at = end + 1;
  }
  if (keys.size() != frames) return {};
  return keys;
}

}  // namespace framegen
