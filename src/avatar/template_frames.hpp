// template_frames.hpp: an avatar's pictures, decoded on demand and kept within a budget of memory
// (docs/reference.md §5).
#pragma once

#include <condition_variable>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "core/image.hpp"
#include "framegen/result.hpp"
#include "media/image_decoder.hpp"

namespace framegen {

// Thread-safe. The least recently used picture goes first; its memory is used for the next one once nobody
// holds it.
class TemplateFrames {
 public:
  // Files relative to `folder`; all pictures must have width × height pixels.
  TemplateFrames(std::filesystem::path folder, std::vector<std::string> files, int width, int height,
                 std::uint64_t budget_bytes);
  ~TemplateFrames();
  TemplateFrames(const TemplateFrames&) = delete;
  TemplateFrames& operator=(const TemplateFrames&) = delete;

  int count() const { return static_cast<int>(files_.size()); }
  // Picture `index` of 0 … count()−1. Two threads that ask for the same one wait for one decoding. Errors:
  // kBadAvatar, naming the file (missing, truncated, no JPEG or PNG, another size), kInternal (no memory).
  Result<std::shared_ptr<const Image>> get(int index);
  // Of pictures kept; those that callers hold beyond that are theirs.
  std::uint64_t kept_bytes() const;

 private:
  struct Pool;
  class Loading;
  struct Slot {
    std::shared_ptr<const Image> image;
    std::uint64_t last_use = 0;
    bool loading = false;
  };
  Result<std::shared_ptr<const Image>> decode(int index);
  void keep(Slot& slot, std::shared_ptr<const Image> image);
  void drop_oldest();

  std::filesystem::path folder_;
  std::vector<std::string> files_;
  int width_, height_;
  std::uint64_t budget_bytes_;
  std::shared_ptr<Pool> pool_;
  mutable std::mutex mutex_;
  std::condition_variable loaded_;
  std::vector<Slot> slots_;
  std::uint64_t clock_ = 0;
  std::uint64_t kept_bytes_ = 0;
};

}  // namespace framegen
