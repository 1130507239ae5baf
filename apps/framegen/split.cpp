// split.cpp: framegen split and join: one long speech in parts, and whole again.
#include "framegen/split.hpp"

#include <cstdio>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "command.hpp"
#include "progress.hpp"
#include "words/outputs.hpp"
#include "words/sandbox_words.hpp"
#include "words/speech_file.hpp"

namespace framegen::app {
namespace {

constexpr int kMostParts = 100'000;

struct SplitWords {
  std::string audio;
  int parts = 2;
  bool as_json = false, as_jobs = false;
  SandboxWords sandbox;
};

// A line of framegen batch's list: one part of the speech.
std::string job_line(const SplitWords& words, const std::string& range, std::size_t part) {
  char name[32];
  std::snprintf(name, sizeof name, "part-%05zu.mp4", part);
  nlohmann::ordered_json job = {{"audio", std::filesystem::absolute(*local_path(words.audio)).string()},
                                {"range", range},
                                {"output", name}};
  return job.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

Status print_split(const SplitWords& words) {
  if (words.as_jobs && words.audio == "-")
    return Error{ErrorCode::kBadUse, "--jobs",
                 "names the speech in every job, and the standard input has no name", "give a file"};
  const SpeechFile speech = FRAMEGEN_TRY(SpeechFile::open(words.audio));
  const auto sandbox = FRAMEGEN_TRY(words.sandbox.start());
  const std::int64_t frames = FRAMEGEN_TRY(speech_frames(speech.path(), sandbox));
  nlohmann::ordered_json ranges = nlohmann::ordered_json::array();
  for (const FrameRange& range : split_frames(frames, words.parts))
    ranges.push_back(std::to_string(range.first) + ":" + std::to_string(*range.end));
  if (words.as_json) {
    std::printf("%s\n", nlohmann::ordered_json({{"frames", frames}, {"ranges", ranges}}).dump().c_str());
    return {};
  }
  for (std::size_t i = 0; i < ranges.size(); ++i) {
    const auto range = ranges[i].get<std::string>();
    std::printf("%s\n", words.as_jobs ? job_line(words, range, i).c_str() : range.c_str());
  }
  return {};
}

struct JoinWords {
  std::vector<std::string> parts;
  std::string audio, output, progress = "auto";
  bool no_mark = false;
  OverwriteWords overwrite;
  SandboxWords sandbox;
};

Result<std::int64_t> run_join(const JoinWords& words) {
  const SpeechFile speech = FRAMEGEN_TRY(SpeechFile::open(words.audio));
  Claim claim{.inputs = {{"--audio", speech.given()}}, .outputs = {{"--output", words.output}}};
  for (const std::string& part : words.parts) claim.inputs.push_back({"part", part});
  FRAMEGEN_TRY(claim_outputs(claim, words.overwrite));
  JoinJob job;
  job.parts.assign(words.parts.begin(), words.parts.end());
  job.audio = speech.path();
  job.video = words.output;
  job.mark = !words.no_mark;
  job.sandbox = FRAMEGEN_TRY(words.sandbox.start());
  ProgressLine line(words.progress, false);
  job.progress = [&](std::int64_t done, std::int64_t all) {
    line.show_count("frames", static_cast<int>(done), static_cast<int>(all));
    return !interrupted;
  };
  auto frames = join_parts(job);
  line.end();
  if (frames) line.succeeded();
  return frames;
}

}  // namespace

void add_split(CLI::App& program, int& exit_code) {
  auto words = std::make_shared<SplitWords>();
  CLI::App* command = program.add_subcommand("split", "print ranges that render one speech in parts");
  command->add_option("audio", words->audio, "the speech")->required();
  command->add_option("--parts", words->parts, "how many")
      ->capture_default_str()
      ->check(CLI::Range(1, kMostParts));
  auto* json = command->add_flag("--json", words->as_json, "as JSON");
  command->add_flag("--jobs", words->as_jobs, "as a job list for framegen batch")->excludes(json);
  words->sandbox.add_to(*command);
  command->callback([words, &exit_code] {
    const Status status = print_split(*words);
    if (!status) exit_code = fail(status.error());
  });
}

void add_join(CLI::App& program, int& exit_code) {
  auto words = std::make_shared<JoinWords>();
  CLI::App* command = program.add_subcommand("join", "join the parts of a speech, pictures as they are");
  command->add_option("parts", words->parts, "MP4 files of render --range, in any order")->required();
  command->add_option("--audio", words->audio, "the speech")->required();
  command->add_option("-o,--output", words->output, "the video to write: .mp4, .mov or .mkv")->required();
  words->overwrite.add_to(*command);
  add_progress_option(*command, words->progress);
  command->add_flag("--no-mark", words->no_mark,
                    "leave the generated-picture mark out of the video's metadata");
  words->sandbox.add_to(*command);
  command->callback([words, &exit_code] {
    const auto frames = run_join(*words);
    if (!frames)
      exit_code = fail(frames.error());
    else
      print_done(std::to_string(*frames) + " frames of " + std::to_string(words->parts.size()) +
                 " parts in " + words->output);
  });
}

}  // namespace framegen::app
