// face_queue.cpp: a line, and whoever stands in it does the work.
#include "generator/face_queue.hpp"

#include <algorithm>
#include <array>
#include <cassert>
#include <utility>

#include "generator/generator_shape.hpp"

namespace framegen {

FaceQueue::FaceQueue(std::size_t batch, std::vector<std::unique_ptr<FaceMaker>> makers)
    : batch_(batch), makers_(std::move(makers)) {
  assert(batch_ >= 1 && batch_ <= kLargestBatch && !makers_.empty());
  for (const auto& maker : makers_) free_.push_back(maker.get());
}

Status FaceQueue::run(std::span<const GeneratorJob> jobs) {
  Call call{jobs.size(), {}};
  std::unique_lock lock(mutex_);
  for (const GeneratorJob& job : jobs) line_.push_back({&job, &call});
  while (call.left > 0) {
    if (free_.empty() || line_.empty())
      changed_.wait(lock);
    else
      make_batch(lock);
  }
  return call.status;
}

void FaceQueue::make_batch(std::unique_lock<std::mutex>& lock) {
  std::array<const GeneratorJob*, kLargestBatch> jobs;
  std::array<Call*, kLargestBatch> calls;
  const std::size_t count = std::min(batch_, line_.size());
  for (std::size_t i = 0; i < count; ++i) {
    jobs[i] = line_[i].job;
    calls[i] = line_[i].call;
  }
  line_.erase(line_.begin(), line_.begin() + static_cast<std::ptrdiff_t>(count));
  FaceMaker* maker = free_.back();
  free_.pop_back();
  lock.unlock();
  const Status made = maker->make(std::span(jobs).first(count));
  lock.lock();
  free_.push_back(maker);
  for (std::size_t i = 0; i < count; ++i) {
    if (!made && calls[i]->status) calls[i]->status = made;
    --calls[i]->left;
  }
  changed_.notify_all();
}

}  // namespace framegen
