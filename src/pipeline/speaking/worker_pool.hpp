// worker_pool.hpp: threads that do pieces of work for whichever source needs them most urgently.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <thread>
#include <vector>

#include "framegen/result.hpp"

namespace framegen {

// What a worker has claimed: consecutive items of one kind; what a kind means is the source's own business.
struct Piece {
  int kind = 0;
  std::int64_t first = 0;
  int count = 0;
};

// Something workers can do pieces of: a session that speaks. Called by the pool; `worker` is 0 … threads−1.
class WorkSource {
 public:
  virtual ~WorkSource() = default;
  // Under the pool's mutex. How near the consumer is to waiting: the smallest is served first; of equals
  // the one that was not served for longest, so that with too many of them each gets its share.
  virtual std::int64_t slack() const = 0;
  // Under the pool's mutex. Claims the next piece for this worker; false: nothing to do now.
  virtual bool claim(int worker, Piece& piece) = 0;
  // Without the mutex, on the worker's thread; pieces of one source may run at the same time.
  virtual void run(int worker, const Piece& piece) noexcept = 0;
  // Under the mutex again, after run.
  virtual void complete(int worker, const Piece& piece) = 0;
};

class WorkerPool {
 public:
  // Errors: kInternal where the system gives no threads.
  static Result<std::unique_ptr<WorkerPool>> create(int threads);
  ~WorkerPool();  // all sources must be removed before
  int threads() const { return static_cast<int>(threads_.size()); }

  // Guards what claim() and complete() of every source touch.
  std::mutex& mutex() { return mutex_; }
  // Call with or without the mutex after something became claimable or complete.
  void notify() { changed_.notify_all(); }
  // The condition that notify() signals; for consumers.
  std::condition_variable& changed() { return changed_; }

  void add(WorkSource& source);
  // Waits until no worker is inside the source. No piece of it is claimed afterwards.
  void remove(WorkSource& source);

 private:
  struct Entry {
    WorkSource* source;
    std::uint64_t served = 0;  // last, counted in claims of the pool
    int inside = 0;
    bool leaving = false;
  };
  WorkerPool() = default;
  void work(int worker);
  Entry* claim(int worker, Piece& piece);

  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::unique_ptr<Entry>> entries_;
  std::vector<Entry*> order_;  // scratch for claim()
  std::uint64_t claims_ = 0;
  std::vector<std::thread> threads_;
  bool stopping_ = false;
};

}  // namespace framegen
