// image_part_folder.cpp: a page of header, then the part as it lies in memory.
#include "generator/image_part_folder.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <fstream>
#include <system_error>
#include <vector>

#include "core/sha256.hpp"

namespace framegen {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kPrefix = "image_part-";
constexpr std::string_view kSuffix = ".bin";

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

bool is_part(const fs::path& file) {
  const std::string name = file.filename().string();
  return name.starts_with(kPrefix) && name.ends_with(kSuffix);
}

struct Found {
  fs::path path;
  std::uint64_t bytes = 0;
  fs::file_time_type written;
};

std::vector<Found> parts_in(const fs::path& folder) {
  std::vector<Found> parts;
  std::error_code failed;
  for (fs::directory_iterator at(folder, failed), end; !failed && at != end; at.increment(failed)) {
    std::error_code gone;  // another process may remove it meanwhile
    if (!is_part(at->path())) continue;
    const Found part{at->path(), at->file_size(gone), at->last_write_time(gone)};
    if (!gone) parts.push_back(part);
  }
  return parts;
}

}  // namespace

ImagePartFolder::ImagePartFolder(fs::path folder, std::string_view maker, std::size_t part_bytes,
                                 std::uint64_t budget_bytes)
    : folder_(std::move(folder)),
      maker_(sha256_hex({reinterpret_cast<const std::uint8_t*>(maker.data()), maker.size()})),
      part_bytes_(part_bytes),
      budget_bytes_(budget_bytes) {
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
  name.append(maker_, 0, 16).append("-").append(key, 0, 32).append(kSuffix);
  return folder_ / name;
}

std::optional<MappedImagePart> ImagePartFolder::find(const std::string& key) const {
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

// Removes what other makers left, the oldest first, until one more part fits.
bool ImagePartFolder::make_room() {
  const std::uint64_t needed = sizeof(Header) + part_bytes_;
  std::vector<Found> parts = parts_in(folder_);
  std::uint64_t used = 0;
  for (const Found& part : parts) used += part.bytes;
  std::error_code failed;
  const fs::space_info disk = fs::space(folder_, failed);
  if (failed || needed > disk.available / 2) return false;
  const std::string ours = std::string(kPrefix) + maker_.substr(0, 16);
  std::erase_if(parts, [&](const Found& part) { return part.path.filename().string().starts_with(ours); });
  std::ranges::sort(parts, {}, &Found::written);
  for (const Found& part : parts) {
    if (used + needed <= budget_bytes_) break;
    if (fs::remove(part.path, failed)) used -= part.bytes;
  }
  return used + needed <= budget_bytes_;
}

}  // namespace framegen
