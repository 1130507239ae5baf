// image_part_store.cpp: memory first, then disk, then compute; the least recently used part makes room.
#include "generator/image_part_store.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <new>

namespace framegen {

ImagePartStore::ImagePartStore(const ImagePartOptions& options, const std::string& maker,
                               std::size_t part_bytes)
    : part_bytes_(part_bytes),
      most_parts_(static_cast<std::size_t>(
          std::max<std::uint64_t>(1, options.memory_budget_bytes / std::max<std::size_t>(1, part_bytes)))),
      folder_(options.cache_folder, maker, part_bytes, options.disk_budget_bytes) {}

ImagePartStore::Slot& ImagePartStore::slot(int template_frame) {
  const auto index = static_cast<std::size_t>(template_frame);
  if (slots_.size() <= index) slots_.resize(index + 1);
  if (!slots_[index]) slots_[index] = std::make_unique<Slot>();
  return *slots_[index];
}

std::shared_ptr<const ImagePart> ImagePartStore::in_memory(Slot& slot) {
  if (slot.part) {
    slot.last_use = ++clock_;
    ++counts_.in_memory;
  }
  return slot.part;
}

Result<std::shared_ptr<const ImagePart>> ImagePartStore::get(int template_frame, const ImageInput& image,
                                                             const Compute& compute) {
  if (template_frame < 0)
    return Error{ErrorCode::kInternal, fmt::format("template frame {}", template_frame), "no such frame", ""};
  try {
    std::unique_lock lock(mutex_);
    Slot& mine = slot(template_frame);
    if (auto part = in_memory(mine)) return part;
    lock.unlock();
    const std::lock_guard making(mine.making);
    lock.lock();
    if (auto part = in_memory(mine)) return part;  // made by another caller meanwhile
    lock.unlock();
    std::shared_ptr<ImagePart> made = FRAMEGEN_TRY(make(image, compute));
    lock.lock();
    mine.part = made;
    mine.last_use = ++clock_;
    ++kept_;
    return std::shared_ptr<const ImagePart>(std::move(made));
  } catch (const std::bad_alloc&) {
    return Error{ErrorCode::kInternal, fmt::format("template frame {}", template_frame),
                 fmt::format("out of memory for its image part of {} bytes", part_bytes_),
                 "use --backend onnxruntime"};
  }
}

// A part to write into: a dropped one's memory where there is one that nobody reads any more.
std::shared_ptr<ImagePart> ImagePartStore::room() {
  const std::lock_guard lock(mutex_);
  while (kept_ >= most_parts_) {
    Slot* oldest = nullptr;
    for (const auto& slot : slots_)
      if (slot && slot->part && (oldest == nullptr || slot->last_use < oldest->last_use)) oldest = slot.get();
    if (oldest == nullptr) break;
    if (!oldest->part->is_mapped()) spare_.push_back(oldest->part);
    oldest->part.reset();
    --kept_;
  }
  const auto idle = std::ranges::find_if(spare_, [](const auto& part) { return part.use_count() == 1; });
  if (idle == spare_.end()) return nullptr;
  std::shared_ptr<ImagePart> part = std::move(*idle);
  spare_.erase(idle);
  return part;
}

Result<std::shared_ptr<ImagePart>> ImagePartStore::make(const ImageInput& image, const Compute& compute) {
  const std::string key = folder_.key(image);
  std::shared_ptr<ImagePart> part = room();
  if (auto mapped = folder_.find(key)) {
    const std::lock_guard lock(mutex_);
    ++counts_.from_disk;
    if (part) spare_.push_back(std::move(part));
    return std::make_shared<ImagePart>(*std::move(mapped));
  }
  if (!part) part = std::make_shared<ImagePart>(part_bytes_);
  FRAMEGEN_TRY(compute(part->room()));
  folder_.keep(key, part->bytes());
  const std::lock_guard lock(mutex_);
  ++counts_.computed;
  return part;
}

ImagePartStore::Counts ImagePartStore::counts() const {
  const std::lock_guard lock(mutex_);
  return counts_;
}

}  // namespace framegen
