// image_part_store.cpp: memory first, then disk, then compute; the least recently used part makes room.
#include "generator/image_part_store.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <new>

namespace framegen {

// Memory of parts that nobody reads any more, for the next ones: whoever lets go of a part last gives it back
// here. Outlives the store as long as a caller holds a part.
struct ImagePartStore::Spare {
  std::mutex mutex;
  std::vector<Part> parts;
  std::size_t most = 0;  // that wait here; the others' memory goes back to the system

  explicit Spare(std::size_t most_ever) { parts.reserve(most_ever); }

  Part take() {
    const std::lock_guard lock(mutex);
    if (parts.empty()) return nullptr;
    Part part = std::move(parts.back());
    parts.pop_back();
    return part;
  }
  void give_back(Part part) noexcept {
    const std::lock_guard lock(mutex);
    if (parts.size() < most) parts.push_back(std::move(part));  // reserved: does not throw
  }
  void limit(std::size_t to) {
    const std::lock_guard lock(mutex);
    most = std::min(to, parts.capacity());
    if (parts.size() > most) parts.resize(most);
  }
  std::size_t count() {
    const std::lock_guard lock(mutex);
    return parts.size();
  }
};

namespace {

constexpr std::size_t kMostSpare = 16;  // more callers than these that let go at once are not worth memory

}  // namespace

// A place in the budget for a part that is being made.
class ImagePartStore::Reservation {
 public:
  explicit Reservation(ImagePartStore& store) : store_(store), part_(store.reserve()) {}
  ~Reservation() { store_.unreserve(); }
  Reservation(const Reservation&) = delete;
  Reservation& operator=(const Reservation&) = delete;
  // Memory for it: that of a part which had to go, where nobody reads it any more.
  Part memory() { return part_ ? std::move(part_) : std::make_unique<ImagePart>(store_.part_bytes_); }

 private:
  ImagePartStore& store_;
  Part part_;
};

ImagePartStore::ImagePartStore(const ImagePartOptions& options, const std::string& maker,
                               std::size_t part_bytes)
    : part_bytes_(part_bytes),
      most_parts_(static_cast<std::size_t>(
          std::max<std::uint64_t>(1, options.memory_budget_bytes / std::max<std::size_t>(1, part_bytes)))),
      map_(options.map),
      folder_(options.cache_folder, maker, part_bytes, {options.disk_budget_bytes, options.preparing}),
      spare_(std::make_shared<Spare>(std::min(kMostSpare, most_parts_))),
      ahead_([this](int frame) { folder_.read_ahead(keys_[static_cast<std::size_t>(frame)]); }) {}

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
  try {
    if (template_frame < 0) return lend(compute);
    std::unique_lock lock(mutex_);
    Slot& mine = slot(template_frame);
    if (auto part = in_memory(mine)) return part;
    lock.unlock();
    const std::lock_guard making(mine.making);
    lock.lock();
    if (auto part = in_memory(mine)) return part;  // made by another caller meanwhile
    lock.unlock();
    auto made = FRAMEGEN_TRY(make(image, compute));
    lock.lock();
    // Where others have reserved all there is, the part is this caller's alone.
    if (kept_ + reserved_ >= most_parts_) return made;
    mine.part = made;
    mine.last_use = ++clock_;
    ++kept_;
    return made;
  } catch (const std::bad_alloc&) {
    return Error{ErrorCode::kInternal, fmt::format("template frame {}", template_frame),
                 fmt::format("out of memory for its image part of {} bytes", part_bytes_),
                 "use --backend onnxruntime"};
  }
}

ImagePartStore::Part ImagePartStore::reserve() {
  const std::lock_guard lock(mutex_);
  ++reserved_;
  Part part = spare_->take();
  while (kept_ > 0 && kept_ + reserved_ > most_parts_) {
    spare_->limit(part ? 0 : 1);
    drop_oldest();
    if (!part) part = spare_->take();
  }
  spare_->limit(most_parts_ - std::min(most_parts_, kept_ + reserved_));
  return part;
}

void ImagePartStore::unreserve() {
  const std::lock_guard lock(mutex_);
  --reserved_;
}

void ImagePartStore::drop_oldest() {
  Slot* oldest = nullptr;
  for (const auto& slot : slots_)
    if (slot && slot->part && (oldest == nullptr || slot->last_use < oldest->last_use)) oldest = slot.get();
  oldest->part.reset();
  --kept_;
}

std::shared_ptr<const ImagePart> ImagePartStore::shared(Part part) const {
  return {part.release(),
          [spare = spare_](const ImagePart* last) { spare->give_back(Part(const_cast<ImagePart*>(last))); }};
}

Result<std::shared_ptr<const ImagePart>> ImagePartStore::make(const ImageInput& image,
                                                              const Compute& compute) {
  const std::string key = folder_.key(image);
  auto mapped = map_ ? folder_.map(key) : std::nullopt;
  Reservation place(*this);
  if (mapped) {
    const std::lock_guard lock(mutex_);
    ++counts_.from_disk;
    return std::shared_ptr<const ImagePart>(std::make_shared<ImagePart>(*std::move(mapped)));
  }
  Part part = place.memory();
  const bool from_disk = !map_ && folder_.read(key, part->room());
  if (!from_disk) {
    FRAMEGEN_TRY(compute(part->room()));
    folder_.keep(key, part->bytes());
  }
  const std::lock_guard lock(mutex_);
  ++(from_disk ? counts_.from_disk : counts_.computed);
  return shared(std::move(part));
}

Result<std::shared_ptr<const ImagePart>> ImagePartStore::lend(const Compute& compute) {
  Reservation place(*this);
  Part part = place.memory();
  FRAMEGEN_TRY(compute(part->room()));
  const std::lock_guard lock(mutex_);
  ++counts_.computed;
  return shared(std::move(part));
}

Result<std::shared_ptr<const ImagePart>> ImagePartStore::get_once(const ImageInput& image,
                                                                  const Compute& compute) {
  try {
    return make(image, compute);
  } catch (const std::bad_alloc&) {
    return out_of_memory();
  }
}

Result<PartOnDisk> ImagePartStore::prepare(int template_frame, const ImageInput& image,
                                           const Compute& compute) {
  try {
    std::string key = folder_.key(image);
    if (key.empty()) return PartOnDisk::kNotKept;
    const bool was_there = folder_.holds(key);
    if (!was_there) {
      Reservation place(*this);
      Part part = place.memory();
      FRAMEGEN_TRY(compute(part->room()));
      if (!folder_.keep(key, part->bytes())) return PartOnDisk::kNoRoom;
    }
    const std::lock_guard lock(mutex_);
    const auto frame = static_cast<std::size_t>(template_frame);
    if (keys_.size() <= frame) keys_.resize(frame + 1);
    keys_[frame] = std::move(key);
    return was_there ? PartOnDisk::kWasThere : PartOnDisk::kWritten;
  } catch (const std::bad_alloc&) {
    return out_of_memory();
  }
}

Status ImagePartStore::publish(std::size_t frames) {
  std::vector<std::string> keys;
  {
    const std::lock_guard lock(mutex_);
    keys = keys_;
  }
  keys.resize(frames);
  // Frames that this run did not come to, as it was stopped or the disk was full, stay what they were.
  const std::vector<std::string> before = folder_.read_index(frames);
  for (std::size_t i = 0; i < before.size(); ++i)
    if (keys[i].empty()) keys[i] = before[i];
  if (keys == before) return {};  // a full disk takes no second copy
  return folder_.write_index(keys);
}

std::vector<bool> ImagePartStore::find_prepared(std::size_t frames) {
  keys_ = folder_.read_index(frames);
  std::vector<bool> there(keys_.size());
  for (std::size_t i = 0; i < keys_.size(); ++i) there[i] = !keys_[i].empty();
  return there;
}

void ImagePartStore::read_ahead(int template_frame) {
  const auto frame = static_cast<std::size_t>(template_frame);
  if (template_frame < 0 || frame >= keys_.size() || keys_[frame].empty()) return;
  {
    const std::lock_guard lock(mutex_);
    if (frame < slots_.size() && slots_[frame] && slots_[frame]->part) return;
  }
  ahead_.ask(template_frame);
}

Error ImagePartStore::out_of_memory() const {
  return {ErrorCode::kInternal, "image parts", fmt::format("out of memory for one of {} bytes", part_bytes_),
          "use --backend onnxruntime"};
}

ImagePartStore::Counts ImagePartStore::counts() const {
  const std::lock_guard lock(mutex_);
  return counts_;
}

std::size_t ImagePartStore::parts_held() const {
  const std::lock_guard lock(mutex_);
  return kept_ + reserved_ + spare_->count();
}

}  // namespace framegen
