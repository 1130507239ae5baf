// onnxruntime_backend.cpp: sessions, workers and their buffers for the four modes.
#include "generator/onnxruntime_backend.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <mutex>
#include <new>
#include <utility>
#include <vector>

#include "core/aligned_buffer.hpp"
#include "generator/generator_shape.hpp"
#include "kernels/pixels/face_to_u8.hpp"
#include "nn/network_check.hpp"

namespace framegen {
namespace {

constexpr int kPoolBatch = 15;  // what the report measured as best

// What the workers share. Sessions that no worker holds wait in `free`.
struct Shared {
  std::filesystem::path model;
  GeneratorShape shape;
  OnnxRuntimeBackendOptions options;
  OnnxRuntimeOptions session_options;
  TensorOrder order;
  int model_batch = 0;  // 0: the network takes any
  std::mutex in_line;   // kMutex: held during an inference
  std::mutex pool;      // guards `free`
  std::vector<std::shared_ptr<Network>> free;

  bool pooled() const { return options.mode == OnnxRuntimeMode::kSessionPool; }

  Result<std::shared_ptr<Network>> take() {
    {
      const std::lock_guard lock(pool);
      if (!free.empty()) {
        std::shared_ptr<Network> network = free.back();
        if (pooled()) free.pop_back();
        return network;
      }
    }
    return load_onnxruntime_network(model, session_options);
  }

  void give_back(std::shared_ptr<Network> network) {
    const std::lock_guard lock(pool);
    if (pooled()) free.push_back(std::move(network));
  }
};

// One call's worth of jobs: scratch memory made once per worker.
struct Batch {
  explicit Batch(const GeneratorShape& shape, std::size_t jobs) {
    const auto [c, h, w] = shape.audio_window;
    const auto count = static_cast<std::int64_t>(jobs);
    image_shape = {count, 6, shape.image_size, shape.image_size};
    audio_shape = {count, c, h, w};
    output_shape = {count, 3, shape.image_size, shape.image_size};
    image = AlignedBuffer<float>(element_count(image_shape));
    audio = AlignedBuffer<float>(element_count(audio_shape));
    output = AlignedBuffer<float>(element_count(output_shape));
    image.fill_zero();  // a batch that is not full still runs whole where the network's batch is fixed
    audio.fill_zero();
  }

  std::array<std::int64_t, 4> image_shape, audio_shape, output_shape;
  AlignedBuffer<float> image, audio, output;
};

// The first `jobs` of a whole buffer, as the network's tensor.
template <class T, class View>
View first_jobs(std::array<std::int64_t, 4>& shape, std::span<T> whole, std::size_t jobs) {
  shape[0] = static_cast<std::int64_t>(jobs);
  return View(shape, whole.first(element_count(shape)));
}

class Worker final : public GeneratorWorker {
 public:
  Worker(Shared& shared, std::shared_ptr<Network> network, std::unique_ptr<NetworkRunner> runner, int batch)
      : shared_(shared),
        network_(std::move(network)),
        runner_(std::move(runner)),
        batch_size_(static_cast<std::size_t>(batch)),
        batch_(shared.shape, batch_size_) {}
  ~Worker() override {
    runner_.reset();
    shared_.give_back(std::move(network_));
  }

  Status run(std::span<const GeneratorJob> jobs) override {
    for (const GeneratorJob& job : jobs) FRAMEGEN_TRY(check_job(shared_.shape, job));
    for (; !jobs.empty(); jobs = jobs.subspan(std::min(jobs.size(), batch_size_)))
      FRAMEGEN_TRY(run_batch(jobs.first(std::min(jobs.size(), batch_size_))));
    return {};
  }

 private:
  Status run_batch(std::span<const GeneratorJob> jobs) {
    const GeneratorShape& shape = shared_.shape;
    const std::size_t image = batch_.image.size() / batch_size_;
    const std::size_t audio = batch_.audio.size() / batch_size_;
    const std::size_t face = batch_.output.size() / batch_size_;
    for (std::size_t i = 0; i < jobs.size(); ++i) {
      fill_image_input(shape, jobs[i].image, batch_.image.data() + i * image);
      std::copy(jobs[i].audio_window.begin(), jobs[i].audio_window.end(), batch_.audio.data() + i * audio);
    }
    FRAMEGEN_TRY(infer(shared_.model_batch > 0 ? batch_size_ : jobs.size()));
    for (std::size_t i = 0; i < jobs.size(); ++i) {
      const std::span<const float> output = batch_.output.span().subspan(i * face, face);
      face_to_u8(output.data(), jobs[i].face);
      if (!jobs[i].output.empty()) std::copy(output.begin(), output.end(), jobs[i].output.begin());
    }
    return {};
  }

  Status infer(std::size_t count) {
    std::array<TensorView, 2> inputs;
    inputs[shared_.order.inputs[0]] =
        first_jobs<float, MutableTensorView>(batch_.image_shape, batch_.image.span(), count);
    inputs[shared_.order.inputs[1]] =
        first_jobs<float, MutableTensorView>(batch_.audio_shape, batch_.audio.span(), count);
    const std::array outputs{
        first_jobs<float, MutableTensorView>(batch_.output_shape, batch_.output.span(), count)};
    if (shared_.options.mode != OnnxRuntimeMode::kMutex) return runner_->run(inputs, outputs);
    const std::lock_guard lock(shared_.in_line);
    return runner_->run(inputs, outputs);
  }

  Shared& shared_;
  std::shared_ptr<Network> network_;
  std::unique_ptr<NetworkRunner> runner_;
  std::size_t batch_size_;
  Batch batch_;
};

class OnnxRuntimeBackend final : public GeneratorBackend {
 public:
  explicit OnnxRuntimeBackend(std::unique_ptr<Shared> shared) : shared_(std::move(shared)) {}

  std::string name() const override {
    const bool cpu = shared_->options.provider == OnnxRuntimeProvider::kCpu;
    return fmt::format("onnxruntime/{}{}{}", to_string(shared_->options.mode), cpu ? "" : "/",
                       cpu ? "" : names_of(shared_->options.provider).ours);
  }
  std::string note() const override {
    if (shared_->model_batch == 0 || shared_->model_batch == shared_->options.batch) return "";
    return fmt::format(
        "the network's batch was fixed at {} when it was exported: faces are made {} at a time",
        shared_->model_batch, shared_->model_batch);
  }
  int workers() const override {
    return shared_->options.mode == OnnxRuntimeMode::kSequential ? 1 : shared_->options.threads;
  }
  int batch() const override {
    return shared_->model_batch > 0 ? shared_->model_batch : shared_->options.batch;
  }

  Result<std::unique_ptr<GeneratorWorker>> make_worker() override {
    std::shared_ptr<Network> network = FRAMEGEN_TRY(shared_->take());
    std::unique_ptr<NetworkRunner> runner = FRAMEGEN_TRY(network->make_runner());
    try {
      return std::unique_ptr<GeneratorWorker>(
          std::make_unique<Worker>(*shared_, std::move(network), std::move(runner), batch()));
    } catch (const std::bad_alloc&) {
      return Error{ErrorCode::kInternal, name(), "out of memory for a worker's buffers",
                   "use fewer --threads or a smaller --batch"};
    }
  }

 private:
  std::unique_ptr<Shared> shared_;
};

Status fill_in(OnnxRuntimeBackendOptions& options) {
  options.threads = FRAMEGEN_TRY(worker_threads(options.threads));
  const int suiting = options.mode == OnnxRuntimeMode::kSessionPool ? kPoolBatch : 1;
  options.batch = FRAMEGEN_TRY(jobs_at_once(options.batch, suiting, "the mode"));
  return {};
}

bool threads_inside(OnnxRuntimeMode mode) {
  return mode == OnnxRuntimeMode::kSequential || mode == OnnxRuntimeMode::kMutex;
}

}  // namespace

std::string_view to_string(OnnxRuntimeMode mode) {
  static constexpr std::array<std::string_view, 4> kNames{"sequential", "mutex", "session-pool",
                                                          "shared-session"};
  return kNames[static_cast<std::size_t>(mode)];
}

Result<std::unique_ptr<GeneratorBackend>> make_onnxruntime_backend(const std::filesystem::path& model,
                                                                   const GeneratorShape& shape,
                                                                   const OnnxRuntimeBackendOptions& options) {
  auto shared = std::make_unique<Shared>();
  shared->model = model;
  shared->shape = shape;
  shared->options = options;
  FRAMEGEN_TRY(fill_in(shared->options));
  shared->session_options.intra_op_threads = threads_inside(options.mode) ? shared->options.threads : 1;
  shared->session_options.provider = options.provider;
  std::shared_ptr<Network> first = FRAMEGEN_TRY(load_onnxruntime_network(model, shared->session_options));
  const NetworkInfo& info = first->info();
  shared->order = FRAMEGEN_TRY(check_network(info, network_info(shape), model.string()));
  shared->model_batch =
      static_cast<int>(std::max<std::int64_t>(0, info.inputs[shared->order.inputs[0]].shape[0]));
  shared->free.push_back(std::move(first));
  return std::unique_ptr<GeneratorBackend>(std::make_unique<OnnxRuntimeBackend>(std::move(shared)));
}

}  // namespace framegen
