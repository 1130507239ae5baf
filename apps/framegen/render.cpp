// render.cpp: framegen render: speech in, video out. A client of the public API and of nothing else.
#include "framegen/render.hpp"

#include <cstdio>
#include <fstream>

#include "command.hpp"
#include "framegen/split.hpp"
#include "progress.hpp"

namespace framegen::app {
namespace {

struct RenderWords {
  std::string avatar, audio, output, frames_folder, frame_format = "png", raw, raw_format = "bgr24", hash,
                                                    range, preset = "veryfast", report, progress = "auto",
                                                    blend = "reference";
  std::int64_t frames = -1;
  int start_frame = 0, crf = 20;
  bool no_mark = false, overwrite = false;
  EngineWords engine;
};

Result<RenderJob> job_of(const RenderWords& words) {
  RenderJob job;
  job.audio = words.audio;
  job.video = words.output;
  job.crf = words.crf;
  job.preset = words.preset;
  job.mark = !words.no_mark;
  job.frames_folder = words.frames_folder;
  job.frames_format = words.frame_format == "jpg" ? PictureFormat::kJpeg : PictureFormat::kPng;
  job.raw = words.raw;
  job.raw_format = words.raw_format == "y4m" ? RawFormat::kY4m : RawFormat::kBgr24;
  job.hash = words.hash;
  job.start_frame = words.start_frame;
  job.overwrite_frames_folder = words.overwrite;
  job.blend = words.blend == "feather" ? Blend::kFeather : Blend::kReference;
  if (words.frames >= 0) job.end_frame = words.frames;
  job.expected_frames = words.frames >= 0 ? words.frames : kWholeSpeech;
  if (!words.range.empty()) {
    const FrameRange range = FRAMEGEN_TRY(parse_frame_range(words.range));
    job.first_frame = range.first;
    job.end_frame = range.end;
  }
  if (job.video.empty() && job.frames_folder.empty() && job.raw.empty() && job.hash.empty())
    job.video = "out.mp4";
  return job;
}

Result<RenderReport> run(const RenderWords& words) {
  const RenderJob job = FRAMEGEN_TRY(job_of(words));
  ProgressLine line(words.progress, words.raw == "-");
  line.say("opening the avatar");
  Engine engine = FRAMEGEN_TRY(Engine::create(words.engine.options()));
  const auto folder = FRAMEGEN_TRY(avatar_folder(words.avatar));
  const auto avatar = FRAMEGEN_TRY(Avatar::open(engine, folder));
  auto report = render(engine, avatar, job, [&](const Progress& progress) {
    line.show(progress);
    return !interrupted;
  });
  line.end();
  if (!report) return std::move(report).error();
  if (!words.report.empty()) {
    std::ofstream file(words.report);
    file << report->to_json() << '\n';
    file.close();
    if (!file)
      return Error{ErrorCode::kBadOutput, words.report, "the report cannot be written",
                   "name a file in a writable folder"};
  }
  line.done(*report);
  return report;
}

}  // namespace

void add_render(CLI::App& program, int& exit_code) {
  auto words = std::make_shared<RenderWords>();
  CLI::App* command = program.add_subcommand("render", "turn an audio file into a lip-synced video");
  command->add_option("--avatar", words->avatar, "the presenter's folder; default: ava");
  command->add_option("--audio", words->audio, "any audio or video file with speech")->required();
  command->add_option("-o,--output", words->output,
                      "the MP4 to write; default out.mp4 where no other output is named");
  command->add_option("--frames-dir", words->frames_folder, "write numbered images into this new folder");
  command->add_option("--frame-format", words->frame_format, "png or jpg")
      ->capture_default_str()
      ->check(CLI::IsMember({"png", "jpg"}));
  command->add_option("--raw", words->raw, "write raw frames to a file, or to standard output with -");
  command->add_option("--raw-format", words->raw_format, "bgr24 or y4m")
      ->capture_default_str()
      ->check(CLI::IsMember({"bgr24", "y4m"}));
  command->add_option("--hash", words->hash, "write SHA-256 of every frame and of all to a text file");
  auto* frames = command->add_option("--frames", words->frames, "only the first N frames")
                     ->check(CLI::Range(std::int64_t{1}, std::int64_t{1} << 40));
  command->add_option("--range", words->range, "only frames A to B−1 of the whole, as A:B")->excludes(frames);
  command->add_option("--start-frame", words->start_frame, "first template frame of the loop")
      ->check(CLI::NonNegativeNumber);
  command->add_option("--crf", words->crf, "x264 quality, 0 lossless … 51")
      ->capture_default_str()
      ->check(CLI::Range(0, 51));
  command->add_option("--preset", words->preset, "x264 speed")
      ->capture_default_str()
      ->check(CLI::IsMember(
          {"ultrafast", "superfast", "veryfast", "faster", "fast", "medium", "slow", "slower", "veryslow"}));
  command->add_option("--blend", words->blend, "how faces meet the picture: reference or feather (no seam)")
      ->capture_default_str()
      ->check(CLI::IsMember({"reference", "feather"}));
  command->add_option("--report", words->report, "write times and sizes of every stage to this JSON file");
  command->add_option("--progress", words->progress, "auto, bar, json or none")
      ->capture_default_str()
      ->check(CLI::IsMember({"auto", "bar", "json", "none"}));
  command->add_flag("--no-mark", words->no_mark,
                    "leave the generated-picture mark out of the MP4's metadata");
  command->add_flag("--overwrite", words->overwrite, "let --frames-dir replace an existing folder of frames");
  words->engine.add_to(*command);
  command->callback([words, &exit_code] {
    const auto report = run(*words);
    if (!report) exit_code = fail(report.error());
  });
}

}  // namespace framegen::app
