// image_part_folder.hpp: image parts on disk, one file per template frame, each named by what it was computed
// from.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "core/files.hpp"
#include "framegen/image.hpp"
#include "generator/backend.hpp"

namespace framegen {

// A part's bytes inside a memory map, aligned as kBufferAlignment.
struct MappedImagePart {
  MappedFile file;
  std::span<const std::byte> bytes;
};

// Thread-safe, and safe with other processes in the same folder. Everything here is derived: a file that is
// missing, cut, of another version or written for other content counts as absent, and one that cannot be
// written is not.
class ImagePartFolder {
 public:
  // `maker`: all that a part depends on but the picture (network, backend, number format). An empty folder
  // name switches it off. Files of all makers together stay within `budget_bytes` and half of the free disk.
  ImagePartFolder(std::filesystem::path folder, std::string_view maker, std::size_t part_bytes,
                  std::uint64_t budget_bytes);

  // The name of the part of this picture: 64 hex digits. Empty where the folder is switched off.
  std::string key(const ImageInput& image) const;
  std::optional<MappedImagePart> find(const std::string& key) const;
  // Whether it is there now. `part` holds part_bytes.
  bool keep(const std::string& key, std::span<const std::byte> part);

 private:
  std::filesystem::path file_of(const std::string& key) const;
  bool make_room();

  std::filesystem::path folder_;
  std::string maker_;  // 64 hex digits
  std::size_t part_bytes_;
  std::uint64_t budget_bytes_;
  std::mutex mutex_;  // guards make_room and `full_`
  bool full_ = false;
};

}  // namespace framegen
