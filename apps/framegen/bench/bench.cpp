// bench.cpp: framegen bench: every way of running an avatar, measured side by side on this machine.
#include <cstdio>

#include "bench/child.hpp"
#include "bench/folder.hpp"
#include "bench/layers.hpp"
#include "bench/live.hpp"
#include "bench/run.hpp"
#include "command.hpp"
#include "core/files.hpp"
#include "kernels/instruction_set.hpp"
#include "progress.hpp"
#include "shipped_files.hpp"
#include "words/outputs.hpp"

namespace framegen::app {
namespace {

constexpr int kFullFrames = 1117;  // the published report's long run; its short one has 250 frames
constexpr int kLayerRuns = 20;

struct BenchWords {
  BenchJob job;
  std::string json, markdown, plot, progress = "auto", precision = "fp32";
  bool full = false, layers = false, live = false;
  double seconds = LiveBenchWords{}.seconds;
  CLI::Option* given_precision = nullptr;
  OverwriteWords overwrite;
};

Result<std::string> speech_file(const std::string& given) {
  if (!given.empty()) return given;
  if (const auto demo = shipped_file("speech/demo.flac")) return demo->string();
  return Error{ErrorCode::kBadUse, "--audio", "no speech was named and the demo's is not installed",
               "name any file with speech"};
}

Status run_layers(const BenchWords& words) {
  if (!words.job.cpu.empty()) FRAMEGEN_TRY(use_at_most(words.job.cpu));
  std::filesystem::path avatar = words.job.avatar;
  const BenchFolder folder = FRAMEGEN_TRY(BenchFolder::create());
  if (words.job.width != "avatar")
    avatar = FRAMEGEN_TRY(folder.write_avatar(avatar, words.job.width == "1" ? 1 : 0.5));
  const ProductPrecision precision = words.precision == "bf16"   ? ProductPrecision::kBFloat16
                                     : words.precision == "int8" ? ProductPrecision::kInt8
                                                                 : ProductPrecision::kFloat32;
  if (precision == ProductPrecision::kInt8 && words.job.width != "avatar") {
    const auto speech = FRAMEGEN_TRY(folder.write_speech(words.job.audio, kLayerRuns));
    FRAMEGEN_TRY(calibrate_for_bench(avatar, speech, kLayerRuns));
  }
  LayerReport report = FRAMEGEN_TRY(profile_layers(avatar, precision, kLayerRuns));
  report.network =
      words.job.width == "avatar" ? report.network : "seeded network of width " + words.job.width;
  report.network += ", " + words.precision;
  const std::string text = to_text(report);
  std::fputs(text.c_str(), stdout);
  return words.markdown.empty() ? Status{} : write_file(words.markdown, text);
}

Status run_live(const BenchWords& words) {
  if (!words.plot.empty())
    return Error{ErrorCode::kBadUse, "--plot", "--live is a table and no picture", "leave --plot out"};
  LiveBenchWords live;
  live.seconds = words.seconds;
  if (words.given_precision->count() > 0) live.precisions = {words.precision};
  ProgressLine line(words.progress, false);
  const auto report = run_live_bench(
      words.job, live, [&](const std::string& what, int done, int all) { line.show_count(what, done, all); });
  line.end();
  if (!report) return report.error();
  const std::string text = live_to_markdown(*report);
  std::fputs(text.c_str(), stdout);
  if (!words.markdown.empty()) FRAMEGEN_TRY(write_file(words.markdown, text));
  return words.json.empty() ? Status{} : write_file(words.json, report->dump(2) + "\n");
}

Status run(BenchWords& words) {
  if (words.given_precision->count() > 0 && !words.layers && !words.live)
    return Error{ErrorCode::kBadUse, "--precision",
                 "is of --layers and --live: the tables compare all of them", "leave it out, or name --rows"};
  words.job.avatar = FRAMEGEN_TRY(avatar_folder(words.job.avatar)).string();
  Claim claim{.inputs = {{"--avatar", words.job.avatar}},
              .outputs = {{"--json", words.json}, {"--markdown", words.markdown}, {"--plot", words.plot}}};
  if (!words.layers || words.precision == "int8") {
    words.job.audio = FRAMEGEN_TRY(speech_file(words.job.audio));
    claim.inputs.push_back({"--audio", words.job.audio});
  }
  FRAMEGEN_TRY(claim_outputs(claim, words.overwrite));
  if (words.layers) return run_layers(words);
  if (words.live) return run_live(words);
  if (words.full) words.job.frames = kFullFrames;
  ProgressLine line(words.progress, false);
  auto report = run_bench(
      words.job, [&](const std::string& what, int done, int all) { line.show_count(what, done, all); });
  line.end();
  if (!report) return std::move(report).error();
  const std::string text = to_markdown(*report);
  std::fputs(text.c_str(), stdout);
  if (!words.markdown.empty()) FRAMEGEN_TRY(write_file(words.markdown, text));
  if (!words.json.empty()) FRAMEGEN_TRY(write_file(words.json, to_json(*report).dump(2) + "\n"));
  if (!words.plot.empty()) FRAMEGEN_TRY(write_file(words.plot, to_svg(*report)));
  return {};
}

// Not for people: what run_bench_child calls.
void add_bench_row(CLI::App& program, int& exit_code) {
  auto task = std::make_shared<BenchTask>();
  CLI::App* command = program.add_subcommand("bench-row", "one measurement of framegen bench")->group("");
  command->add_option("--task", task->task)
      ->required()
      ->check(CLI::IsMember({"verify", "time", "generator", "live"}));
  command->add_option("--avatar", task->avatar)->required();
  command->add_option("--audio", task->audio)->required();
  command->add_option("--folder", task->folder)->required();
  command->add_option("--frames", task->frames)->required();
  command->add_option("--seconds", task->seconds);
  command->add_flag("--new-frames", task->new_frames);
  command->add_flag("--truth", task->is_truth);
  task->engine.add_to(*command);
  command->callback([task, &exit_code] {
    const auto json = do_bench_task(*task);
    if (json)
      std::printf("%s\n", json->dump().c_str());
    else if (json.error().code == ErrorCode::kCancelled)
      exit_code = static_cast<int>(ErrorCode::kCancelled);
    else
      std::printf("%s\n", Json{{"not_run", json.error().message()}}.dump().c_str());
  });
}

}  // namespace

void add_bench(CLI::App& program, int& exit_code) {
  auto words = std::make_shared<BenchWords>();
  BenchJob& job = words->job;
  CLI::App* command =
      program.add_subcommand("bench", "measure every way of running an avatar on this machine");
  command->add_option("--avatar", job.avatar, "the presenter's folder; default: ava");
  command->add_option("--audio", job.audio, "speech, repeated until it is long enough; default: the demo's");
  command
      ->add_option(
          "--width", job.width,
          "avatar: its own networks; 1 or 0.5: the published ones of that width, with seeded weights")
      ->capture_default_str()
      ->check(CLI::IsMember({"avatar", "1", "0.5"}));
  auto* frames = command->add_option("--frames", job.frames, "frames that are made and compared")
                     ->capture_default_str()
                     ->check(CLI::Range(1, 1000000));
  command->add_flag("--full", words->full, "1117 frames")->excludes(frames);
  command
      ->add_option("--distinct", job.distinct,
                   "template frames of the table where every one is new; 0: leave it out")
      ->capture_default_str()
      ->check(CLI::Range(0, 100000));
  command->add_option("--frames-per-round", job.frames_per_round, "of them, timed in each round; 0: all")
      ->capture_default_str()
      ->check(CLI::Range(0, 1000000));
  command->add_option("--rounds", job.rounds, "rounds through all rows")
      ->capture_default_str()
      ->check(CLI::Range(1, 1000));
  command->add_option("--threads", job.threads, "worker threads; 0: one per core")
      ->capture_default_str()
      ->check(CLI::Range(0, kMostThreads));
  command->add_option("--batch", job.batch, "faces per call of the session pool")
      ->capture_default_str()
      ->check(CLI::Range(1, 64));
  command->add_option("--cpu", job.cpu, "no better instruction set than: scalar, sse4, avx2, avx3, amx, neon")
      ->check(CLI::IsMember({"scalar", "sse4", "avx2", "avx3", "amx", "neon"}));
  auto* rows =
      command->add_option("--rows", job.rows, "only these, e.g. sequential,session-pool,\"native fp32\"")
          ->delimiter(',');
  command->add_flag("--sweep", job.sweep, "the generator alone over 1 … N threads and batches of 1 … 30 too");
  command
      ->add_flag("--gpu", job.gpu,
                 "instead: every GPU provider that is there, in batches of 1, 2, 4, 8, beside the CPU's ways")
      ->excludes(rows);
  auto* layers =
      command->add_flag("--layers", words->layers, "instead: what every block of the native generator costs");
  auto* live =
      command
          ->add_flag("--live", words->live,
                     "instead: how soon, how steadily and in how many sessions a live presenter speaks")
          ->excludes(layers);
  command->add_option("--seconds", words->seconds, "of --live: that one session speaks without a pause")
      ->capture_default_str()
      ->check(CLI::Range(1.0, 86400.0))
      ->needs(live);
  words->given_precision =
      command
          ->add_option("--precision", words->precision,
                       "of --layers (default fp32) and --live (default: all): fp32, bf16, int8")
          ->check(CLI::IsMember({"fp32", "bf16", "int8"}));
  command->add_option("--json", words->json, "write all figures to this file");
  command->add_option("--markdown", words->markdown, "write the tables to this file");
  command->add_option("--plot", words->plot, "write a picture (SVG) to this file");
  words->overwrite.add_to(*command);
  add_progress_option(*command, words->progress);
  command->callback([words, &exit_code] {
    const Status done = run(*words);
    if (!done) exit_code = fail(done.error());
  });
  add_bench_row(program, exit_code);
}

}  // namespace framegen::app
