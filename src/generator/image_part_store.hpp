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
#include "generator/read_ahead.hpp"

namespace framegen {

// Whether image parts are kept for the next face of their template frame. kWhatPays: of frames that are seen
// again, as many as fit; the rest is computed anew for each face, as one network.
enum class KeepImageParts : std::uint8_t { kWhatPays, kAlways, kNever };

struct ImagePartOptions {
  std::uint64_t memory_budget_bytes = std::uint64_t{2} << 30;  // least recently used parts go beyond it
  std::filesystem::path cache_folder;                          // the avatar's cache/; empty: memory only
  std::uint64_t disk_budget_bytes = std::uint64_t{2} << 30;
  KeepImageParts keep = KeepImageParts::kWhatPays;
  bool map = false;        // parts on the disk, instead of copying them (EngineOptions::map_image_parts)
  bool preparing = false;  // see ImagePartFolder::Limits
};

// A template frame's part, in memory or mapped from disk. Borrowed as long as its pointer is held.
class ImagePart {
 public:
  explicit ImagePart(std::size_t bytes) : memory_(bytes) {}
  explicit ImagePart(MappedImagePart mapped) : mapped_(std::move(mapped)) {}
  std::span<const std::byte> bytes() const { return mapped_ ? mapped_->bytes : memory_.span(); }
  std::span<std::byte> room() { return memory_.span(); }

 private:
  AlignedBuffer<std::byte> memory_;
  std::optional<MappedImagePart> mapped_;
};

// Thread-safe: callers of one frame wait for the first of them, callers of different frames compute side by
// side. A part that is being made has its place in the budget reserved; where the budget has fewer places
// than there are callers, what they make is theirs alone and kept by nobody.
class ImagePartStore {
 public:
  using Compute = std::function<Status(std::span<std::byte> part)>;

  // `maker` as for ImagePartFolder.
  ImagePartStore(const ImagePartOptions& options, const std::string& maker, std::size_t part_bytes);

  // The part of `template_frame`, whose picture is `image`; `compute` fills one that is kept nowhere yet.
  // kKeptNowhere: always computed, and only lent. What is in memory is given without an allocation.
  // Errors: those of `compute`, kInternal (memory).
  Result<std::shared_ptr<const ImagePart>> get(int template_frame, const ImageInput& image,
                                               const Compute& compute);
  // The same for one that is not seen again: from the disk where it lies there, and kept nowhere in memory.
  Result<std::shared_ptr<const ImagePart>> get_once(const ImageInput& image, const Compute& compute);
  // Computes the part and writes it to the disk, unless it is there.
  Result<PartOnDisk> prepare(int template_frame, const ImageInput& image, const Compute& compute);
  // Writes down what prepare() has made of so many frames.
  Status publish(std::size_t frames);
  // The other way round: which of so many frames lie on the disk.
  std::vector<bool> find_prepared(std::size_t frames);
  void read_ahead(int template_frame);

  struct Counts {
    std::uint64_t in_memory = 0, from_disk = 0, computed = 0;  // how get() was answered
  };
  Counts counts() const;
  // Parts kept, being made, and dropped ones whose memory waits for the next: the budget's, or one for each
  // caller that is inside where that is more.
  std::size_t parts_held() const;

 private:
  struct Slot {
    std::mutex making;  // held by whoever looks on disk or computes
    std::shared_ptr<const ImagePart> part;
    std::uint64_t last_use = 0;
  };
  struct Spare;
  class Reservation;
  using Part = std::unique_ptr<ImagePart>;
  Slot& slot(int template_frame);
  std::shared_ptr<const ImagePart> in_memory(Slot& slot);
  Part reserve();
  void unreserve();
  void drop_oldest();
  std::shared_ptr<const ImagePart> shared(Part part) const;
  Result<std::shared_ptr<const ImagePart>> make(const ImageInput& image, const Compute& compute);
  Result<std::shared_ptr<const ImagePart>> lend(const Compute& compute);
  Error out_of_memory() const;

  std::size_t part_bytes_;
  std::size_t most_parts_;
  bool map_;
  ImagePartFolder folder_;
  std::shared_ptr<Spare> spare_;
  mutable std::mutex mutex_;  // guards all below, and every slot's part and last_use; Spare's comes after it
  std::vector<std::unique_ptr<Slot>> slots_;
  std::uint64_t clock_ = 0;
  std::size_t kept_ = 0, reserved_ = 0;
  Counts counts_;
  std::vector<std::string> keys_;  // of prepared frames; fixed once find_prepared() was called
  ReadAhead ahead_;
};

}  // namespace framegen
