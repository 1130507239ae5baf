// layers.cpp: the native network's own stopwatch, and the roof above it.
#include "bench/layers.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstring>
#include <random>

#include "avatar/avatar_bundle.hpp"
#include "core/aligned_buffer.hpp"
#include "core/machine.hpp"
#include "generator/calibration.hpp"
#include "generator/make_backend.hpp"
#include "kernels/instruction_set.hpp"
#include "kernels/peak_flops.hpp"
#include "nn/native/split_network.hpp"

namespace framegen::app {
namespace {

using Clock = std::chrono::steady_clock;
double ms_since(Clock::time_point start) {
  return std::chrono::duration<double, std::milli>(Clock::now() - start).count();
}

// Values do not change the time, but zeros and denormals might.
AlignedBuffer<float> noise(std::size_t size) {
  AlignedBuffer<float> values(size);
  std::minstd_rand random(1);
  for (float& value : values.span()) value = static_cast<float>(random() % 1000) / 1000.0F;
  return values;
}

// The best of some copies of a block that no cache holds.
double copy_gbytes_per_s() {
  constexpr std::size_t kBytes = std::size_t{256} << 20;
  const AlignedBuffer<std::byte> from(kBytes);
  AlignedBuffer<std::byte> to(kBytes);
  double best_ms = 1e9;
  for (int i = 0; i < 5; ++i) {
    const auto start = Clock::now();
    std::memcpy(to.data(), from.data(), kBytes);
    best_ms = std::min(best_ms, ms_since(start));
  }
  return 2e-6 * static_cast<double>(kBytes) / best_ms;
}

std::size_t elements_of(const TensorInfo& tensor) {
  std::size_t elements = 1;
  for (const std::int64_t size : tensor.shape)
    elements *= static_cast<std::size_t>(std::max<std::int64_t>(1, size));
  return elements;
}

Shape one_of(const TensorInfo& tensor) {
  Shape shape = tensor.shape;
  if (!shape.empty() && shape.front() < 1) shape.front() = 1;
  return shape;
}

// Layer by layer the least of all runs, as the peak is the best of its measurements: a layer takes less time
// than another program's turn on the core, so that means would tell of the other program.
void keep_lowest(std::vector<LayerTime>& lowest, const std::vector<LayerTime>& times) {
  if (lowest.empty()) lowest = times;
  for (std::size_t i = 0; i < lowest.size(); ++i)
    lowest[i].milliseconds = std::min(lowest[i].milliseconds, times[i].milliseconds);
}

}  // namespace

Result<LayerReport> profile_layers(const std::filesystem::path& avatar, ProductPrecision precision,
                                   int runs) {
  const AvatarBundle bundle = FRAMEGEN_TRY(AvatarBundle::open(avatar));
  SplitOptions options;
  options.precision = precision;
  if (precision == ProductPrecision::kInt8) {
    Calibration calibration = FRAMEGEN_TRY(calibration_of(bundle.generator_file()));
    options.ranges = std::move(calibration.ranges);
  }
  options.changing_input = bundle.manifest().tensors.audio;
  // As a render chooses, all but for the template's own pictures.
  options.storage = BackendOptions{}.storage;
  options.kept_budget_bytes = memory_bytes() / 4 / bundle.manifest().frames.size();
  const auto network = FRAMEGEN_TRY(SplitNetwork::load(bundle.generator_file(), options));
  const auto runner = FRAMEGEN_TRY(network->make_runner());

  AlignedBuffer<std::byte> kept(network->image_part_bytes());
  AlignedBuffer<float> changing;
  std::vector<AlignedBuffer<float>> pictures;
  std::vector<Shape> shapes;
  for (const TensorInfo& input : network->info().inputs) {
    if (input.name == options.changing_input) {
      changing = noise(elements_of(input));
    } else {
      pictures.push_back(noise(elements_of(input)));
      shapes.push_back(one_of(input));
    }
  }
  std::vector<TensorView> views;
  for (std::size_t i = 0; i < pictures.size(); ++i) views.emplace_back(shapes[i], pictures[i].span());
  std::vector<float> output(elements_of(network->info().outputs.front()));

  LayerReport report;
  report.network = bundle.generator_file().string();
  report.instructions = instruction_set();
  report.peak_gflops = peak_flops() * 1e-9;
  report.copy_gbytes_per_s = copy_gbytes_per_s();
  FRAMEGEN_TRY(runner->run_image(views, kept.span()));
  const auto start = Clock::now();
  FRAMEGEN_TRY(runner->run_image(views, kept.span()));
  report.image_ms = ms_since(start);
  for (int run = 0; run < runs; ++run) {
    const auto profiled = FRAMEGEN_TRY(network->make_runner());  // a stopwatch that starts at zero
    for (const bool measured : {false, true}) {
      profiled->profile(measured);
      FRAMEGEN_TRY(profiled->run_audio(changing.span(), kept.span(), output, {}));
      FRAMEGEN_TRY(profiled->run_once(views, changing.span(), output, {}));
    }
    keep_lowest(report.layers, profiled->layer_times(SplitRunner::Way::kAudioPart));
    keep_lowest(report.whole_layers, profiled->layer_times(SplitRunner::Way::kOnce));
  }
  report.peak_gflops = std::max(report.peak_gflops, peak_flops() * 1e-9);
  return report;
}

namespace {

std::string table_of(const LayerReport& report, const std::vector<LayerTime>& layers) {
  double total_ms = 0, gmacs = 0, bytes = 0;
  for (const LayerTime& layer : layers) {
    total_ms += layer.milliseconds;
    gmacs += static_cast<double>(layer.macs) * 1e-9;
    bytes += static_cast<double>(layer.bytes);
  }
  std::string text =
      "| layer | kind | ms | of all | GFLOP/s | of the peak | MB | FLOP/byte |\n"
      "| --- | --- | --- | --- | --- | --- | --- | --- |\n";
  for (const LayerTime& layer : layers)
    text += fmt::format(
        "| {} | {} | {:.3f} | {:.1f} % | {:.1f} | {:.0f} % | {:.2f} | {:.1f} |\n", layer.name, layer.kind,
        layer.milliseconds, 100 * layer.milliseconds / std::max(1e-9, total_ms), layer.gflops(),
        100 * layer.gflops() / report.peak_gflops, static_cast<double>(layer.bytes) * 1e-6,
        2 * static_cast<double>(layer.macs) / std::max<double>(1, static_cast<double>(layer.bytes)));
  const double at_peak_ms = 2e3 * gmacs / report.peak_gflops;
  text += fmt::format("| all | | {:.2f} | 100 % | {:.1f} | {:.0f} % | {:.1f} | {:.1f} |\n\n", total_ms,
                      2e3 * gmacs / total_ms, 100 * at_peak_ms / total_ms, bytes * 1e-6,
                      2e9 * gmacs / std::max(1.0, bytes));
  return text +
         fmt::format("{:.3f} GMAC take {:.2f} ms at the peak, the face took {:.2f} ms: {:.0f} % of it.\n",
                     gmacs, at_peak_ms, total_ms, 100 * at_peak_ms / total_ms);
}

}  // namespace

std::string to_text(const LayerReport& report) {
  return fmt::format(
      "{}, kernels {}, one thread, each layer's best run\n\nThe whole network, where nothing is kept:\n\n{}\n"
      "The audio part, once per video frame:\n\n{}\n"
      "Roofline: one core does {:.1f} GFLOP/s in fp32 and copies {:.1f} GB/s through main memory, both "
      "measured in this run. A block is bound by arithmetic above {:.1f} FLOP/byte where its data lies in "
      "main memory; most lies in caches.\n"
      "The image part, once per kept template frame: {:.1f} ms.\n",
      report.network, report.instructions, table_of(report, report.whole_layers),
      table_of(report, report.layers), report.peak_gflops, report.copy_gbytes_per_s,
      report.peak_gflops / report.copy_gbytes_per_s, report.image_ms);
}

}  // namespace framegen::app
