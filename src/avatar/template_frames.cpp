// template_frames.cpp: an avatar's pictures, decoded on demand and kept within a budget of memory
// (docs/reference.md §5).
#include "avatar/template_frames.hpp"

#include <cassert>
#include <new>
#include <utility>

#include "core/files.hpp"

namespace framegen {
namespace {

constexpr std::uint64_t kMostFileBytes = std::uint64_t{1} << 28;

// A file's bytes and who decodes them.
struct Reader {
  std::vector<std::uint8_t> bytes;
  ImageDecoder decoder;
};

}  // namespace

// Pictures that nobody holds any more, and readers that nobody uses: the next frame takes them. Outlives the
// TemplateFrames as long as a caller holds one of its pictures.
struct TemplateFrames::Pool {
  static constexpr std::size_t kMaxSpare = 4;
  std::mutex mutex;
  std::vector<std::unique_ptr<Image>> images;
  std::vector<Reader> readers;

  Pool() { images.reserve(kMaxSpare); }

  std::unique_ptr<Image> take_image() {
    const std::lock_guard lock(mutex);
    if (images.empty()) return std::make_unique<Image>();
    auto image = std::move(images.back());
    images.pop_back();
    return image;
  }
  void give_back(std::unique_ptr<Image> image) noexcept {
    const std::lock_guard lock(mutex);
    if (images.size() < kMaxSpare) images.push_back(std::move(image));  // reserved: does not throw
  }
  Reader take_reader() {
    const std::lock_guard lock(mutex);
    if (readers.empty()) return {};
    Reader reader = std::move(readers.back());
    readers.pop_back();
    return reader;
  }
  void give_back(Reader reader) {
    const std::lock_guard lock(mutex);
    readers.push_back(std::move(reader));
  }
};

TemplateFrames::TemplateFrames(std::filesystem::path folder, std::vector<std::string> files, int width,
                               int height, std::uint64_t budget_bytes)
    : folder_(std::move(folder)),
      files_(std::move(files)),
      width_(width),
      height_(height),
      budget_bytes_(budget_bytes),
      pool_(std::make_shared<Pool>()),
      slots_(files_.size()) {}

TemplateFrames::~TemplateFrames() = default;

// However the decoding ends, by an exception too, those who wait for it are told.
class TemplateFrames::Loading {
 public:
  Loading(TemplateFrames& frames, Slot& slot) : frames_(frames), slot_(slot) {}
  ~Loading() {
    const std::lock_guard lock(frames_.mutex_);
    slot_.loading = false;
    frames_.loaded_.notify_all();
  }
  Loading(const Loading&) = delete;
  Loading& operator=(const Loading&) = delete;

 private:
  TemplateFrames& frames_;
  Slot& slot_;
};

Result<std::shared_ptr<const Image>> TemplateFrames::get(int index) {
  assert(index >= 0 && index < count());
  Slot& slot = slots_[static_cast<std::size_t>(index)];
  {
    std::unique_lock lock(mutex_);
    loaded_.wait(lock, [&] { return !slot.loading; });
    slot.last_use = ++clock_;
    if (slot.image) return slot.image;
    slot.loading = true;
    // Before the decoding: the picture that goes leaves its memory to the one that comes.
    const auto bytes = static_cast<std::uint64_t>(width_) * static_cast<std::uint64_t>(height_) * 3;
    while (kept_bytes_ > 0 && kept_bytes_ + bytes > budget_bytes_) drop_oldest();
  }
  const Loading loading(*this, slot);
  auto image = decode(index);
  if (!image) return image;
  const std::lock_guard lock(mutex_);
  keep(slot, *image);
  return image;
}

Result<std::shared_ptr<const Image>> TemplateFrames::decode(int index) {
  const std::string& file = files_[static_cast<std::size_t>(index)];
  const auto broken = [](Error error) {
    if (error.code == ErrorCode::kBadInput) error.code = ErrorCode::kBadAvatar;
    return error;
  };
  try {
    const std::filesystem::path path = folder_ / file;
    std::unique_ptr<Image> image = pool_->take_image();
    Reader reader = pool_->take_reader();
    Status decoded = read_file(path, reader.bytes, kMostFileBytes);
    if (decoded) decoded = reader.decoder.decode(reader.bytes, path.string(), *image, width_, height_);
    pool_->give_back(std::move(reader));
    if (!decoded) return broken(std::move(decoded).error());
    // Whoever lets go of it last gives its memory back, on whatever thread.
    return std::shared_ptr<const Image>(image.release(), [pool = pool_](const Image* last) {
      pool->give_back(std::unique_ptr<Image>(const_cast<Image*>(last)));
    });
  } catch (const std::bad_alloc&) {
    return Error{ErrorCode::kInternal, file, "no memory for a template frame", ""};
  }
}

void TemplateFrames::keep(Slot& slot, std::shared_ptr<const Image> image) {
  const std::uint64_t bytes = image->bytes();
  while (kept_bytes_ > 0 && kept_bytes_ + bytes > budget_bytes_) drop_oldest();
  if (bytes > budget_bytes_) return;
  slot.image = std::move(image);
  kept_bytes_ += bytes;
}

void TemplateFrames::drop_oldest() {
  Slot* oldest = nullptr;
  for (Slot& slot : slots_)
    if (slot.image && (oldest == nullptr || slot.last_use < oldest->last_use)) oldest = &slot;
  if (oldest == nullptr) return;
  kept_bytes_ -= oldest->image->bytes();
  oldest->image.reset();
}

std::uint64_t TemplateFrames::kept_bytes() const {
  const std::lock_guard lock(mutex_);
  return kept_bytes_;
}

}  // namespace framegen
