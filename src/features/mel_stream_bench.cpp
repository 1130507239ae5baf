// mel_stream_bench.cpp: mel columns, as a multiple of real time.
#include <benchmark/benchmark.h>

#include "features/mel_stream.hpp"
#include "support/random.hpp"

namespace framegen {
namespace {

void mel_of_ten_seconds(benchmark::State& state) {
  constexpr std::size_t kSeconds = 10;
  const auto samples = test::random_floats(kSeconds * 16000, -1, 1, 1);
  MelStream stream;
  MelColumn column;
  std::size_t columns = 0;
  for (auto _ : state) {
    stream.reset();
    columns = 0;
    for (std::span<const float> rest = samples; !rest.empty();) {
      rest = rest.subspan(stream.push(rest));
      while (stream.next(column)) ++columns;
    }
    stream.finish();
    while (stream.next(column)) ++columns;
    benchmark::DoNotOptimize(column);
  }
  if (columns != 1 + kSeconds * 80) state.SkipWithError("wrong number of columns");
  state.counters["x_real_time"] = benchmark::Counter(kSeconds, benchmark::Counter::kIsIterationInvariantRate);
}
BENCHMARK(mel_of_ten_seconds)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace framegen
