// batch.cpp: framegen batch: a list of jobs in, a folder of videos out.
#include <algorithm>
#include <cstdio>

#include "batch_sources.hpp"
#include "command.hpp"
#include "framegen/batch_list.hpp"
#include "framegen/framegen.hpp"
#include "progress.hpp"
#include "words/outputs.hpp"
#include "words/sandbox_words.hpp"
#include "words/text_output.hpp"
#include "words/user_words.hpp"

namespace framegen::app {
namespace {

struct BatchCommandWords {
  std::vector<std::string> sources;
  std::string folder, avatar, shard, journal, report, progress = "auto", preset = "veryfast";
  bool resume = false, dry_run = false;
  int at_once = 0, crf = 20;
  OverwriteWords overwrite;
  EngineWords engine;
  SandboxWords sandbox;
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
  if (!words.avatar.empty())
    options.default_avatar = FRAMEGEN_TRY(avatar_folder(words.avatar));
  else if (const auto usual = avatar_folder(words.avatar))
    options.default_avatar = *usual;
  options.crf = words.crf;
  options.preset = words.preset;
  if (!words.shard.empty()) FRAMEGEN_TRY(parse_shard(words.shard, options));
  const BatchText text = FRAMEGEN_TRY(batch_text(words.sources));
  BatchList list = FRAMEGEN_TRY(parse_batch_list(text.text, text.name, options, [](const std::string& name) {
    return avatar_named(name).value_or(std::filesystem::path());
  }));
  if (list.jobs.empty() && list.bad_lines.empty() && options.shards == 1)
    return Error{ErrorCode::kBadInput, text.name.string(), "holds no jobs",
                 "write one a line, {\"audio\": \"a.wav\"} or a.wav, or give a folder of sound files"};
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

Status claim(const BatchCommandWords& words, const BatchList& list, const BatchOptions& options) {
  OverwriteWords overwrite = words.overwrite;
  overwrite.yes = overwrite.yes || words.resume;
  Claim claim{
      .inputs = {},
      .outputs = {{"--report", words.report}, {"the journal", options.folder / options.journal, true}},
      .other_way = "--resume to go on"};
  for (const BatchJob& job : list.jobs) {
    const std::string line = "line " + std::to_string(job.line) + ": ";
    claim.inputs.push_back({line + "audio", job.render.audio});
    claim.outputs.push_back({line + "output", options.folder / job.render.video, true});
    if (!job.render.hash.empty())
      claim.outputs.push_back({line + "hash", options.folder / job.render.hash, true});
  }
  return claim_outputs(claim, overwrite);
}

// What would be done, a line for each job. 1 where some cannot be.
int tell_what_would_be_done(const BatchList& list, const BatchOptions& options,
                            const std::shared_ptr<Sandbox>& sandbox) {
  int wrong = static_cast<int>(list.bad_lines.size());
  for (const BatchJob& job : list.jobs) {
    const auto output = options.folder / job.render.video;
    const auto frames = speech_frames(job.render.audio, sandbox);
    if (!frames) {
      ++wrong;
      (void)fail(Error(frames.error()).within("line " + std::to_string(job.line)));
      continue;
    }
    const std::int64_t end = std::min(*frames, job.render.end_frame.value_or(*frames));
    std::error_code ignored;
    std::printf("line %lld: %s → %s  %lld frames, avatar %s%s\n", static_cast<long long>(job.line),
                job.render.audio.c_str(), output.c_str(),
                static_cast<long long>(std::max<std::int64_t>(0, end - job.render.first_frame)),
                job.avatar.c_str(), std::filesystem::exists(output, ignored) ? ", exists" : "");
  }
  for (const BatchFailure& bad : list.bad_lines) std::fprintf(stderr, "error: %s\n", bad.message().c_str());
  return wrong == 0 ? 0 : 1;
}

int dry_run(const BatchCommandWords& words, const BatchList& list) {
  const auto sandbox = words.sandbox.start();
  if (!sandbox) return fail(sandbox.error());
  return tell_what_would_be_done(list, options_of(words), *sandbox);
}

Result<BatchReport> run(const BatchCommandWords& words, const BatchList& list) {
  EngineOptions engine_options = FRAMEGEN_TRY(words.engine.options());
  engine_options.sandbox = FRAMEGEN_TRY(words.sandbox.start());
  FRAMEGEN_TRY(claim(words, list, options_of(words)));
  ProgressLine line(words.progress, false);
  line.say("starting");
  Engine engine = FRAMEGEN_TRY(Engine::create(engine_options));
  auto report = run_batch(engine, list, options_of(words), [&](const BatchProgress& progress) {
    line.show(progress.frames,
              std::to_string(progress.jobs_done) + "/" + std::to_string(progress.jobs_all) + " jobs  ");
    return !interrupted;
  });
  line.end();
  if (!report) return std::move(report).error();
  FRAMEGEN_TRY(write_text(words.report, report->to_json() + "\n"));
  line.succeeded();
  return report;
}

void tell(const BatchReport& report, bool data_on_stdout) {
  if (loudness != Loudness::kQuiet)
    std::fprintf(data_on_stdout ? stderr : stdout,
                 "%zu jobs done, of them %d whole before; %zu failed; %lld frames in %.2f s: %.1f frames/s\n",
                 report.results.size(), report.skipped(), report.failures.size(),
                 static_cast<long long>(report.frames()), report.elapsed_s,
                 report.elapsed_s > 0 ? static_cast<double>(report.frames()) / report.elapsed_s : 0.0);
  for (const BatchFailure& failure : report.failures)
    std::fprintf(stderr, "error: %s\n", in_users_words(failure.message()).c_str());
}

}  // namespace

void add_batch(CLI::App& program, int& exit_code) {
  auto words = std::make_shared<BatchCommandWords>();
  CLI::App* command = program.add_subcommand("batch", "render a list of jobs, avatars opened once");
  command
      ->add_option("jobs", words->sources,
                   "the list: JSON lines, .csv with a header line, or a file name a line; - for the standard "
                   "input; or a folder of sound files; or such files")
      ->required();
  command->add_option("-o,--output-dir", words->folder, "where videos and journal go")->required();
  command->add_option("--avatar", words->avatar, "folder or name, for lines that name none; default: ava");
  command->add_option("--crf", words->crf, "for lines that name none: x264 quality, 0 lossless … 51")
      ->capture_default_str()
      ->check(CLI::Range(0, 51));
  command->add_option("--preset", words->preset, "for lines that name none: x264 speed")
      ->capture_default_str()
      ->check(CLI::IsMember(
          {"ultrafast", "superfast", "veryfast", "faster", "fast", "medium", "slow", "slower", "veryslow"}));
  words->overwrite.add_to(*command);
  command->add_flag("--dry-run", words->dry_run, "say what would be done, and do nothing");
  command->add_flag("--resume", words->resume, "skip what the folder's journals prove to be whole");
  command->add_option("--at-once", words->at_once, "jobs rendered side by side; 0: one per thread, at most 8")
      ->check(CLI::Range(0, 256));
  command->add_option("--shard", words->shard, "only jobs K, K+N, … of the list, as K/N from 0/N on");
  command->add_option("--journal", words->journal, "the journal's name in the folder; default batch.jsonl");
  command->add_option("--report", words->report, "write results, times and failures as JSON to a file or -");
  add_progress_option(*command, words->progress);
  words->engine.add_to(*command);
  words->sandbox.add_to(*command);
  command->callback([words, &exit_code] {
    const auto list = read_list(*words);
    if (!list) return void(exit_code = fail(list.error()));
    if (words->dry_run) return void(exit_code = dry_run(*words, *list));
    const auto report = run(*words, *list);
    if (!report) return void(exit_code = fail(report.error()));
    tell(*report, words->report == "-");
    if (!report->failures.empty()) exit_code = 1;
  });
}

}  // namespace framegen::app
