// device_backend.cpp: makers that share one device, and the workers' line before them.
#include "generator/device_backend.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <new>
#include <utility>
#include <vector>

#include "core/aligned_buffer.hpp"
#include "core/image.hpp"
#include "generator/device_networks.hpp"
#include "generator/device_part_store.hpp"
#include "generator/face_queue.hpp"
#include "generator/generator_shape.hpp"
#include "generator/trial_jobs.hpp"
#include "nn/onnxruntime/device_parts.hpp"

namespace framegen {
namespace {

constexpr std::size_t kInFlight = 2;  // while one batch is on the device the next one is filled

void unpack(std::span<const std::int32_t> pixels, MutableImageView face) {
  for (int y = 0; y < face.height; ++y) {
    const std::int32_t* from = pixels.data() + static_cast<std::ptrdiff_t>(y) * face.width;
    std::uint8_t* to = face.row(y);
    for (int x = 0; x < face.width; ++x, to += 3) {
      const auto packed = static_cast<std::uint32_t>(from[x]);
      to[0] = static_cast<std::uint8_t>(packed);
      to[1] = static_cast<std::uint8_t>(packed >> 8);
      to[2] = static_cast<std::uint8_t>(packed >> 16);
    }
  }
}

// What all makers share.
struct Device {
  Device(const GeneratorShape& shape_given, const DeviceBackendOptions& options_given,
         std::shared_ptr<const DeviceParts> loaded)
      : shape(shape_given),
        options(options_given),
        parts(std::move(loaded)),
        store(options_given.memory_budget_bytes) {}

  GeneratorShape shape;
  DeviceBackendOptions options;
  std::shared_ptr<const DeviceParts> parts;
  DevicePartStore store;
  std::uint64_t weight_bytes = 0;  // of all networks that the device was given
};

class Maker final : public FaceMaker {
 public:
  Maker(Device& device, std::unique_ptr<DeviceRunner> runner)
      : device_(device),
        runner_(std::move(runner)),
        picture_(std::size_t{6} * static_cast<std::size_t>(device.shape.image_size) *
                 static_cast<std::size_t>(device.shape.image_size)) {}

  Status make(std::span<const GeneratorJob* const> jobs) override {
    const auto batch = static_cast<std::size_t>(device_.options.batch);
    if (jobs.size() * 2 > batch) return make_at_once(jobs, batch);
    for (const GeneratorJob* const& job : jobs) FRAMEGEN_TRY(make_at_once({&job, 1}, 1));
    return {};
  }

 private:
  // A batch that is not full is filled up with its last job.
  Status make_at_once(std::span<const GeneratorJob* const> jobs, std::size_t count) {
    std::array<DevicePartStore::Part, kLargestBatch> held;
    std::array<const PartOnDevice*, kLargestBatch> parts{};
    bool wants_output = false;
    for (std::size_t k = 0; k < count; ++k) {
      const GeneratorJob& job = *jobs[std::min(k, jobs.size() - 1)];
      held[k] = k < jobs.size() ? FRAMEGEN_TRY(part_of(job)) : held[k - 1];
      parts[k] = held[k].get();
      std::ranges::copy(job.audio_window, runner_->sound(k).begin());
      wants_output = wants_output || !job.output.empty();
    }
    FRAMEGEN_TRY(runner_->run_audio(std::span(parts).first(count), wants_output));
    for (std::size_t k = 0; k < jobs.size(); ++k) {
      unpack(runner_->pixels(k), jobs[k]->face);
      if (!jobs[k]->output.empty()) std::ranges::copy(runner_->output(k), jobs[k]->output.begin());
    }
    return {};
  }

  Result<DevicePartStore::Part> part_of(const GeneratorJob& job) {
    const bool kept = job.seen_again && job.template_frame != kKeptNowhere;
    if (kept)
      if (DevicePartStore::Part part = device_.store.find(job.template_frame)) return part;
    fill_image_input(device_.shape, job.image, picture_.data());
    auto part = runner_->run_image(picture_.span());
    while (!part && is_out_of_device_memory(part.error()) && device_.store.make_room())
      part = runner_->run_image(picture_.span());
    if (part)
      device_.store.keep(kept ? job.template_frame : kKeptNowhere, *part, device_.parts->kept_bytes());
    return part;
  }

  Device& device_;
  std::unique_ptr<DeviceRunner> runner_;
  AlignedBuffer<float> picture_;
};

class Worker final : public GeneratorWorker {
 public:
  Worker(const GeneratorShape& shape, FaceQueue& queue) : shape_(shape), queue_(queue) {}
  Status run(std::span<const GeneratorJob> jobs) override {
    for (const GeneratorJob& job : jobs) FRAMEGEN_TRY(check_job(shape_, job));
    return queue_.run(jobs);
  }

 private:
  const GeneratorShape& shape_;
  FaceQueue& queue_;
};

class DeviceBackend final : public GeneratorBackend {
 public:
  DeviceBackend(std::unique_ptr<Device> device, std::vector<std::unique_ptr<FaceMaker>> makers,
                std::string note)
      : device_(std::move(device)),
        queue_(static_cast<std::size_t>(device_->options.batch), std::move(makers)),
        note_(std::move(note)) {}

  std::string name() const override {
    return fmt::format("device/{}{}", names_of(device_->options.provider).ours,
                       device_->options.half ? "/fp16" : "");
  }
  std::string_view precision() const override { return device_->options.half ? "fp16" : "fp32"; }
  std::string note() const override { return note_; }
  GeneratorMemory memory() const override {
    return {.weight_bytes = device_->weight_bytes, .kept_bytes = device_->parts->kept_bytes()};
  }
  bool keeps_image_parts() const override { return true; }
  PartCounts part_counts() const override { return device_->store.counts(); }
  int workers() const override { return std::max(static_cast<int>(kInFlight), device_->options.threads); }
  int batch() const override { return device_->options.batch; }
  Result<std::unique_ptr<GeneratorWorker>> make_worker() override {
    return std::unique_ptr<GeneratorWorker>(std::make_unique<Worker>(device_->shape, queue_));
  }

 private:
  std::unique_ptr<Device> device_;
  FaceQueue queue_;
  std::string note_;
};

// The same face batch times: does each come out as it does alone?
Result<bool> batches_as_alone(const Device& device, FaceMaker& maker) {
  const int batch = device.options.batch;
  const TrialJobs trial(device.shape, 1 + batch, kKeptNowhere);
  std::vector<const GeneratorJob*> list;
  for (const GeneratorJob& job : trial.list()) list.push_back(&job);
  FRAMEGEN_TRY(maker.make(std::span(list).first(1)));
  if (batch == 1) return true;
  FRAMEGEN_TRY(maker.make(std::span(list).subspan(1)));
  const Image& alone = trial.faces().front();
  return std::ranges::all_of(trial.faces(), [&](const Image& face) {
    return std::equal(face.data(), face.data() + face.bytes(), alone.data());
  });
}

Status fill_in(DeviceBackendOptions& options) {
  options.threads = FRAMEGEN_TRY(worker_threads(options.threads));
  options.batch = FRAMEGEN_TRY(jobs_at_once(options.batch, names_of(options.provider).batch, "the provider"));
  return {};
}

Result<std::unique_ptr<Device>> open_device(const std::filesystem::path& model, const GeneratorShape& shape,
                                            const DeviceBackendOptions& options) {
  const DeviceNetworks networks =
      FRAMEGEN_TRY(device_networks(model, shape, static_cast<std::size_t>(options.batch), options.half));
  auto parts = FRAMEGEN_TRY(load_device_parts(networks, {.provider = options.provider}));
  auto device = std::make_unique<Device>(shape, options, std::move(parts));
  device->weight_bytes =
      networks.image_part.size() + networks.audio_part.size() + networks.audio_part_batch.size();
  return device;
}

Result<std::unique_ptr<GeneratorBackend>> make(const std::filesystem::path& model,
                                               const GeneratorShape& shape,
                                               const DeviceBackendOptions& options) {
  std::unique_ptr<Device> device = FRAMEGEN_TRY(open_device(model, shape, options));
  std::vector<std::unique_ptr<FaceMaker>> makers;
  for (std::size_t k = 0; k < kInFlight; ++k)
    makers.push_back(std::make_unique<Maker>(*device, FRAMEGEN_TRY(device->parts->make_runner())));
  std::string note;
  if (!FRAMEGEN_TRY(batches_as_alone(*device, *makers.front()))) {
    note = fmt::format("{} gives another face in a batch of {} than alone: faces are made one at a time",
                       names_of(options.provider).ours, options.batch);
    device->options.batch = 1;
  }
  return std::unique_ptr<GeneratorBackend>(
      std::make_unique<DeviceBackend>(std::move(device), std::move(makers), std::move(note)));
}

}  // namespace

Result<std::unique_ptr<GeneratorBackend>> make_device_backend(const std::filesystem::path& model,
                                                              const GeneratorShape& shape,
                                                              const DeviceBackendOptions& given) {
  DeviceBackendOptions options = given;
  FRAMEGEN_TRY(fill_in(options));
  try {
    return make(model, shape, options);
  } catch (const std::bad_alloc&) {
    return Error{ErrorCode::kInternal, "device backend", "out of memory for its buffers",
                 "use a smaller --batch"};
  }
}

}  // namespace framegen
