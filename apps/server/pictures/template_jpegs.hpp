// template_jpegs.hpp: the JPEGs of an avatar's template frames that sessions share.
#pragma once

#include <atomic>
#include <cstddef>
#include <map>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include "pictures/splice.hpp"

namespace framegen::server {

// Bytes that all JPEGs of a server may take.
struct JpegBudget {
  explicit JpegBudget(std::size_t most_bytes) : most(most_bytes) {}
  const std::size_t most;
  std::atomic<std::size_t> used{0};
};

// One avatar's, of one quality. Beyond the budget nothing more is kept: a loop that is played to and fro asks
// for each frame equally often. Thread-safe.
class TemplateJpegs {
 public:
  TemplateJpegs(int template_frames, std::shared_ptr<JpegBudget> budget);
  ~TemplateJpegs();
  TemplateJpegs(const TemplateJpegs&) = delete;
  TemplateJpegs& operator=(const TemplateJpegs&) = delete;

  std::shared_ptr<const KeptJpeg> find(int template_frame) const;  // null: none is kept
  bool has_room(std::size_t bytes) const { return budget_->used + bytes <= budget_->most; }
  void keep(int template_frame, std::shared_ptr<const KeptJpeg> jpeg);

 private:
  std::shared_ptr<JpegBudget> budget_;
  mutable std::mutex mutex_;
  std::vector<std::shared_ptr<const KeptJpeg>> jpegs_;
};

// Those of all avatars and qualities that are in use, and of each avatar's last one. Thread-safe.
class TemplateJpegStore {
 public:
  explicit TemplateJpegStore(std::size_t most_bytes) : budget_(std::make_shared<JpegBudget>(most_bytes)) {}
  // `avatar` tells them apart and is not looked at.
  std::shared_ptr<TemplateJpegs> of(const void* avatar, int template_frames, int quality);
  std::size_t bytes() const { return budget_->used; }

 private:
  std::shared_ptr<JpegBudget> budget_;
  std::mutex mutex_;
  std::map<std::pair<const void*, int>, std::weak_ptr<TemplateJpegs>> in_use_;
  std::map<const void*, std::shared_ptr<TemplateJpegs>> last_;
};

}  // namespace framegen::server
