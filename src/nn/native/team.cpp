// team.cpp: threads that wait for the next step, first spinning (steps follow within microseconds), then
// asleep.
#include "nn/native/team.hpp"

namespace framegen::native {
namespace {

constexpr int kSpins = 2000;

}  // namespace

Team::Team(std::size_t threads) {
  threads_.reserve(threads);
  try {
    for (std::size_t part = 1; part < threads; ++part) threads_.emplace_back([this, part] { serve(part); });
  } catch (...) {  // those that did start must not be destroyed while they run
    stop();
    throw;
  }
}

Team::~Team() { stop(); }

void Team::stop() {
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
    announced_.fetch_add(1, std::memory_order_release);
  }
  start_.notify_all();
  for (std::thread& thread : threads_) thread.join();
}

void Team::run(Work work, void* context) {
  if (threads_.empty()) return work(context, 0);
  {
    const std::lock_guard lock(mutex_);
    work_ = work;
    context_ = context;
    ++round_;
    busy_ = threads_.size();
    unfinished_.store(busy_, std::memory_order_relaxed);
    announced_.fetch_add(1, std::memory_order_release);
  }
  start_.notify_all();
  work(context, 0);
  for (int spin = 0; spin < kSpins && unfinished_.load(std::memory_order_acquire) != 0; ++spin)
    std::this_thread::yield();
  std::unique_lock lock(mutex_);
  done_.wait(lock, [this] { return busy_ == 0; });
}

void Team::serve(std::size_t part) {
  std::size_t seen = 0, heard = 0;
  for (;;) {
    for (int spin = 0; spin < kSpins && announced_.load(std::memory_order_acquire) == heard; ++spin)
      std::this_thread::yield();
    Work work = nullptr;
    void* context = nullptr;
    {
      std::unique_lock lock(mutex_);
      start_.wait(lock, [&] { return stop_ || round_ != seen; });
      if (stop_) return;
      seen = round_;
      heard = announced_.load(std::memory_order_relaxed);
      work = work_;
      context = context_;
    }
    work(context, part);
    const std::lock_guard lock(mutex_);
    unfinished_.fetch_sub(1, std::memory_order_release);
    if (--busy_ == 0) done_.notify_one();
  }
}

}  // namespace framegen::native
