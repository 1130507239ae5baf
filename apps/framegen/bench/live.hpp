// live.hpp: framegen bench --live: what a live presenter takes and holds on this machine, one table.
#pragma once

#include "bench/result.hpp"
#include "bench/run.hpp"

namespace framegen::app {

struct LiveBenchWords {
  double seconds = 600;                 // that one session speaks without a pause
  std::vector<std::string> precisions;  // empty: all
};

// A process of its own for each precision. {"machine", "setup", "live": a row each}; a row that cannot run
// says why in "not_run". Errors: as run_bench.
Result<Json> run_live_bench(const BenchJob& job, const LiveBenchWords& words, const BenchProgress& progress);
std::string live_to_markdown(const Json& report);

}  // namespace framegen::app
