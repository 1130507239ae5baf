// image_part_folder.hpp: image parts on disk, one file per template frame, each named by what it was computed
// from.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

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
  // Bounds for the files of all makers together, beside half of the free disk.
  struct Limits {
    Limits(std::uint64_t bytes, bool for_a_film = false)  // NOLINT(google-explicit-constructor)
        : budget_bytes(bytes), preparing(for_a_film) {}
    std::uint64_t budget_bytes;
    // Counts prepared films too and removes other makers' for its own. Else they are nobody's to count or to
    // remove: they were asked for.
    bool preparing;
  };
  // `maker`: all that a part depends on but the picture (network, backend, number format). An empty folder
  // name switches it off.
  ImagePartFolder(std::filesystem::path folder, std::string_view maker, std::size_t part_bytes,
                  Limits limits);

  // The name of the part of this picture: 64 hex digits. Empty where the folder is switched off.
  std::string key(const ImageInput& image) const;
  bool holds(const std::string& key) const;
  // Reads it into `part`, of part_bytes. False: it is not there, or was cut short meanwhile; what `part`
  // holds then is worth nothing.
  bool read(const std::string& key, std::span<std::byte> part) const;
  // The same without a copy, for a process that may end where somebody cuts the file (MappedFile).
  std::optional<MappedImagePart> map(const std::string& key) const;
  // Whether it is there now. `part` holds part_bytes.
  bool keep(const std::string& key, std::span<const std::byte> part);
  // Asks the system for this part's pages, of which the first use may be a while away.
  void read_ahead(const std::string& key) const;

  // Which part belongs to which template frame of a film that was prepared: empty keys where none does.
  Status write_index(std::span<const std::string> keys) const;
  // Of so many frames. Keys whose files are gone or of another size come back empty; nothing where there is
  // no such index.
  std::vector<std::string> read_index(std::size_t frames) const;

 private:
  struct Found {
    std::filesystem::path path;
    std::uint64_t bytes = 0;
    std::filesystem::file_time_type written;
  };
  std::filesystem::path file_of(const std::string& key) const;
  std::ifstream open(const std::string& key) const;
  std::filesystem::path index_file() const;
  void look_round();
  bool make_room();

  std::filesystem::path folder_;
  std::string maker_;  // 64 hex digits
  std::size_t part_bytes_;
  Limits limits_;
  std::mutex mutex_;  // guards what follows
  bool full_ = false, looked_ = false;
  std::uint64_t used_ = 0;        // of the budget
  std::vector<Found> removable_;  // the newest first
};

}  // namespace framegen
