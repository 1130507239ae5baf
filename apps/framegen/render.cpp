// render.cpp: framegen render: speech in, video out. A client of the public API and of nothing else.
#include "framegen/render.hpp"

#include <cmath>
#include <cstdio>

#include "command.hpp"
#include "framegen/split.hpp"
#include "progress.hpp"
#include "words/outputs.hpp"
#include "words/sandbox_words.hpp"
#include "words/speech_file.hpp"
#include "words/text_output.hpp"
#include "words/text_words.hpp"

namespace framegen::app {
namespace {

struct RenderWords {
  std::string avatar, audio, output, format, frames_folder, frame_format = "png", raw, raw_format = "bgr24",
                                                            hash, range, preset = "veryfast", report,
                                                            progress = "auto", blend = "reference", duration;
  std::int64_t frames = -1;
  int start_frame = 0, crf = 20;
  bool no_mark = false, overwrite_frames = false;
  OverwriteWords overwrite;
  TextWords text;
  EngineWords engine;
  SandboxWords sandbox;

  std::string video() const { return output == "-" && !format.empty() ? "-." + format : output; }
  bool data_on_stdout() const { return output == "-" || raw == "-" || hash == "-" || report == "-"; }
};

// "12.5", "1:30" or "1:02:03" → seconds. Errors: kBadUse.
Result<double> seconds_of(const std::string& text) {
  double seconds = 0;
  std::size_t at = 0;
  for (int part = 0; part < 3; ++part) {
    std::size_t used = 0;
    double value = -1;
    if (at < text.size() && std::isdigit(static_cast<unsigned char>(text[at])) != 0)
      value = std::stod(text.substr(at), &used);
    if (!(value >= 0) || value > 1e7) break;
    seconds = seconds * 60 + value;
    at += used;
    if (at == text.size() && seconds > 0) return seconds;
    if (text[at++] != ':') break;
  }
  return Error{ErrorCode::kBadUse, "--duration " + text, "is no length of time",
               "give seconds, or minutes:seconds, such as 12.5 or 1:30"};
}

Result<RenderJob> job_of(const RenderWords& words) {
  RenderJob job;
  if (!words.format.empty() && words.output != "-")
    return Error{ErrorCode::kBadUse, "--format", "is of -o - alone: a file's name says its container",
                 "give a name that ends in ." + words.format};
  job.video = words.video();
  job.crf = words.crf;
  job.preset = words.preset;
  job.mark = !words.no_mark;
  job.frames_folder = words.frames_folder;
  job.frames_format = words.frame_format == "jpg" ? PictureFormat::kJpeg : PictureFormat::kPng;
  job.raw = words.raw;
  job.raw_format = words.raw_format == "y4m" ? RawFormat::kY4m : RawFormat::kBgr24;
  job.hash = words.hash;
  job.start_frame = words.start_frame;
  job.overwrite_frames_folder = words.overwrite_frames || words.overwrite.yes;
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

// The sound that is named, or the text spoken.
Result<SpeechFile> speech_of(const RenderWords& words) {
  if (!words.text.given()) return SpeechFile::open(words.audio);
  const std::string text = FRAMEGEN_TRY(words.text.text());
  const auto voice = FRAMEGEN_TRY(voice::open_voice(words.text.voice.options));
  print_detail("voice:   " + voice->name());
  return SpeechFile::spoken(*voice, text);
}

Status claim(const RenderWords& words, const RenderJob& job, const std::filesystem::path& speech,
             const std::filesystem::path& avatar) {
  OverwriteWords overwrite = words.overwrite;
  overwrite.yes = overwrite.yes || (words.overwrite_frames && job.video.empty());
  return claim_outputs(
      {.inputs = {{"--audio", speech}, {"--text-file", words.text.file()}, {"--avatar", avatar}},
       .outputs = {{"--output", job.video},
                   {"--frames-dir", job.frames_folder},
                   {"--raw", job.raw},
                   {"--hash", job.hash},
                   {"--report", words.report}}},
      overwrite);
}

void tell_what_was_chosen(const RenderJob& job, const std::filesystem::path& folder,
                          const AvatarInfo& avatar) {
  print_detail("speech:  " + job.audio.string());
  print_detail("avatar:  " + folder.string() + ", " + std::to_string(avatar.width) + "×" +
               std::to_string(avatar.height) + ", " + std::to_string(avatar.template_frames) +
               " template frames");
  print_detail("backend: " + avatar.backend + ", " + std::to_string(avatar.workers) + " at once (" +
               avatar.backend_reason + ")");
  tell_precision(avatar);
}

void tell_how_long(const RenderReport& report) {
  for (const StageTime& stage : report.stages) {
    char text[96];
    std::snprintf(text, sizeof text, "%-16s %8.3f s", stage.name.c_str(), stage.seconds);
    print_detail(text);
  }
}

// A range that the speech does not fill is not what was asked for.
void warn_of_a_short_range(const RenderJob& job, const RenderWords& words, const RenderReport& report) {
  if (words.range.empty() || !job.end_frame || job.first_frame + report.frames == *job.end_frame) return;
  print_warning("--range " + words.range + ": the speech ends before it: frames " +
                std::to_string(job.first_frame) + ":" + std::to_string(job.first_frame + report.frames) +
                " were rendered");
}

Result<RenderReport> run(const RenderWords& words) {
  FRAMEGEN_TRY(words.text.check());
  RenderJob job = FRAMEGEN_TRY(job_of(words));
  EngineOptions options = FRAMEGEN_TRY(words.engine.options());
  options.sandbox = FRAMEGEN_TRY(words.sandbox.start());
  const auto folder = FRAMEGEN_TRY(avatar_folder(words.avatar));
  if (words.text.given()) FRAMEGEN_TRY(claim(words, job, {}, folder));  // before anybody is paid to speak
  const SpeechFile speech = FRAMEGEN_TRY(speech_of(words));
  job.audio = speech.path();
  if (!words.text.given()) FRAMEGEN_TRY(claim(words, job, speech.given(), folder));
  ProgressLine line(words.progress, words.data_on_stdout());
  line.say("opening the avatar");
  Engine engine = FRAMEGEN_TRY(Engine::create(options));
  const auto avatar = FRAMEGEN_TRY(Avatar::open(engine, folder));
  tell_what_was_chosen(job, folder, avatar->info());
  if (!words.duration.empty())
    job.end_frame =
        job.first_frame + std::max<std::int64_t>(
                              1, std::llround(FRAMEGEN_TRY(seconds_of(words.duration)) * avatar->info().fps));
  auto report = render(engine, avatar, job, [&](const Progress& progress) {
    line.show(progress);
    return !interrupted;
  });
  line.end();
  if (!report) return std::move(report).error();
  FRAMEGEN_TRY(write_text(words.report, report->to_json() + "\n"));
  warn_of_a_short_range(job, words, *report);
  tell_how_long(*report);
  line.done(*report);
  return report;
}

}  // namespace

void add_render(CLI::App& program, int& exit_code) {
  auto words = std::make_shared<RenderWords>();
  CLI::App* command = program.add_subcommand("render", "turn an audio file into a lip-synced video");
  auto* audio =
      command->add_option("--audio,speech", words->audio,
                          "any audio or video file with speech; - for the standard input, or a pipe");
  words->text.add_to(*command, audio);
  command->add_option("--avatar", words->avatar,
                      "the presenter: a folder, or a name that framegen avatars lists; default: ava");
  command->add_option("-o,--output", words->output,
                      "the video to write: .mp4, .mov, .mkv, or - for the standard output; default out.mp4 "
                      "where no other output is named");
  command->add_option("--format", words->format, "of -o -: mkv, mp4 or mov; default mkv")
      ->check(CLI::IsMember({"mp4", "mov", "mkv"}));
  command->add_option("--frames-dir", words->frames_folder, "write numbered images into this new folder");
  command->add_option("--frame-format", words->frame_format, "png or jpg")
      ->capture_default_str()
      ->check(CLI::IsMember({"png", "jpg"}));
  command->add_option("--raw", words->raw, "write raw frames to a file, or to standard output with -");
  command->add_option("--raw-format", words->raw_format, "bgr24 or y4m")
      ->capture_default_str()
      ->check(CLI::IsMember({"bgr24", "y4m"}));
  command->add_option("--hash", words->hash,
                      "write SHA-256 of every frame, counted from 0, and of all to a text file or -");
  auto* frames = command->add_option("--frames", words->frames, "only the first N frames")
                     ->check(CLI::Range(std::int64_t{1}, std::int64_t{1} << 40));
  command->add_option("--range", words->range, "only frames A to B−1 of the whole, as A:B, A: or :B")
      ->excludes(frames);
  command->add_option("-t,--duration", words->duration, "only so long: seconds, or minutes:seconds")
      ->excludes(frames)
      ->excludes("--range");
  command->add_option("--start-frame", words->start_frame, "first template frame of the loop")
      ->check(CLI::Range(0, 1 << 30));
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
  command->add_option("--report", words->report,
                      "write times and sizes of every stage as JSON to a file or -");
  add_progress_option(*command, words->progress);
  command->add_flag("--no-mark", words->no_mark,
                    "leave the generated-picture mark out of the video's metadata");
  command->add_flag("--overwrite", words->overwrite_frames,
                    "let --frames-dir replace an existing folder of frames");
  words->overwrite.add_to(*command);
  words->engine.add_to(*command);
  words->sandbox.add_to(*command);
  command->callback([words, audio, &exit_code] {
    if (audio->count() == 0 && !words->text.given() && !words->text.voice.given())
      throw CLI::RequiredError("--audio");
    const auto report = run(*words);
    if (!report) exit_code = fail(report.error());
  });
}

}  // namespace framegen::app
