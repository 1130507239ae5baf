// batch.cpp: framegen batch: a list of jobs in, a folder of videos out.
#include "framegen/batch.hpp"

#include <cstdio>
#include <fstream>

#include "command.hpp"
#include "framegen/framegen.hpp"
#include "progress.hpp"

namespace framegen::app {
namespace {

struct BatchCommandWords {
  std::string list, folder, avatar, shard, journal, report, progress = "auto", preset = "veryfast";
  bool resume = false;
  int at_once = 0, crf = 20;
  EngineWords engine;
};

// "K/N" → shard K of N.
Status parse_shard(const std::string& text, BatchListOptions& options) {
  int shard = 0, shards = 0, used = 0;
  if (std::sscanf(text.c_str(), "%9d/%9d%n", &shard, &shards, &used) != 2 ||
      used != static_cast<int>(text.size()) || shards < 1 || shard < 0 || shard >= shards)
    return Error{ErrorCode::kBadUse, "--shard " + text, "is not K/N with 0 ≤ K < N", "give such as 0/20"};
  options.shard = shard;
  options.shards = shards;
  return {};
}

Result<BatchList> read_list(const BatchCommandWords& words) {
  BatchListOptions options;
  options.default_avatar = words.avatar;
  if (const auto installed = avatar_folder(words.avatar)) options.default_avatar = *installed;
  options.crf = words.crf;
  options.preset = words.preset;
  if (!words.shard.empty()) FRAMEGEN_TRY(parse_shard(words.shard, options));
  BatchList list = FRAMEGEN_TRY(read_batch_list(words.list, options));
  if (list.jobs.empty() && list.bad_lines.empty() && options.shards == 1)
    return Error{ErrorCode::kBadInput, words.list, "holds no jobs",
                 "write one a line: {\"audio\": \"a.wav\"}"};
  return list;
}

BatchOptions options_of(const BatchCommandWords& words) {
  BatchOptions options;
  options.folder = words.folder;
  options.resume = words.resume;
  options.at_once = words.at_once;
  if (!words.journal.empty()) {
    options.journal = words.journal;
  } else if (!words.shard
                  .empty()) {  // shards on one folder: a journal each, so that no two machines write one
    options.journal = "batch-" + words.shard + ".jsonl";
    for (char& c : options.journal)
      if (c == '/') c = '-';
  }
  return options;
}

Status write_report(const std::string& path, const BatchReport& report) {
  std::ofstream file(path);
  file << report.to_json() << '\n';
  file.close();
  if (file) return {};
  return Error{ErrorCode::kBadOutput, path, "the report cannot be written",
               "name a file in a writable folder"};
}

Result<BatchReport> run(const BatchCommandWords& words) {
  const BatchList list = FRAMEGEN_TRY(read_list(words));
  ProgressLine line(words.progress, false);
  line.say("starting");
  Engine engine = FRAMEGEN_TRY(Engine::create(words.engine.options()));
  auto report = run_batch(engine, list, options_of(words), [&](const BatchProgress& progress) {
    line.show(progress.frames,
              std::to_string(progress.jobs_done) + "/" + std::to_string(progress.jobs_all) + " jobs  ");
    return !interrupted;
  });
  line.end();
  if (!report) return std::move(report).error();
  if (!words.report.empty()) FRAMEGEN_TRY(write_report(words.report, *report));
  return report;
}

void tell(const BatchReport& report) {
  std::printf("%zu jobs done, of them %d whole before; %zu failed; %lld frames in %.2f s: %.1f frames/s\n",
              report.results.size(), report.skipped(), report.failures.size(),
              static_cast<long long>(report.frames()), report.elapsed_s,
              report.elapsed_s > 0 ? static_cast<double>(report.frames()) / report.elapsed_s : 0.0);
  for (const BatchFailure& failure : report.failures)
    std::fprintf(stderr, "error: %s\n", failure.message().c_str());
}

}  // namespace

void add_batch(CLI::App& program, int& exit_code) {
  auto words = std::make_shared<BatchCommandWords>();
  CLI::App* command = program.add_subcommand("batch", "render a list of jobs, avatars opened once");
  command->add_option("jobs", words->list, "the list: JSON lines, or .csv with a header line")->required();
  command->add_option("-o,--output-dir", words->folder, "where videos and journal go")->required();
  command->add_option("--avatar", words->avatar, "for lines that name none; default: ava");
  command->add_option("--crf", words->crf, "for lines that name none: x264 quality, 0 lossless … 51")
      ->capture_default_str()
      ->check(CLI::Range(0, 51));
  command->add_option("--preset", words->preset, "for lines that name none: x264 speed")
      ->capture_default_str()
      ->check(CLI::IsMember(
          {"ultrafast", "superfast", "veryfast", "faster", "fast", "medium", "slow", "slower", "veryslow"}));
  command->add_flag("--resume", words->resume, "skip what the folder's journals prove to be whole");
  command->add_option("--at-once", words->at_once, "jobs rendered side by side; 0: one per thread, at most 8")
      ->check(CLI::Range(0, 256));
  command->add_option("--shard", words->shard, "only jobs K, K+N, … of the list, as K/N from 0/N on");
  command->add_option("--journal", words->journal, "the journal's name in the folder; default batch.jsonl");
  command->add_option("--report", words->report, "write results, times and failures to this JSON file");
  command->add_option("--progress", words->progress, "auto, bar, json or none")
      ->capture_default_str()
      ->check(CLI::IsMember({"auto", "bar", "json", "none"}));
  words->engine.add_to(*command);
  command->callback([words, &exit_code] {
    const auto report = run(*words);
    if (!report) {
      exit_code = fail(report.error());
      return;
    }
    tell(*report);
    if (!report->failures.empty()) exit_code = 1;
  });
}

}  // namespace framegen::app
