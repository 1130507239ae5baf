// fallback_backend_test.cpp: a device that is lost in the middle of a speech costs no face and one sentence.
#include "generator/fallback_backend.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <string>
#include <thread>
#include <vector>

namespace framegen {
namespace {

// Counts faces; fails from the n-th call on, where n is not negative.
struct Counted {
  std::atomic<int> faces{0}, calls{0};
  int fails_from = -1;
};

class CountingBackend final : public GeneratorBackend {
 public:
  CountingBackend(std::string name, Counted& counted) : name_(std::move(name)), counted_(counted) {}
  std::string name() const override { return name_; }
  int workers() const override { return 3; }
  int batch() const override { return 2; }
  Result<std::unique_ptr<GeneratorWorker>> make_worker() override {
    struct Worker final : GeneratorWorker {
      explicit Worker(Counted& c) : counted(c) {}
      Status run(std::span<const GeneratorJob> jobs) override {
        const int call = counted.calls++;
        if (counted.fails_from >= 0 && call >= counted.fails_from)
          return Error{ErrorCode::kInternal, "--provider webgpu", "the device was lost (Device lost)", ""};
        counted.faces += static_cast<int>(jobs.size());
        return {};
      }
      Counted& counted;
    };
    return std::unique_ptr<GeneratorWorker>(std::make_unique<Worker>(counted_));
  }

 private:
  std::string name_;
  Counted& counted_;
};

TEST(FallbackBackend, StaysOnADeviceThatWorks) {
  Counted device;
  const auto backend = make_fallback_backend(std::make_unique<CountingBackend>("device/webgpu", device),
                                             []() -> Result<std::unique_ptr<GeneratorBackend>> {
                                               ADD_FAILURE() << "the CPU was asked for";
                                               return Error{ErrorCode::kInternal, "", "", ""};
                                             },
                                             {});
  const std::vector<GeneratorJob> jobs(2);
  EXPECT_TRUE((*backend->make_worker())->run(jobs));
  EXPECT_EQ(device.faces, 2);
  EXPECT_EQ(backend->name(), "device/webgpu");
}

TEST(FallbackBackend, ALostDeviceCostsNoFaceAndOneSentence) {
  Counted device, cpu;
  device.fails_from = 5;
  std::atomic<int> warnings{0}, made{0};
  std::string said;
  const auto backend = make_fallback_backend(
      std::make_unique<CountingBackend>("device/webgpu", device),
      [&]() -> Result<std::unique_ptr<GeneratorBackend>> {
        ++made;
        return std::unique_ptr<GeneratorBackend>(std::make_unique<CountingBackend>("native/avx2", cpu));
      },
      [&](std::string_view text) {
        said = text;
        ++warnings;
      });
  std::vector<std::thread> threads;
  for (int k = 0; k < backend->workers(); ++k)
    threads.emplace_back([&] {
      const auto worker = backend->make_worker();
      const std::vector<GeneratorJob> jobs(2);
      for (int turn = 0; turn < 20; ++turn) EXPECT_TRUE((*worker)->run(jobs));
    });
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(device.faces, 10);
  EXPECT_EQ(device.faces + cpu.faces, 3 * 20 * 2);
  EXPECT_EQ(made, 1);
  EXPECT_EQ(warnings, 1);
  EXPECT_EQ(said, "--provider webgpu: the device was lost (Device lost); the CPU goes on");
  EXPECT_EQ(backend->name(), "native/avx2");
}

TEST(FallbackBackend, SaysWhatKeepsTheCpuFromGoingOn) {
  Counted device;
  device.fails_from = 0;
  const auto backend =
      make_fallback_backend(std::make_unique<CountingBackend>("device/webgpu", device),
                            []() -> Result<std::unique_ptr<GeneratorBackend>> {
                              return Error{ErrorCode::kInternal, "native", "out of memory", ""};
                            },
                            {});
  const std::vector<GeneratorJob> jobs(1);
  const Status made = (*backend->make_worker())->run(jobs);
  ASSERT_FALSE(made.ok());
  EXPECT_EQ(made.error().what, "out of memory");
}

}  // namespace
}  // namespace framegen
