// worker_pool_test.cpp: every piece is done once, the most urgent source first, and leaving waits for the
// workers.
#include "pipeline/speaking/worker_pool.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <cstdlib>

#include "support/gate.hpp"
#include "support/thread_starts.hpp"

namespace framegen {
namespace {

// Counts how often each of `n` pieces was run and completed.
class Counting : public WorkSource {
 public:
  Counting(int n, std::int64_t slack) : runs_(static_cast<std::size_t>(n)), slack_(slack) {}
  std::int64_t slack() const override { return slack_; }
  bool claim(int, Piece& piece) override {
    if (next_ == static_cast<int>(runs_.size())) return false;
    if (next_ == 0 && after_ != nullptr)
      waited_ = after_->completed_ == static_cast<int>(after_->runs_.size());
    for (const Counting* neighbour : neighbours_)
      furthest_behind_ = std::max(furthest_behind_, std::abs(neighbour->next_ - next_));
    piece = {0, next_++, 1};
    return true;
  }
  void run(int, const Piece& piece) noexcept override { ++runs_[static_cast<std::size_t>(piece.first)]; }
  void complete(int, const Piece&) override { ++completed_; }

  std::vector<std::atomic<int>> runs_;
  int next_ = 0, completed_ = 0;
  std::int64_t slack_;
  const Counting* after_ = nullptr;  // waited_: at our first piece, were all of its pieces complete?
  bool waited_ = false;
  std::vector<const Counting*> neighbours_;
  int furthest_behind_ = 0;  // pieces between a neighbour and us, in either direction
};

void wait_for(WorkerPool& pool, const Counting& source) {
  std::unique_lock lock(pool.mutex());
  pool.changed().wait(lock, [&] { return source.completed_ == static_cast<int>(source.runs_.size()); });
}

TEST(WorkerPool, RunsEveryPieceOnce) {
  auto pool = WorkerPool::create(4);
  ASSERT_TRUE(pool.ok());
  Counting source(1000, 0);
  (*pool)->add(source);
  wait_for(**pool, source);
  (*pool)->remove(source);
  for (const auto& runs : source.runs_) EXPECT_EQ(runs, 1);
}

TEST(WorkerPool, ServesTheMostUrgentSourceFirst) {
  auto pool = WorkerPool::create(1);
  test::Gate gate(**pool, 1);
  Counting relaxed(50, 9), urgent(50, 1);
  (*pool)->add(relaxed);
  (*pool)->add(urgent);
  {
    // The first piece of `relaxed` can only be claimed once all of `urgent` is.
    const std::lock_guard lock((*pool)->mutex());
    relaxed.after_ = &urgent;
  }
  gate.open();
  wait_for(**pool, urgent);
  wait_for(**pool, relaxed);
  EXPECT_TRUE(relaxed.waited_);
  for (Counting* source : {&relaxed, &urgent}) (*pool)->remove(*source);
}

// What more sources than the machine can feed look like: all of them always wait.
TEST(WorkerPool, ServesEquallyUrgentSourcesInTurn) {
  auto pool = WorkerPool::create(1);
  test::Gate gate(**pool, 1);
  std::vector<std::unique_ptr<Counting>> sources;
  for (int i = 0; i < 20; ++i) {
    sources.push_back(std::make_unique<Counting>(50, 0));
    for (int j = 0; j < i; ++j)
      sources.back()->neighbours_.push_back(sources[static_cast<std::size_t>(j)].get());
    (*pool)->add(*sources.back());
  }
  gate.open();
  for (const auto& source : sources) wait_for(**pool, *source);
  for (const auto& source : sources) EXPECT_LE(source->furthest_behind_, 1);
  for (const auto& source : sources) (*pool)->remove(*source);
}

TEST(WorkerPool, ARemovedSourceIsNeverCalledAgain) {
  auto pool = WorkerPool::create(3);
  for (int round = 0; round < 200; ++round) {
    auto source = std::make_unique<Counting>(1 << 20, 0);
    (*pool)->add(*source);
    (*pool)->remove(*source);
    const int done = source->completed_;
    EXPECT_EQ(done, source->next_);  // nothing was claimed and not completed
  }
}

TEST(WorkerPool, SaysHowManyThreadsThereAreAndEndsThem) {
  if (!test::can_refuse_threads()) GTEST_SKIP() << "the sanitizer starts the threads";
  const test::FewThreads few(2);
  const auto pool = WorkerPool::create(5);
  ASSERT_FALSE(pool.ok());
  EXPECT_EQ(pool.error().what.find("the system gave only 2 of 5: "), 0u) << pool.error().message();
}

}  // namespace
}  // namespace framegen
