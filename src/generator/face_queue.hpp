// face_queue.hpp: jobs of all workers, of whatever session, in one line; who finds the device free makes a
// batch of what waits, his own or not.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <memory>
#include <mutex>
#include <span>
#include <vector>

#include "generator/backend.hpp"

namespace framegen {

// Makes a batch on the device, with buffers of its own. One thread at a time.
class FaceMaker {
 public:
  virtual ~FaceMaker() = default;
  virtual Status make(std::span<const GeneratorJob* const> jobs) = 0;
};

//   session A ── run(a1 a2) ─┐                     ┌─ maker 0: a1 a2 b1 c1   on the device
//   session B ── run(b1) ────┼── line: … ──────────┤
//   session C ── run(c1 c2) ─┘                     └─ maker 1: c2 …          being filled meanwhile
class FaceQueue {
 public:
  // As many batches are in flight as there are makers.
  FaceQueue(std::size_t batch, std::vector<std::unique_ptr<FaceMaker>> makers);

  // Returns when all of them are made. A batch that fails is the error of all whose jobs were in it. From any
  // thread; allocates nothing once as many waited before.
  Status run(std::span<const GeneratorJob> jobs);

 private:
  struct Call {
    std::size_t left = 0;
    Status status;
  };
  struct Waiting {
    const GeneratorJob* job = nullptr;
    Call* call = nullptr;
  };
  void make_batch(std::unique_lock<std::mutex>& lock);

  const std::size_t batch_;
  const std::vector<std::unique_ptr<FaceMaker>> makers_;
  std::mutex mutex_;  // guards what follows
  std::condition_variable changed_;
  std::vector<Waiting> line_;
  std::vector<FaceMaker*> free_;
};

}  // namespace framegen
