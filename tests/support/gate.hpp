// gate.hpp: holds a pool's workers until it is opened, so that a test can set the scene.
#pragma once

#include <atomic>
#include <cstdint>

#include "pipeline/speaking/worker_pool.hpp"

namespace framegen::test {

// Holds as many workers as it is told to. Removes itself, opened.
class Gate : public WorkSource {
 public:
  Gate(WorkerPool& pool, int workers) : pool_(pool), free_(workers) {
    pool_.add(*this);
    std::unique_lock lock(pool_.mutex());
    pool_.changed().wait(lock, [&] { return free_ == 0; });
  }
  ~Gate() override {
    open();
    pool_.remove(*this);
  }
  void open() {
    open_ = true;
    open_.notify_all();
  }

  std::int64_t slack() const override { return -1; }
  bool claim(int, Piece&) override {
    if (free_ == 0) return false;
    --free_;
    pool_.notify();
    return true;
  }
  void run(int, const Piece&) noexcept override { open_.wait(false); }
  void complete(int, const Piece&) override {}

 private:
  WorkerPool& pool_;
  int free_;
  std::atomic<bool> open_{false};
};

}  // namespace framegen::test
