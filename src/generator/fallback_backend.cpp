// fallback_backend.cpp: the CPU's backend is made by whoever first needs it.
#include "generator/fallback_backend.hpp"

#include <atomic>
#include <mutex>
#include <string>
#include <utility>

namespace framegen {
namespace {

// The two backends, and which of them is in use.
class Pair {
 public:
  Pair(std::unique_ptr<GeneratorBackend> device, MakeCpuBackend make_cpu,
       std::function<void(std::string_view)> warn)
      : device_(std::move(device)), make_cpu_(std::move(make_cpu)), warn_(std::move(warn)) {}

  GeneratorBackend& device() { return *device_; }
  // Null as long as the device has not failed.
  GeneratorBackend* cpu() const { return cpu_in_use_.load(std::memory_order_acquire); }

  Result<GeneratorBackend*> fall_back(const Error& reason) {
    const std::lock_guard lock(mutex_);
    if (!cpu_) {
      cpu_ = FRAMEGEN_TRY(make_cpu_());
      if (warn_) warn_(reason.where + ": " + reason.what + "; the CPU goes on");
      cpu_in_use_.store(cpu_.get(), std::memory_order_release);
    }
    return cpu_.get();
  }

 private:
  std::unique_ptr<GeneratorBackend> device_;
  MakeCpuBackend make_cpu_;
  std::function<void(std::string_view)> warn_;
  std::mutex mutex_;  // guards cpu_
  std::unique_ptr<GeneratorBackend> cpu_;
  std::atomic<GeneratorBackend*> cpu_in_use_{nullptr};
};

class Worker final : public GeneratorWorker {
 public:
  Worker(Pair& pair, std::unique_ptr<GeneratorWorker> device) : pair_(pair), device_(std::move(device)) {}

  Status run(std::span<const GeneratorJob> jobs) override {
    if (pair_.cpu() == nullptr) {
      const Status made = device_->run(jobs);
      if (made) return {};
      FRAMEGEN_TRY(pair_.fall_back(made.error()));
    }
    return FRAMEGEN_TRY(on_cpu())->run(jobs);
  }

  Result<PartOnDisk> prepare(int template_frame, const ImageInput& image) override {
    return pair_.cpu() == nullptr ? device_->prepare(template_frame, image)
                                  : FRAMEGEN_TRY(on_cpu())->prepare(template_frame, image);
  }

 private:
  Result<GeneratorWorker*> on_cpu() {
    if (!cpu_) cpu_ = FRAMEGEN_TRY(pair_.cpu()->make_worker());
    return cpu_.get();
  }

  Pair& pair_;
  std::unique_ptr<GeneratorWorker> device_, cpu_;
};

class FallbackBackend final : public GeneratorBackend {
 public:
  explicit FallbackBackend(std::unique_ptr<Pair> pair) : pair_(std::move(pair)) {}

  std::string name() const override { return in_use().name(); }
  std::string note() const override { return in_use().note(); }
  GeneratorMemory memory() const override { return in_use().memory(); }
  PartCounts part_counts() const override { return in_use().part_counts(); }
  std::string_view precision() const override { return in_use().precision(); }
  bool keeps_image_parts() const override { return in_use().keeps_image_parts(); }
  // What the caller has arranged himself for.
  int workers() const override { return pair_->device().workers(); }
  int batch() const override { return pair_->device().batch(); }
  void soon(int template_frame) override { in_use().soon(template_frame); }
  Status publish_prepared() override { return in_use().publish_prepared(); }
  Result<std::unique_ptr<GeneratorWorker>> make_worker() override {
    return std::unique_ptr<GeneratorWorker>(
        std::make_unique<Worker>(*pair_, FRAMEGEN_TRY(pair_->device().make_worker())));
  }

 private:
  GeneratorBackend& in_use() const { return pair_->cpu() == nullptr ? pair_->device() : *pair_->cpu(); }

  std::unique_ptr<Pair> pair_;
};

}  // namespace

std::unique_ptr<GeneratorBackend> make_fallback_backend(std::unique_ptr<GeneratorBackend> device,
                                                        MakeCpuBackend make_cpu,
                                                        std::function<void(std::string_view)> warn) {
  return std::make_unique<FallbackBackend>(
      std::make_unique<Pair>(std::move(device), std::move(make_cpu), std::move(warn)));
}

}  // namespace framegen
