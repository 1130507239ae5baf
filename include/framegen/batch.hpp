// batch.hpp: many renders in one process: avatars opened once, jobs spread over the cores, a journal to go on
// from.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "framegen/render.hpp"

namespace framegen {

// One line of a job list. Output paths are relative to the batch's folder and stay inside it.
struct BatchJob {
  std::int64_t line = 0;         // in the list, from 1
  std::filesystem::path avatar;  // the presenter's folder
  RenderJob render;              // video and hash are used, no other output
};

// A job that could not be done, or a line that is no job.
struct BatchFailure {
  std::int64_t line = 0;
  std::string name;  // the output's, else the audio's; empty for a line that is no job
  Error error;
  std::string message() const;  // one line: "line 7: speech.mp4: what; remedy"
};

struct BatchList {
  std::vector<BatchJob> jobs;
  std::vector<BatchFailure> bad_lines;
};

struct BatchListOptions {
  std::filesystem::path default_avatar;  // for lines without one; empty: such a line is bad
  int crf = 20;                          // likewise. Default 20
  std::string preset = "veryfast";       // likewise. Default "veryfast"
  int shard = 0;                         // this machine's part of the list: jobs shard, shard + shards, …
  int shards = 1;                        // 1 … 100,000; shard < shards
};

// Reads a job list: JSON lines, comma-separated values with a header line (".csv"), or file names. Keys:
// audio (needed), avatar, output (default: the audio's name with .mp4), hash, range ("A:B"), start_frame,
// crf, preset, mark. Audio and avatar are relative to the list's folder. Errors: kBadInput (the list cannot
// be read), kBadUse (two jobs name one output, in any shard; options out of range). A wrong line is no error:
// it is among bad_lines.
FRAMEGEN_EXPORT Result<BatchList> read_batch_list(const std::filesystem::path& list,
                                                  const BatchListOptions& options = {});

struct BatchOptions {
  std::filesystem::path folder;         // where outputs and the journal go; made where it is missing
  std::string journal = "batch.jsonl";  // its name in the folder
  bool resume = false;                  // skip what a journal of this folder (any *.jsonl) proves to be whole
  int at_once = 0;  // jobs rendered side by side, 1 … 256; 0: one per engine thread, at most 8
};

struct BatchProgress {
  int jobs_done = 0;  // finished, skipped or failed
  int jobs_all = 0;
  Progress frames;  // summed over all jobs that are not skipped
};

struct BatchResult {
  std::int64_t line = 0;
  std::string output;
  bool skipped = false;  // it was whole already
  std::int64_t frames = 0;
  double elapsed_s = 0;
  std::string sha256;  // of the MP4's bytes
};

struct BatchReport {
  std::vector<BatchResult> results;    // in the list's order
  std::vector<BatchFailure> failures;  // in the list's order, bad lines among them
  double elapsed_s = 0;
  std::uint64_t peak_memory_bytes = 0;
  std::int64_t frames() const;  // rendered by this run
  int skipped() const;
  std::string to_json() const;
};

// Renders all jobs; one that fails stops no other. Each output appears when it is whole and is then written
// into the journal with the SHA-256 of what it was made from and of its bytes. `progress` is called about ten
// times a second from the calling thread, and when all is over; returning false cancels. Errors: kBadUse (an
// option out of range), kBadOutput (folder or journal cannot be written), kCancelled; a job's own error is
// among the failures.
FRAMEGEN_EXPORT Result<BatchReport> run_batch(Engine& engine, const BatchList& list,
                                              const BatchOptions& options,
                                              const std::function<bool(const BatchProgress&)>& progress = {});

}  // namespace framegen
