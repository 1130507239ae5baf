// face_queue_test.cpp: jobs of different callers share a batch, each caller waits for his own, and a failure
// is told to those whom it concerns.
#include "generator/face_queue.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <future>
#include <thread>

namespace framegen {
namespace {

// Writes down what it was given, and waits to be let go where it is told to.
class Witness final : public FaceMaker {
 public:
  Status make(std::span<const GeneratorJob* const> jobs) override {
    std::vector<int> frames;
    for (const GeneratorJob* job : jobs) frames.push_back(job->template_frame);
    const std::size_t number = begun++;
    {
      const std::lock_guard lock(mutex);
      batches.push_back(frames);
    }
    if (number == 0 && hold.valid()) hold.wait();
    for (const int frame : frames)
      if (frame == broken) return Error{ErrorCode::kInternal, "device", "was lost", ""};
    return {};
  }

  std::shared_future<void> hold;
  int broken = -1;
  std::atomic<std::size_t> begun{0};
  std::mutex mutex;
  std::vector<std::vector<int>> batches;
};

std::vector<GeneratorJob> jobs_of(std::initializer_list<int> frames) {
  std::vector<GeneratorJob> jobs;
  for (const int frame : frames) jobs.emplace_back().template_frame = frame;
  return jobs;
}

struct Line {
  explicit Line(std::size_t batch, std::size_t makers = 1) {
    std::vector<std::unique_ptr<FaceMaker>> list;
    for (std::size_t k = 0; k < makers; ++k) {
      list.push_back(std::make_unique<Witness>());
      witnesses.push_back(static_cast<Witness*>(list.back().get()));
    }
    queue = std::make_unique<FaceQueue>(batch, std::move(list));
  }
  Witness& witness() { return *witnesses.front(); }
  std::vector<Witness*> witnesses;
  std::unique_ptr<FaceQueue> queue;
};

TEST(FaceQueue, MakesACallersJobsInOrderAndInBatches) {
  Line line(4);
  EXPECT_TRUE(line.queue->run(jobs_of({1, 2, 3, 4, 5, 6})));
  EXPECT_EQ(line.witness().batches, (std::vector<std::vector<int>>{{1, 2, 3, 4}, {5, 6}}));
}

TEST(FaceQueue, JoinsTheJobsOfDifferentCallersThatCameWhileTheDeviceWasBusy) {
  Line line(4);
  std::promise<void> go;
  line.witness().hold = go.get_future().share();
  std::vector<std::future<Status>> callers;
  const auto call = [&](int frame) {
    callers.push_back(
        std::async(std::launch::async, [&, frame] { return line.queue->run(jobs_of({frame})); }));
  };
  call(0);
  while (line.witness().begun == 0) std::this_thread::yield();
  for (const int frame : {1, 2, 3}) call(frame);
  // Nothing tells when they stand in line: let go only once they had every chance, and accept what came.
  std::this_thread::sleep_for(std::chrono::milliseconds(200));
  go.set_value();
  for (auto& caller : callers) EXPECT_TRUE(caller.get().ok());
  EXPECT_EQ(line.witness().batches[0], std::vector<int>{0});
  std::vector<int> rest;
  for (std::size_t k = 1; k < line.witness().batches.size(); ++k)
    rest.insert(rest.end(), line.witness().batches[k].begin(), line.witness().batches[k].end());
  std::ranges::sort(rest);
  EXPECT_EQ(rest, (std::vector<int>{1, 2, 3}));
  EXPECT_LT(line.witness().batches.size(), 4u) << "three callers waited, and none shared a batch";
}

TEST(FaceQueue, TellsAFailureToThoseWhoseJobsWereInTheBatch) {
  Line line(2);
  line.witness().broken = 7;
  const Status failed = line.queue->run(jobs_of({6, 7}));
  ASSERT_FALSE(failed.ok());
  EXPECT_EQ(failed.error().what, "was lost");
  EXPECT_TRUE(line.queue->run(jobs_of({1, 2})).ok()) << "the line goes on";
}

TEST(FaceQueue, ServesManyCallersWithTwoBatchesInFlight) {
  Line line(3, 2);
  std::vector<std::thread> callers;
  std::atomic<int> served{0};
  for (int k = 0; k < 8; ++k)
    callers.emplace_back([&, k] {
      for (int turn = 0; turn < 50; ++turn)
        if (line.queue->run(jobs_of({k, k + 100})).ok()) ++served;
    });
  for (std::thread& caller : callers) caller.join();
  EXPECT_EQ(served, 400);
  std::size_t made = 0;
  for (const Witness* witness : line.witnesses)
    for (const auto& batch : witness->batches) made += batch.size();
  EXPECT_EQ(made, 800u);
}

}  // namespace
}  // namespace framegen
