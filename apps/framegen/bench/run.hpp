// run.hpp: all rows, verified first, then measured in interleaved rounds.
#pragma once

#include <functional>

#include "bench/result.hpp"
#include "framegen/result.hpp"

namespace framegen::app {

struct BenchJob {
  std::string avatar, audio;
  std::string width =
      "avatar";     // or the width of seeded networks that take the place of the avatar's: "1", "0.5"
  std::string cpu;  // no better instruction set than this
  std::vector<std::string> rows;  // their names; empty: all
  int frames = 250;
  int distinct = 250;        // template frames of the table where every one is new; 0: no such table
  int frames_per_round = 0;  // that are timed in each round; 0: all
  int rounds = 5;
  int threads = 0;  // 0: one per core
  int batch = 15;   // of the session pool
  bool sweep = false;
  bool gpu =
      false;  // instead of `rows`: the providers that are there, by batch, beside what they are held against
};

// Every way that there is, whether this machine can go it or not.
std::vector<BenchRow> bench_rows(int pool_batch);

// `progress`: measurements done and to come, and what is being measured. Errors: kCancelled, kBadUse,
// kBadAvatar, kBadInput, kBadOutput; a row that cannot run is no error: its `not_run` says why.
using BenchProgress = std::function<void(const std::string& what, int done, int all)>;
Result<BenchReport> run_bench(const BenchJob& job, const BenchProgress& progress);

// CPU, cores, instruction sets, memory, versions of the libraries.
Json describe_bench_machine();

}  // namespace framegen::app
