// worker_pool.cpp: the most urgent source first, equals in turn.
#include "pipeline/speaking/worker_pool.hpp"

#include <algorithm>
#include <system_error>

namespace framegen {

Result<std::unique_ptr<WorkerPool>> WorkerPool::create(int threads) {
  std::unique_ptr<WorkerPool> pool(new WorkerPool());
  try {
    for (int worker = 0; worker < threads; ++worker)
      pool->threads_.emplace_back([p = pool.get(), worker] { p->work(worker); });
  } catch (const std::system_error& e) {
    return Error{ErrorCode::kInternal, "worker threads",
                 std::string("the system gave only ") + std::to_string(pool->threads_.size()) + " of " +
                     std::to_string(threads) + ": " + e.what(),
                 "ask for fewer with --threads"};
  }
  return pool;
}

WorkerPool::~WorkerPool() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  for (std::thread& thread : threads_) thread.join();
}

void WorkerPool::add(WorkSource& source) {
  const std::lock_guard lock(mutex_);
  entries_.push_back(std::make_unique<Entry>(Entry{&source, claims_}));
  order_.reserve(entries_.size());
  changed_.notify_all();
}

void WorkerPool::remove(WorkSource& source) {
  std::unique_lock lock(mutex_);
  const auto at =
      std::find_if(entries_.begin(), entries_.end(), [&](const auto& e) { return e->source == &source; });
  if (at == entries_.end()) return;
  Entry* const entry = at->get();
  entry->leaving = true;
  changed_.wait(lock, [&] { return entry->inside == 0; });
  std::erase_if(entries_, [&](const auto& e) { return e.get() == entry; });
}

WorkerPool::Entry* WorkerPool::claim(int worker, Piece& piece) {
  order_.clear();
  for (const auto& entry : entries_)
    if (!entry->leaving) order_.push_back(entry.get());
  std::sort(order_.begin(), order_.end(), [](const Entry* a, const Entry* b) {
    const std::int64_t slack_a = a->source->slack(), slack_b = b->source->slack();
    return slack_a != slack_b ? slack_a < slack_b : a->served < b->served;
  });
  for (Entry* entry : order_) {
    if (!entry->source->claim(worker, piece)) continue;
    entry->served = ++claims_;
    return entry;
  }
  return nullptr;
}

void WorkerPool::work(int worker) {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    Piece piece;
    Entry* const entry = claim(worker, piece);
    if (entry == nullptr) {
      changed_.wait(lock);
      continue;
    }
    ++entry->inside;
    lock.unlock();
    entry->source->run(worker, piece);
    lock.lock();
    entry->source->complete(worker, piece);
    --entry->inside;
    changed_.notify_all();
  }
}

}  // namespace framegen
