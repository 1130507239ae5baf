// image_part_store.hpp: what the generator makes of a template frame alone, computed once and kept
// (docs/architecture.md).
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/aligned_buffer.hpp"
#include "generator/backend.hpp"
#include "generator/image_part_folder.hpp"

namespace framegen {

struct ImagePartOptions {
  std::uint64_t memory_budget_bytes = std::uint64_t{2} << 30;  // least recently used parts go beyond it
  std::filesystem::path cache_folder;                          // the avatar's cache/; empty: memory only
  std::uint64_t disk_budget_bytes = std::uint64_t{2} << 30;
};

// A template frame's part, in memory or mapped from disk. Borrowed as long as its pointer is held.
class ImagePart {
 public:
  explicit ImagePart(std::size_t bytes) : memory_(bytes) {}
  explicit ImagePart(MappedImagePart mapped) : mapped_(std::move(mapped)) {}
  std::span<const std::byte> bytes() const { return mapped_ ? mapped_->bytes : memory_.span(); }
  bool is_mapped() const { return mapped_.has_value(); }
  std::span<std::byte> room() { return memory_.span(); }

 private:
  AlignedBuffer<std::byte> memory_;
  std::optional<MappedImagePart> mapped_;
};

// Thread-safe: callers of one frame wait for the first of them, callers of different frames compute side by
// side.
class ImagePartStore {
 public:
  using Compute = std::function<Status(std::span<std::byte> part)>;

  // `maker` as for ImagePartFolder.
  ImagePartStore(const ImagePartOptions& options, const std::string& maker, std::size_t part_bytes);

  // The part of `template_frame`, whose picture is `image`; `compute` fills one that is kept nowhere yet.
  // What is in memory is given without an allocation. Errors: those of `compute`, kInternal (memory).
  Result<std::shared_ptr<const ImagePart>> get(int template_frame, const ImageInput& image,
                                               const Compute& compute);

  struct Counts {
    std::uint64_t in_memory = 0, from_disk = 0, computed = 0;  // how get() was answered
  };
  Counts counts() const;

 private:
  struct Slot {
    std::mutex making;  // held by whoever looks on disk or computes
    std::shared_ptr<ImagePart> part;
    std::uint64_t last_use = 0;
  };
  Slot& slot(int template_frame);
  std::shared_ptr<const ImagePart> in_memory(Slot& slot);
  std::shared_ptr<ImagePart> room();
  Result<std::shared_ptr<ImagePart>> make(const ImageInput& image, const Compute& compute);

  std::size_t part_bytes_;
  std::size_t most_parts_;
  ImagePartFolder folder_;
  mutable std::mutex mutex_;  // guards all below, and every slot's part and last_use
  std::vector<std::unique_ptr<Slot>> slots_;
  std::vector<std::shared_ptr<ImagePart>> spare_;  // dropped parts whose memory is used again
  std::uint64_t clock_ = 0;
  std::size_t kept_ = 0;
  Counts counts_;
};

}  // namespace framegen
