// resampler_bench.cpp: 44.1 kHz → 16 kHz, as a multiple of real time.
#include <benchmark/benchmark.h>

#include "audio/resampler.hpp"
#include "support/random.hpp"

namespace framegen {
namespace {

void resample_ten_seconds(benchmark::State& state) {
  constexpr std::size_t kSeconds = 10;
  const auto samples = test::random_floats(kSeconds * 44100, -1, 1, 1);
  auto resampler = Resampler::create(44100).value();
  std::vector<float> out;
  for (auto _ : state) {
    out.clear();
    const bool ok = resampler.reset().ok() && resampler.push(samples, out).ok() && resampler.finish(out).ok();
    if (!ok || out.size() != kSeconds * 16000) state.SkipWithError("wrong length");
  }
  state.counters["x_real_time"] = benchmark::Counter(kSeconds, benchmark::Counter::kIsIterationInvariantRate);
}
BENCHMARK(resample_ten_seconds)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace framegen
