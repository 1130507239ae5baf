// bounded_queue.hpp: a first-in first-out queue between threads that makes fast producers wait.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

namespace framegen {

// Any number of producers and consumers. Holds at most `capacity` items in a ring made once: no allocation
// per item.
template <class T>
class BoundedQueue {
 public:
  explicit BoundedQueue(std::size_t capacity) : ring_(capacity) {}

  // Waits while full. False: the queue was closed and the item was not taken.
  bool push(T item) {
    std::unique_lock lock(mutex_);
    not_full_.wait(lock, [&] { return closed_ || count_ < ring_.size(); });
    if (closed_) return false;
    ring_[(first_ + count_++) % ring_.size()] = std::move(item);
    not_empty_.notify_one();
    return true;
  }

  // Waits while empty. Nothing: the queue was closed and all its items were taken.
  std::optional<T> pop() {
    std::unique_lock lock(mutex_);
    not_empty_.wait(lock, [&] { return closed_ || count_ > 0; });
    if (count_ == 0) return std::nullopt;
    std::optional<T> item(std::move(*ring_[first_]));
    ring_[first_].reset();
    first_ = (first_ + 1) % ring_.size();
    --count_;
    not_full_.notify_one();
    return item;
  }

  // No more items come; those inside can still be taken.
  void close() {
    const std::lock_guard lock(mutex_);
    closed_ = true;
    not_full_.notify_all();
    not_empty_.notify_all();
  }

 private:
  std::mutex mutex_;
  std::condition_variable not_full_, not_empty_;
  std::vector<std::optional<T>> ring_;
  std::size_t first_ = 0;
  std::size_t count_ = 0;
  bool closed_ = false;
};

}  // namespace framegen
