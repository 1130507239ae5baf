// device_part_store.cpp: parts end outside the lock, since that may wait for the device.
#include "generator/device_part_store.hpp"

#include <algorithm>
#include <utility>
#include <vector>

namespace framegen {

DevicePartStore::Part DevicePartStore::find(int template_frame) {
  const std::lock_guard lock(mutex_);
  const auto entry = kept_.find(template_frame);
  if (entry == kept_.end()) return nullptr;
  entry->second.last_use = ++clock_;
  ++counts_.in_memory;
  return entry->second.part;
}

DevicePartStore::Part DevicePartStore::take_oldest() {
  const auto oldest =
      std::ranges::min_element(kept_, {}, [](const auto& entry) { return entry.second.last_use; });
  Part part = std::move(oldest->second.part);
  kept_.erase(oldest);
  return part;
}

void DevicePartStore::keep(int template_frame, Part part, std::size_t bytes) {
  std::vector<Part> dropped;
  const std::lock_guard lock(mutex_);
  if (template_frame == kKeptNowhere || bytes > budget_bytes_) {
    ++counts_.at_once;
    return;
  }
  ++counts_.computed;
  part_bytes_ = bytes;
  while (!kept_.empty() && (kept_.size() + 1) * bytes > budget_bytes_) dropped.push_back(take_oldest());
  kept_[template_frame] = {std::move(part), ++clock_};
}

bool DevicePartStore::make_room() {
  std::vector<Part> dropped;
  const std::lock_guard lock(mutex_);
  if (kept_.empty()) return false;
  const std::size_t rest = kept_.size() / 2;
  while (kept_.size() > rest) dropped.push_back(take_oldest());
  budget_bytes_ = rest * part_bytes_;
  return true;
}

PartCounts DevicePartStore::counts() const {
  const std::lock_guard lock(mutex_);
  return counts_;
}

std::size_t DevicePartStore::parts() const {
  const std::lock_guard lock(mutex_);
  return kept_.size();
}

}  // namespace framegen
