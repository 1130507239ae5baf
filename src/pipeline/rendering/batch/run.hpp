// run.hpp: a batch under way: threads that take jobs, and what has come of them.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <thread>
#include <vector>

#include "framegen/batch.hpp"
#include "pipeline/rendering/batch/avatars.hpp"
#include "pipeline/rendering/batch/journal.hpp"

namespace framegen {

class BatchRun {
 public:
  BatchRun(Engine& engine, const BatchList& list, const BatchOptions& options, Journal journal);
  ~BatchRun();  // stops and waits for the threads
  // Errors: kInternal (no threads to be had), kCancelled.
  Status run(const std::function<bool(const BatchProgress&)>& progress);
  // After run().
  BatchReport report() const;

 private:
  // Atomics: written by the thread that has the job, read for the progress.
  struct State {
    std::atomic<std::int64_t> frames{0}, expected{-1};  // expected −1: not known
    std::atomic<bool> over{false};
    BatchResult result;  // written before `over`
    std::optional<Error> error;
  };
  void sweep_folders() const;
  Status start_threads();
  void work() noexcept;
  void take(std::size_t index) noexcept;
  Result<BatchResult> render_job(std::size_t index);
  Result<std::string> inputs_of(const BatchJob& job);
  bool is_whole(const BatchJob& job, const std::string& inputs, BatchResult& result) const;
  void measure(std::size_t index);
  BatchProgress progress_now() const;

  Engine& engine_;
  const BatchList& list_;
  const BatchOptions& options_;
  const std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
  BatchAvatars avatars_;
  Journal journal_;
  JournalEntries proofs_;  // of earlier runs
  std::vector<State> states_;
  std::atomic<std::size_t> next_{0};
  std::atomic<bool> cancelled_{false};
  std::mutex mutex_;
  std::condition_variable changed_;
  int working_ = 0;  // threads, under mutex_
  std::vector<std::thread> threads_;
};

}  // namespace framegen
