// child.hpp: one row measured in a process of its own, so that peak memory and warm-up are that row's
// alone.
#pragma once

#include <string>
#include <vector>

#include "bench/result.hpp"
#include "command.hpp"

namespace framegen::app {

// What the child is asked to do: the words of the hidden subcommand `bench-row`.
struct BenchTask {
  std::string task;           // "verify", "time", "generator" or "live"
  std::string avatar, audio;  // a folder; a sound file that is long enough
  std::string folder;         // for what is written meanwhile
  int frames = 0;
  double seconds = 0;       // live: that one session speaks
  bool new_frames = false;  // every template frame is new, and seen once
  bool is_truth = false;    // verify: writes the frames that the others are compared with
  EngineWords engine;

  std::vector<std::string> words() const;  // all but the engine's
};

// Runs this program again with these words. The child's JSON, or {"not_run": why}. Errors: kCancelled,
// kInternal (no process to be had).
Result<Json> run_bench_child(const BenchTask& task, const std::vector<std::string>& engine_words);

// What the child does; its JSON.
Result<Json> do_bench_task(const BenchTask& task);
// That all threads and the kernel have worked for this process.
double cpu_seconds();

}  // namespace framegen::app
