// template_jpegs.cpp: kept while there is room, shared while somebody watches.
#include "pictures/template_jpegs.hpp"

namespace framegen::server {

TemplateJpegs::TemplateJpegs(int template_frames, std::shared_ptr<JpegBudget> budget)
    : budget_(std::move(budget)), jpegs_(static_cast<std::size_t>(template_frames)) {}

TemplateJpegs::~TemplateJpegs() {
  for (const auto& jpeg : jpegs_)
    if (jpeg != nullptr) budget_->used -= jpeg->bytes();
}

std::shared_ptr<const KeptJpeg> TemplateJpegs::find(int template_frame) const {
  const std::lock_guard lock(mutex_);
  return jpegs_[static_cast<std::size_t>(template_frame)];
}

void TemplateJpegs::keep(int template_frame, std::shared_ptr<const KeptJpeg> jpeg) {
  const std::size_t more = jpeg->bytes();
  if (budget_->used.fetch_add(more) + more > budget_->most) {
    budget_->used -= more;
    return;
  }
  const std::lock_guard lock(mutex_);
  auto& kept = jpegs_[static_cast<std::size_t>(template_frame)];
  if (kept != nullptr) budget_->used -= kept->bytes();
  kept = std::move(jpeg);
}

std::shared_ptr<TemplateJpegs> TemplateJpegStore::of(const void* avatar, int template_frames, int quality) {
  const std::lock_guard lock(mutex_);
  std::erase_if(in_use_, [](const auto& entry) { return entry.second.expired(); });
  auto& used = in_use_[{avatar, quality}];
  auto jpegs = used.lock();
  if (jpegs == nullptr) used = jpegs = std::make_shared<TemplateJpegs>(template_frames, budget_);
  last_[avatar] = jpegs;
  return jpegs;
}

}  // namespace framegen::server
