// device_part_store.hpp: image parts in a device's memory, those of the template frames that were used last.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <unordered_map>

#include "generator/backend.hpp"
#include "nn/onnxruntime/device_parts.hpp"

namespace framegen {

// Thread-safe. Holds pointers alone: a part goes when its last user ends.
class DevicePartStore {
 public:
  using Part = std::shared_ptr<const PartOnDevice>;

  explicit DevicePartStore(std::uint64_t budget_bytes) : budget_bytes_(budget_bytes) {}

  // Null where it is not kept.
  Part find(int template_frame);
  // Drops what was used longest ago, until all fit. A part larger than the budget is not kept.
  void keep(int template_frame, Part part, std::size_t bytes);
  // The device has no room: half of what is kept goes, and no more than the rest is kept from now on. False
  // where nothing was kept.
  bool make_room();
  PartCounts counts() const;
  std::size_t parts() const;

 private:
  struct Entry {
    Part part;
    std::uint64_t last_use = 0;
  };
  Part take_oldest();

  mutable std::mutex mutex_;  // guards all below
  std::uint64_t budget_bytes_;
  std::size_t part_bytes_ = 0;
  std::uint64_t clock_ = 0;
  std::unordered_map<int, Entry> kept_;
  PartCounts counts_;
};

}  // namespace framegen
