// native_backend.cpp: workers that run the audio part for every face and the image part for a new template
// frame.
#include "generator/native_backend.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <new>
#include <utility>
#include <vector>

#include "core/aligned_buffer.hpp"
#include "core/files.hpp"
#include "core/sha256.hpp"
#include "generator/calibration.hpp"
#include "generator/generator_shape.hpp"
#include "generator/image_part_plan.hpp"
#include "kernels/instruction_set.hpp"
#include "kernels/network/product_precision.hpp"
#include "nn/network_check.hpp"

namespace framegen {
namespace {

// All that the bytes of an image part depend on but the picture: other kernels round other last bits.
struct Maker {
  std::string model_sha256, calibration_sha256;  // the latter empty where nothing was calibrated
  ProductPrecision precision = ProductPrecision::kFloat32;
};

std::string to_string(const Maker& maker, const SplitNetwork& network, const GeneratorShape& shape) {
  std::string text = fmt::format(
      "framegen {} native/{} precision {} bf16 {} {} calibration {} mask {},{},{},{} {}", FRAMEGEN_VERSION,
      instruction_set(), static_cast<int>(maker.precision),
      product_precision_is_native(ProductPrecision::kBFloat16), maker.model_sha256, maker.calibration_sha256,
      shape.mask.x, shape.mask.y, shape.mask.width, shape.mask.height, shape.masked_first);
  for (const KeptTensor& kept : network.kept()) {
    text += fmt::format(" {}@{}+{}", kept.name, kept.offset, kept.bytes);
    for (const std::int64_t size : kept.shape) text += fmt::format(",{}", size);
  }
  return text;
}

const char* to_string(KeptSkips skips) {
  return skips == KeptSkips::kProducts   ? "products"
         : skips == KeptSkips::kBalanced ? "some products"
                                         : "skips";
}

// The lowest precision that is asked for and that the machine has instructions for.
ProductPrecision possible(ProductPrecision asked) {
  if (product_precision_is_native(asked)) return asked;
  if (asked == ProductPrecision::kInt8) return possible(ProductPrecision::kBFloat16);
  return ProductPrecision::kFloat32;
}

const char* word(ProductPrecision precision) {
  return precision == ProductPrecision::kInt8       ? "int8"
         : precision == ProductPrecision::kBFloat16 ? "bf16"
                                                    : "fp32";
}

struct Shared {
  GeneratorShape shape;
  ProductPrecision precision = ProductPrecision::kFloat32;
  bool chosen_bf16 = false;  // layers that framegen calibrate left out of int8
  std::string note;
  std::shared_ptr<const SplitNetwork> network;
  ImagePartPlan plan;
  std::unique_ptr<ImagePartStore> image_parts;
  std::atomic<std::uint64_t> at_once{0};
  int threads = 1;
  std::size_t template_frames = 0;
};

std::string note_of(const Shared& shared, KeepImageParts keep, ProductPrecision asked) {
  const SplitNetwork& network = *shared.network;
  std::string note = keep == KeepImageParts::kNever
                         ? "nothing is kept of template frames"
                         : fmt::format("{:.1f} MiB of {} are kept per template frame{}",
                                       static_cast<double>(network.image_part_bytes()) / (1 << 20),
                                       to_string(network.skips()),
                                       network.computes_again() ? ", the first skip is computed again" : "");
  if (keep == KeepImageParts::kWhatPays && !shared.plan.keeps_all())
    note += fmt::format(", of {} that fit", shared.plan.kept_frames());
  if (shared.plan.prepared_frames() != 0)
    note += fmt::format(", {} were prepared", shared.plan.prepared_frames());
  if (shared.precision != asked)
    note += fmt::format("; this CPU has no instructions for {}: {}", word(asked), word(shared.precision));
  if (shared.chosen_bf16)
    note += fmt::format("; {} layers in bf16, as calibrate chose", network.uncalibrated_layers());
  else if (network.uncalibrated_layers() != 0)
    note += fmt::format("; {} knows nothing of {} layers: run framegen calibrate again", kCalibrationFile,
                        network.uncalibrated_layers());
  return note;
}

class Worker final : public GeneratorWorker {
 public:
  Worker(Shared& shared, std::unique_ptr<SplitRunner> runner) : shared_(shared), runner_(std::move(runner)) {
    const std::int64_t size = shared.shape.image_size;
    image_shape_ = {1, 6, size, size};
  }

  Status run(std::span<const GeneratorJob> jobs) override {
    for (const GeneratorJob& job : jobs) FRAMEGEN_TRY(check_job(shared_.shape, job));
    for (const GeneratorJob& job : jobs) {
      if (!shared_.plan.keeps(job)) {
        FRAMEGEN_TRY(run_once(job));
        continue;
      }
      // Two words: small enough for std::function to hold without an allocation.
      const auto compute = [this, &job](std::span<std::byte> part) { return run_image(job, part); };
      const auto part =
          FRAMEGEN_TRY(job.seen_again ? shared_.image_parts->get(job.template_frame, job.image, compute)
                                      : shared_.image_parts->get_once(job.image, compute));
      FRAMEGEN_TRY(run_audio(job, part->bytes()));
    }
    return {};
  }

  Result<PartOnDisk> prepare(int template_frame, const ImageInput& image) override {
    GeneratorJob job;
    job.image = image;
    return shared_.image_parts->prepare(template_frame, image,
                                        [&](std::span<std::byte> part) { return run_image(job, part); });
  }

 private:
  Status run_image(const GeneratorJob& job, std::span<std::byte> part) {
    const std::array input{picture_of(job)};
    return runner_->run_image(input, part);
  }

  Status run_audio(const GeneratorJob& job, std::span<const std::byte> part) {
    if (!shared_.network->computes_again())
      return runner_->run_audio(job.audio_window, part, job.output, job.face);
    const std::array input{picture_of(job)};
    return runner_->run_audio(input, job.audio_window, part, job.output, job.face);
  }

  Status run_once(const GeneratorJob& job) {
    const std::array input{picture_of(job)};
    ++shared_.at_once;
    return runner_->run_once(input, job.audio_window, job.output, job.face);
  }

  TensorView picture_of(const GeneratorJob& job) {
    if (image_.empty()) image_ = AlignedBuffer<float>(element_count(image_shape_));
    fill_image_input(shared_.shape, job.image, image_.data());
    return TensorView(image_shape_, image_.span());
  }

  Shared& shared_;
  std::unique_ptr<SplitRunner> runner_;
  std::array<std::int64_t, 4> image_shape_{};
  AlignedBuffer<float> image_;  // made when the first template frame comes that is kept nowhere
};

class NativeBackend final : public GeneratorBackend {
 public:
  explicit NativeBackend(std::unique_ptr<Shared> shared) : shared_(std::move(shared)) {}

  std::string name() const override {
    const bool whole = shared_->precision == ProductPrecision::kFloat32;
    return "native" + (whole ? "" : "-" + std::string(precision())) + "/" + instruction_set();
  }
  std::string_view precision() const override { return word(shared_->precision); }
  std::string note() const override { return shared_->note; }
  GeneratorMemory memory() const override {
    const SplitNetwork& network = *shared_->network;
    return {network.weight_bytes(), network.working_bytes(), network.image_part_bytes()};
  }
  PartCounts part_counts() const override {
    const ImagePartStore::Counts kept = shared_->image_parts->counts();
    return {kept.in_memory, kept.from_disk, kept.computed, shared_->at_once};
  }
  bool keeps_image_parts() const override { return true; }
  int workers() const override { return shared_->threads; }
  int batch() const override { return 1; }
  void soon(int template_frame) override {
    if (shared_->plan.is_prepared(template_frame)) shared_->image_parts->read_ahead(template_frame);
  }
  Status publish_prepared() override { return shared_->image_parts->publish(shared_->template_frames); }

  Result<std::unique_ptr<GeneratorWorker>> make_worker() override {
    std::unique_ptr<SplitRunner> runner = FRAMEGEN_TRY(shared_->network->make_runner());
    return std::unique_ptr<GeneratorWorker>(std::make_unique<Worker>(*shared_, std::move(runner)));
  }

 private:
  std::unique_ptr<Shared> shared_;
};

// Where parts lie, and of which frames.
void open_image_parts(Shared& shared, ImagePartOptions parts, const std::string& maker) {
  const std::size_t part_bytes = shared.network->image_part_bytes();
  if (parts.keep == KeepImageParts::kNever) parts.cache_folder.clear();
  shared.image_parts = std::make_unique<ImagePartStore>(parts, maker, part_bytes);
  if (!parts.preparing) shared.plan.set_prepared(shared.image_parts->find_prepared(shared.template_frames));
  const bool prepared = shared.plan.prepared_frames() != 0;
  // Half a loop on disk helps nobody, unless somebody asked for it.
  if (static_cast<std::uint64_t>(shared.template_frames) * part_bytes > parts.disk_budget_bytes &&
      !parts.preparing && !prepared && !parts.cache_folder.empty()) {
    parts.cache_folder.clear();
    shared.image_parts = std::make_unique<ImagePartStore>(parts, maker, part_bytes);
  }
  shared.plan.set_part(part_bytes, !parts.cache_folder.empty() && !prepared);
}

}  // namespace

Result<std::unique_ptr<GeneratorBackend>> make_native_backend(const std::filesystem::path& model,
                                                              const GeneratorShape& shape,
                                                              const NativeBackendOptions& options) {
  auto shared = std::make_unique<Shared>();
  shared->shape = shape;
  const int threads = FRAMEGEN_TRY(worker_threads(options.threads));
  shared->threads = options.low_latency ? 1 : threads;
  auto bytes = read_file(model);
  if (!bytes) {
    bytes.error().code = ErrorCode::kBadAvatar;
    return std::move(bytes).error();
  }
  const std::string model_sha256 = sha256_hex(*bytes);
  shared->precision = possible(options.precision);
  Maker maker{model_sha256, "", shared->precision};
  ChannelRanges ranges;
  if (shared->precision == ProductPrecision::kInt8) {
    Calibration calibration =
        FRAMEGEN_TRY(load_calibration(model.parent_path() / kCalibrationFile, model_sha256));
    ranges = std::move(calibration.ranges);
    shared->chosen_bf16 = !calibration.in_bf16.empty();
    maker.calibration_sha256 = std::move(calibration.ranges_sha256);
  }
  const int frames = std::max(0, options.template_frames);
  shared->plan = ImagePartPlan(options.image_parts, frames);
  const SplitOptions split{.changing_input = shape.audio_tensor,
                           .storage = options.storage,
                           .skips = options.skips,
                           .again = false,
                           .kept_budget_bytes = shared->plan.bytes_per_frame(),
                           .precision = shared->precision,
                           .ranges = std::move(ranges),
                           .threads = static_cast<std::size_t>(options.low_latency ? threads : 1),
                           .passes_off = {}};
  auto network = SplitNetwork::load(*bytes, split);
  if (!network) return std::move(network).error().within(model.string());
  shared->network = *std::move(network);
  FRAMEGEN_TRY(check_network(shared->network->info(), network_info(shape), model.string()));
  shared->template_frames = static_cast<std::size_t>(frames);
  open_image_parts(*shared, options.image_parts, to_string(maker, *shared->network, shape));
  shared->note = note_of(*shared, options.image_parts.keep, options.precision);
  return std::unique_ptr<GeneratorBackend>(std::make_unique<NativeBackend>(std::move(shared)));
}

}  // namespace framegen
