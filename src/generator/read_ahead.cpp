// read_ahead.cpp: a ring of numbers and the thread that takes them.
#include "generator/read_ahead.hpp"

#include <system_error>

namespace framegen {

ReadAhead::~ReadAhead() {
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
  }
  asked_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void ReadAhead::ask(int number) {
  const std::lock_guard lock(mutex_);
  if (no_thread_ || count_ == ring_.size()) return;
  if (!thread_.joinable()) {
    try {
      thread_ = std::thread([this] { serve(); });
    } catch (const std::system_error&) {
      no_thread_ = true;
      return;
    }
  }
  ring_[(first_ + count_++) % ring_.size()] = number;
  asked_.notify_one();
}

void ReadAhead::serve() {
  std::unique_lock lock(mutex_);
  for (;;) {
    asked_.wait(lock, [&] { return stop_ || count_ > 0; });
    if (stop_) return;
    const int number = ring_[first_];
    first_ = (first_ + 1) % ring_.size();
    --count_;
    lock.unlock();
    read_(number);
    lock.lock();
  }
}

}  // namespace framegen
