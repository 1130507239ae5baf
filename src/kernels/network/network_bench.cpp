// network_bench.cpp: the audio part of the reference generator, block by block and whole, with random weights
// (docs/reference.md §6). GFLOP/s count multiply-adds as two; `peak` is the share of the core's best in the
// same run.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "kernels/network/conv2d.hpp"
#include "kernels/network/elementwise.hpp"
#include "kernels/network/face_epilogue.hpp"
#include "kernels/network/inverted_residual.hpp"
#include "kernels/peak_flops.hpp"
#include "support/random.hpp"

namespace framegen {
namespace {

AlignedBuffer<float> random_buffer(std::size_t n, float scale, std::uint64_t seed) {
  AlignedBuffer<float> buffer(n);
  const auto values = test::random_floats(std::min<std::size_t>(n, 1 << 16), -scale, scale, seed);
  for (std::size_t i = 0; i < n; ++i) buffer[i] = values[i % values.size()];
  return buffer;
}

// One step of the network with memory of its own.
struct Step {
  std::string name;
  double macs = 0;
  std::function<void()> run;
  std::function<bool()> verify = [] { return true; };
};

// In lower precision a value may round the other way.
bool near(const float* actual, const float* expected, std::size_t n, ProductPrecision precision) {
  const float tolerance = precision == ProductPrecision::kFloat32    ? 1e-4F
                          : precision == ProductPrecision::kBFloat16 ? 2e-3F
                                                                     : 1e-2F;
  float largest = 0;
  for (std::size_t i = 0; i < n; ++i) largest = std::max(largest, std::abs(expected[i]));
  for (std::size_t i = 0; i < n; ++i)
    if (!(std::abs(actual[i] - expected[i]) <= tolerance * largest)) return false;
  return true;
}

struct BlockOptions {
  bool upsample = false, addend = false, residual = false;
  ProductPrecision precision = ProductPrecision::kFloat32;
};

Step block(const std::string& name, std::size_t size, const InvertedResidualShape& shape,
           const BlockOptions& options) {
  struct State {
    PackedInvertedResidual packed;
    AlignedBuffer<float> expand, depthwise, project, bias, source, residual, scratch, out, ranges;
    AlignedBuffer<std::byte> addend;
    InvertedResidualInput in;
    InvertedResidualWeights weights;
  };
  auto s = std::make_shared<State>();
  const std::size_t half = options.upsample ? 2 : 1, low = (size / half) * (size / half);
  const std::size_t source_channels = shape.source_channels != 0 ? shape.source_channels : shape.expanded;
  const std::size_t out_size = inverted_residual_out(size, shape.stride);
  s->expand = random_buffer(shape.expanded * source_channels,
                            std::sqrt(3.0F / static_cast<float>(source_channels)), 1);
  s->depthwise = random_buffer(shape.expanded * 9, 0.5F, 2);
  s->project = random_buffer(shape.expanded * shape.out_channels, 0.1F, 3);
  s->bias = random_buffer(std::max(shape.expanded, shape.out_channels), 0.1F, 4);
  s->source = random_buffer(low * source_channels, 1, 5);
  s->weights = {shape.source_channels != 0 ? s->expand.data() : nullptr,
                options.addend ? nullptr : s->bias.data(),
                s->depthwise.data(),
                s->bias.data(),
                s->project.data(),
                s->bias.data()};
  s->ranges = AlignedBuffer<float>(shape.expanded + source_channels);
  std::fill(s->ranges.begin(), s->ranges.end(), 1.0F);
  const InvertedResidualRanges ranges{
      s->ranges.span().first(shape.source_channels), s->ranges.span().first(shape.expanded), {}};
  s->packed = pack_inverted_residual(shape, s->weights, options.precision, ranges);
  s->in.source = s->source.data();
  s->in.height = s->in.width = size;
  s->in.upsample = options.upsample;
  if (options.addend) {
    const auto addend = random_buffer(size * size * shape.expanded, 1, 6);
    const ScaledRowsShape rows{size, size, shape.expanded};
    s->addend = AlignedBuffer<std::byte>(rows.bytes());
    const ScaledRows scaled = scaled_rows_in(s->addend.data(), rows);
    to_scaled_rows(addend.data(), rows, scaled);
    s->in.scaled_addend = scaled;
  }
  if (options.residual) s->in.residual = s->source.data();
  s->out = AlignedBuffer<float>(out_size * out_size * shape.out_channels);
  s->scratch = AlignedBuffer<float>(inverted_residual_scratch(s->packed, s->in));
  const double out_pixels = static_cast<double>(out_size * out_size);
  const double macs = static_cast<double>(low * shape.source_channels * shape.expanded) +
                      out_pixels * static_cast<double>(shape.expanded * (9 + shape.out_channels));
  Step step{name, macs, [=] {
              inverted_residual(s->packed, s->in, {0, out_size}, s->out.data(), s->scratch.data());
            }};
  step.verify = [=] {  // a few rows of the same channels
    InvertedResidualInput small = s->in;
    small.height = 4;
    const std::size_t n = inverted_residual_out(4, shape.stride);
    std::vector<float> expected(n * out_size * shape.out_channels);
    reference::inverted_residual(shape, s->weights, small, expected.data(), options.precision, ranges);
    inverted_residual(s->packed, small, {0, n}, s->out.data(), s->scratch.data());
    return near(s->out.data(), expected.data(), expected.size(), options.precision);
  };
  return step;
}

Step convolution(const std::string& name, std::size_t size, const ConvShape& shape,
                 ProductPrecision precision) {
  struct State {
    PackedConv packed;
    AlignedBuffer<float> weights, x, scratch, out;
    ConvInput in;
  };
  auto s = std::make_shared<State>();
  const std::size_t out_size = conv_out(size, 2 * shape.pad_top, shape.kernel_height, shape.stride_y);
  const std::size_t taps = shape.kernel_height * shape.kernel_width;
  s->weights = random_buffer(shape.out_channels * shape.in_channels * taps, 0.1F, 1);
  s->x = random_buffer(size * size * shape.in_channels, 1, 2);
  const std::vector<float> largest(shape.in_channels, 1.0F);
  s->packed = pack_conv2d(shape, s->weights.data(), nullptr, precision, largest);
  s->in = {s->x.data(), size, size, nullptr, true};
  s->out = AlignedBuffer<float>(out_size * out_size * shape.out_channels);
  s->scratch = AlignedBuffer<float>(conv2d_scratch(s->packed, s->in));
  Step step{name, static_cast<double>(out_size * out_size * shape.in_channels * shape.out_channels * taps),
            [=] {
              conv2d(s->packed, s->in, {0, out_size}, s->out.data(), s->scratch.data());
            }};
  step.verify = [=] {
    ConvInput small = s->in;
    small.height = 4;
    const std::size_t n = conv_out(4, 2 * shape.pad_top, shape.kernel_height, shape.stride_y);
    std::vector<float> expected(n * out_size * shape.out_channels);
    reference::conv2d(shape, s->weights.data(), nullptr, small, expected.data(), precision, largest);
    conv2d(s->packed, small, {0, n}, s->out.data(), s->scratch.data());
    return near(s->out.data(), expected.data(), expected.size(), precision);
  };
  return step;
}

Step epilogue(const std::string& name, std::size_t size, std::size_t channels) {
  struct State {
    PackedFaceEpilogue packed;
    AlignedBuffer<float> x;
    AlignedBuffer<std::uint8_t> bgr;
  };
  auto s = std::make_shared<State>();
  const auto weights = random_buffer(3 * channels, 1, 1);
  s->packed = pack_face_epilogue(channels, weights.data(), nullptr);
  s->x = random_buffer(size * size * channels, 1, 2);
  s->bgr = AlignedBuffer<std::uint8_t>(size * size * 3);
  return {name, static_cast<double>(size * size * channels * 3), [=] {
            face_epilogue(s->packed, s->x.data(), size * size, {s->bgr.data(), nullptr, 0});
          }};
}

// Divisor 1 is the full width, 2 the half width.
std::vector<Step> audio_part(std::size_t divisor, ProductPrecision precision) {
  const std::size_t c0 = 32 / divisor, c1 = 64 / divisor, c2 = 128 / divisor, c3 = 256 / divisor,
                    c4 = 512 / divisor;
  const auto ir = [](std::size_t in, std::size_t out) { return InvertedResidualShape{in, 2 * in, out, 1}; };
  std::vector<Step> steps;
  steps.push_back(block("audio.1", 16, ir(32, c1), {.precision = precision}));
  steps.push_back(block("audio.2", 16, ir(c1, c2), {.precision = precision}));
  steps.push_back(convolution("audio.3", 16, {c2, c3, 3, 3, 1, 1, 1, 1, 1, 1}, precision));
  steps.push_back(block("audio.4", 16, ir(c3, c3), {.residual = true, .precision = precision}));
  steps.push_back(convolution("audio.5", 16, {c3, c4, 3, 3, 2, 2, 3, 3, 3, 3}, precision));
  steps.push_back(block("audio.6", 10, ir(c4, c4), {.residual = true, .precision = precision}));
  steps.push_back(block("audio.7", 10, ir(c4, c4), {.residual = true, .precision = precision}));
  steps.push_back(block("fuse.0.0", 10, {c4, 4 * c4, c4, 1}, {.addend = true, .precision = precision}));
  steps.push_back(block("fuse.0.1", 10, ir(c4, c4), {.residual = true, .precision = precision}));
  steps.push_back(block("fuse.1.0", 10, ir(c4, c3), {.precision = precision}));
  steps.push_back(block("fuse.1.1", 10, ir(c3, c3), {.residual = true, .precision = precision}));
  const std::size_t skip[] = {c3, c2, c1, c0, c0};  // channels of the image part's tensors
  const std::size_t out[] = {c3 / 2, c2 / 2, c1 / 2, c0, c0 / 2};
  std::size_t in = c3, size = 10;
  for (int k = 0; k < 5; ++k) {
    size *= 2;
    const std::string name = "up" + std::to_string(k + 1);
    steps.push_back(block(name + ".0", size, {in, 2 * (in + skip[k]), out[k], 1},
                          {.upsample = true, .addend = true, .precision = precision}));
    steps.push_back(block(name + ".1", size, ir(out[k], out[k]), {.residual = true, .precision = precision}));
    in = out[k];
  }
  steps.push_back(epilogue("out", size, in));
  return steps;
}

void report(benchmark::State& state, double macs) {
  static const double peak = peak_flops();
  state.counters["GFLOP/s"] = benchmark::Counter(2e-9 * macs, benchmark::Counter::kIsIterationInvariantRate,
                                                 benchmark::Counter::kIs1000);
  state.counters["peak%"] =
      benchmark::Counter(200 * macs / peak, benchmark::Counter::kIsIterationInvariantRate);
  state.counters["MMAC"] = macs * 1e-6;
}

void run_step(benchmark::State& state, const Step& step) {
  if (!step.verify()) return state.SkipWithError("does not equal the reference");
  for (auto _ : state) step.run();
  report(state, step.macs);
}

void run_all(benchmark::State& state, const std::vector<Step>& steps) {
  double macs = 0;
  for (const Step& step : steps) macs += step.macs;
  for (auto _ : state)
    for (const Step& step : steps) step.run();
  report(state, macs);
}

double minimum(const std::vector<double>& values) { return *std::min_element(values.begin(), values.end()); }

void register_part(const std::string& name, std::size_t divisor, ProductPrecision precision) {
  auto steps = std::make_shared<std::vector<Step>>(audio_part(divisor, precision));
  for (const Step& step : *steps)
    benchmark::RegisterBenchmark((name + step.name).c_str(), run_step, step)
        ->Unit(benchmark::kMillisecond)
        ->ComputeStatistics("min", minimum);
  benchmark::RegisterBenchmark((name + "whole").c_str(),
                               [steps](benchmark::State& state) { run_all(state, *steps); })
      ->Unit(benchmark::kMillisecond)
      ->ComputeStatistics("min", minimum);
}

const bool registered = [] {
  register_part("network/full/", 1, ProductPrecision::kFloat32);
  register_part("network/half/", 2, ProductPrecision::kFloat32);
  register_part("network/full-bf16/", 1, ProductPrecision::kBFloat16);
  register_part("network/full-int8/", 1, ProductPrecision::kInt8);
  return true;
}();

}  // namespace
}  // namespace framegen
