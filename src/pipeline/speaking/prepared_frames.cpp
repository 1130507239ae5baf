// prepared_frames.cpp: decode once, crop once, convert once.
#include "pipeline/speaking/prepared_frames.hpp"

#include <algorithm>
#include <utility>

#include "face/crop.hpp"
#include "kernels/pixels/bgr_to_i420.hpp"

namespace framegen {

// The crops and planes of frames that nobody holds any more: their pages are there already. Outlives the
// PreparedFrames as long as a caller holds a frame.
struct PreparedFrames::Spare {
  static constexpr std::size_t kMost = 4;
  struct Pictures {
    Image crop;
    I420Image planes;
  };
  std::mutex mutex;
  std::vector<Pictures> all;

  Spare() { all.reserve(kMost); }
  Pictures take() {
    const std::lock_guard lock(mutex);
    if (all.empty()) return {};
    Pictures pictures = std::move(all.back());
    all.pop_back();
    return pictures;
  }
  void give_back(PreparedFrame& frame) noexcept {
    const std::lock_guard lock(mutex);
    if (all.size() < kMost) all.push_back({std::move(frame.crop), std::move(frame.planes_)});  // reserved
  }
};

const I420Image& PreparedFrame::i420() const {
  std::call_once(converted_, [&] {
    if (planes_.bytes() == 0)  // else another frame's, of the same size
      planes_ = I420Image(bgr->width(), bgr->height());
    bgr_to_i420(bgr->view(), planes_.view());
  });
  return planes_;
}

std::size_t PreparedFrame::bytes() const {
  return bgr->bytes() + crop.bytes() + bgr->bytes() / 2 + (real ? real->bytes() : 0) +
         (masked ? masked->bytes() : 0);
}

Rectangle even_area(const Rectangle& box, int width, int height) {
  const int left = box.x & ~1, top = box.y & ~1;
  const int right = std::min(width, next_even(box.x + box.width)),
            bottom = std::min(height, next_even(box.y + box.height));
  return {left, top, right - left, bottom - top};
}

FaceGeometry geometry_of(const Manifest& manifest) {
  const ImageSpec& image = manifest.image;
  return {image.size, image.crop, image.inset, image.mask, image.resize, image.paste};
}

PreparedFrames::PreparedFrames(const AvatarBundle& bundle, std::uint64_t budget_bytes)
    : bundle_(bundle),
      geometry_(geometry_of(bundle.manifest())),
      budget_bytes_(budget_bytes),
      templates_(bundle.template_frames(0)),
      spare_(std::make_shared<Spare>()) {
  if (bundle.manifest().image.source != ImageSource::kPrecut) return;
  real_ = bundle.precut_real(0);
  masked_ = bundle.precut_masked(0);
}

Result<std::shared_ptr<const PreparedFrame>> PreparedFrames::get(int template_frame, bool keep) {
  if (auto frame = found(template_frame)) return frame;
  // Two workers may prepare the same frame at once: rare, harmless, and nobody waits for another's decoding.
  auto frame = FRAMEGEN_TRY(prepare(template_frame));
  if (keep) remember(template_frame, frame);
  return frame;
}

std::shared_ptr<const PreparedFrame> PreparedFrames::found(int template_frame) {
  const std::lock_guard lock(mutex_);
  const auto at = entries_.find(template_frame);
  if (at == entries_.end()) return nullptr;
  uses_.splice(uses_.begin(), uses_, at->second.use);
  return at->second.frame;
}

Result<std::shared_ptr<const PreparedFrame>> PreparedFrames::prepare(int template_frame) {
  std::shared_ptr<PreparedFrame> frame(new PreparedFrame, [spare = spare_](PreparedFrame* last) {
    spare->give_back(*last);
    delete last;
  });
  Spare::Pictures pictures = spare_->take();
  frame->crop = std::move(pictures.crop);
  frame->planes_ = std::move(pictures.planes);
  frame->bgr = FRAMEGEN_TRY(templates_->get(template_frame));
  const Image& bgr = *frame->bgr;
  const Rectangle& box = bundle_.manifest().boxes[static_cast<std::size_t>(template_frame)];
  frame->box = FRAMEGEN_TRY(cut_box(box, bgr.width(), bgr.height()));
  frame->area = even_area(frame->box, bgr.width(), bgr.height());
  frame->crop.resize(geometry_.crop, geometry_.crop);
  FRAMEGEN_TRY(crop_face(bgr, box, geometry_, frame->crop));
  frame->image = inner_view(std::as_const(frame->crop).view(), geometry_);
  if (real_ != nullptr) {
    frame->real = FRAMEGEN_TRY(real_->get(template_frame));
    frame->masked = FRAMEGEN_TRY(masked_->get(template_frame));
    frame->image = {frame->real->view(), frame->masked->view()};
  }
  return std::shared_ptr<const PreparedFrame>(std::move(frame));
}

void PreparedFrames::remember(int template_frame, std::shared_ptr<const PreparedFrame> frame) {
  const std::lock_guard lock(mutex_);
  if (entries_.contains(template_frame)) return;
  const std::size_t bytes = frame->bytes();
  // What may throw comes first: a use without its entry would be looked for in vain when it is the oldest.
  std::list<int> use{template_frame};
  entries_.emplace(template_frame, Entry{std::move(frame), use.begin()});
  uses_.splice(uses_.begin(), use);
  held_bytes_ += bytes;
  while (held_bytes_ > budget_bytes_ && uses_.size() > 1) {
    const auto oldest = entries_.find(uses_.back());
    held_bytes_ -= oldest->second.frame->bytes();
    entries_.erase(oldest);
    uses_.pop_back();
  }
}

}  // namespace framegen
