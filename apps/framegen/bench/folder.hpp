// folder.hpp: what a bench needs on disk for as long as it runs.
#pragma once

#include <filesystem>
#include <string>

#include "framegen/result.hpp"

namespace framegen::app {

// A folder of its own in the system's temporary one, removed with the object.
class BenchFolder {
 public:
  // Errors: kBadOutput.
  static Result<BenchFolder> create();
  BenchFolder(BenchFolder&& other) noexcept : path_(std::move(other.path_)) { other.path_.clear(); }
  BenchFolder& operator=(BenchFolder&&) = delete;
  ~BenchFolder();
  const std::filesystem::path& path() const { return path_; }

  // The speech, again and again, until it is long enough for that many frames: a 16 kHz WAV. Errors:
  // kBadInput, kBadOutput.
  Result<std::filesystem::path> write_speech(const std::filesystem::path& audio, int frames) const;
  // The avatar's pictures with seeded networks of that width. Errors: kBadAvatar, kBadUse, kBadOutput.
  Result<std::filesystem::path> write_avatar(const std::filesystem::path& avatar, double width) const;
  // The avatar with `frames` template frames that are all shown before one comes again: its own under new
  // names, each time with the face box in another place, so that no two faces see the same picture. Errors:
  // kBadAvatar, kBadOutput.
  Result<std::filesystem::path> write_distinct(const std::filesystem::path& avatar, int frames) const;

 private:
  BenchFolder() = default;
  std::filesystem::path path_;
};

// Ranges for int8, and nothing else: bench compares pictures itself. Errors: calibrate()'s.
Status calibrate_for_bench(const std::filesystem::path& avatar, const std::filesystem::path& speech,
                           int faces);

}  // namespace framegen::app
