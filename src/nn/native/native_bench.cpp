// native_bench.cpp: the audio part of a network, and the whole of it, per frame and per layer.
// FRAMEGEN_BENCH_GENERATOR names the ONNX file (framegen synth-model writes one).
#include <benchmark/benchmark.h>

#include <cstdio>
#include <cstdlib>

#include "core/aligned_buffer.hpp"
#include "nn/native/split_network.hpp"

namespace framegen {
namespace {

// Argument 0: kept as scaled rows; argument 1: what is kept of skips, 3: nothing, both parts are run as one.
void one_face(benchmark::State& state) {
  const char* path = std::getenv("FRAMEGEN_BENCH_GENERATOR");
  if (path == nullptr) return state.SkipWithError("set FRAMEGEN_BENCH_GENERATOR to a generator.onnx");
  SplitOptions options;
  options.storage = state.range(0) != 0 ? KeptStorage::kScaled : KeptStorage::kFloat32;
  const bool once = state.range(1) == 3;
  if (!once) options.skips = static_cast<KeptSkips>(state.range(1));
  const auto network = SplitNetwork::load(std::filesystem::path(path), options);
  if (!network) return state.SkipWithError(network.error().message().c_str());
  const auto runner = (*network)->make_runner();
  AlignedBuffer<std::byte> kept((*network)->image_part_bytes());
  const auto shape_of = [&](std::size_t i) {
    return Shape((*network)->info().inputs[i].shape.begin() + 1, (*network)->info().inputs[i].shape.end());
  };
  const std::vector<float> image(element_count(shape_of(0)), 0.5F), window(element_count(shape_of(1)), 0.1F);
  const Shape shape = (*network)->info().inputs[0].shape;
  const TensorView picture(shape, image);
  if (!(*runner)->run_image({&picture, 1}, kept.span())) return state.SkipWithError("the image part failed");
  const Shape out = (*network)->info().outputs[0].shape;
  const auto height = static_cast<int>(out[2]), width = static_cast<int>(out[3]);
  std::vector<std::uint8_t> face(static_cast<std::size_t>(3 * height * width));
  const MutableImageView view{face.data(), width, height, 3 * width};
  (*runner)->profile(true);
  const auto run = [&] {
    return once ? (*runner)->run_once({&picture, 1}, window, {}, view)
                : (*runner)->run_audio(window, kept.span(), {}, view);
  };
  if (!run()) return state.SkipWithError("the network failed");
  for (auto _ : state)
    if (!run()) return state.SkipWithError("the network failed");
  const auto way = once ? SplitRunner::Way::kOnce : SplitRunner::Way::kAudioPart;
  double macs = 0;
  for (const LayerTime& layer : (*runner)->layer_times(way)) {
    macs += static_cast<double>(layer.macs);
    if (std::getenv("FRAMEGEN_BENCH_LAYERS") != nullptr)
      std::printf("%-24s %-10s %7.3f ms %8.1f GFLOP/s %8.2f MiB\n", layer.name.c_str(),
                  std::string(layer.kind).c_str(), layer.milliseconds, layer.gflops(),
                  static_cast<double>(layer.bytes) / (1 << 20));
  }
  state.counters["GMAC"] = macs * 1e-9;
  state.counters["FLOPS"] = benchmark::Counter(2 * macs, benchmark::Counter::kIsIterationInvariantRate);
  state.counters["worker MiB"] = static_cast<double>((*runner)->bytes(way)) / (1 << 20);
  state.counters["kept MiB"] = static_cast<double>(kept.size()) / (1 << 20);
}
BENCHMARK(one_face)
    ->ArgsProduct({{0, 1}, {0, 1, 2, 3}})
    ->ArgNames({"scaled", "skips"})
    ->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace framegen
