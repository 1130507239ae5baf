// calibrate.cpp: framegen calibrate: measures what --precision int8 must know of an avatar's numbers, and how
// like fp32 lower precisions look.
#include "framegen/calibrate.hpp"

#include <fmt/format.h>

#include <cstdio>
#include <optional>

#include "avatar/avatar_bundle.hpp"
#include "command.hpp"
#include "generator/calibration.hpp"
#include "pipeline/speaking/precision_choice.hpp"
#include "progress.hpp"
#include "words/outputs.hpp"
#include "words/sandbox_words.hpp"
#include "words/speech_file.hpp"

namespace framegen::app {

namespace {

struct CalibrateWords {
  std::string avatar, audio, progress = "auto";
  int faces = CalibrateOptions{}.faces, likeness_faces = CalibrateOptions{}.likeness_faces;
  double search = 0;
  bool likeness = false;
  OverwriteWords overwrite;
  SandboxWords sandbox;
};

// "bf16 0.9982, int8 0.9965".
std::string likeness_text(const Likeness& likeness) {
  const auto one = [](const char* word, const std::optional<double>& ssim) {
    return ssim ? fmt::format("{} {:.4f}", word, *ssim) : fmt::format("{} unknown", word);
  };
  return one("bf16", likeness.bf16) + ", " + one("int8", likeness.int8);
}

// What was written, and what follows from it on this machine.
Status tell_likeness(const AvatarBundle& bundle, const std::filesystem::path& file,
                     const CalibrateWords& words) {
  const std::filesystem::path generator = bundle.generator_file();
  const auto calibration = FRAMEGEN_TRY(calibration_of(generator));
  print_done(words.likeness ? file.string() + ": the likeness was measured, the ranges are as they were"
                            : fmt::format("{}: {} faces seen; --precision int8 can be used", file.string(),
                                          words.faces));
  if (words.search != 0)
    print_done(calibration.in_bf16.empty()
                   ? "int8 is like enough in every layer"
                   : fmt::format("weights that stay bf16 ({} of {}): {}", calibration.in_bf16.size(),
                                 calibration.in_bf16.size() + calibration.ranges.map().size(),
                                 fmt::join(calibration.in_bf16, ", ")));
  if (calibration.whole_encoder) print_done("the audio encoder stays fp32 in every precision");
  if (calibration.likeness.faces == 0) return {};
  print_done(fmt::format("likeness to fp32 (SSIM of {} faces): {}", calibration.likeness.faces,
                         likeness_text(calibration.likeness)));
  print_done("--precision auto takes here " + choose_precision({}, generator).reason);
  return {};
}

Status run(const CalibrateWords& words) {
  const auto folder = FRAMEGEN_TRY(avatar_folder(words.avatar));
  const AvatarBundle bundle = FRAMEGEN_TRY(AvatarBundle::open(folder));
  const SpeechFile speech = FRAMEGEN_TRY(SpeechFile::open(words.audio));
  const auto output = bundle.generator_file().parent_path() / kCalibrationFile;
  FRAMEGEN_TRY(claim_outputs(
      {.inputs = {{"--audio", speech.given()}}, .outputs = {{"the avatar's calibration", output}}},
      words.overwrite));
  ProgressLine line(words.progress, false);
  CalibrateOptions options;
  options.faces = words.faces;
  options.likeness_faces = words.likeness_faces;
  options.keep_ranges = words.likeness;
  options.least_likeness = words.search;
  options.sandbox = FRAMEGEN_TRY(words.sandbox.start());
  options.progress = [&](int done, int all) {
    line.show_count("faces", done, all);
    return !interrupted;
  };
  const Status status = calibrate(folder, speech.path(), options);
  line.end();
  FRAMEGEN_TRY(Status(status));
  line.succeeded();
  return tell_likeness(bundle, output, words);
}

}  // namespace

void add_calibrate(CLI::App& program, int& exit_code) {
  auto words = std::make_shared<CalibrateWords>();
  CLI::App* command = program.add_subcommand(
      "calibrate", "prepare an avatar for --precision int8 and auto: writes its calibration.json");
  command->add_option("--avatar", words->avatar, "the presenter's folder; default: ava");
  command->add_option("--audio,speech", words->audio, "any speech, some ten seconds")->required();
  command->add_option("--faces", words->faces, "that are rendered and watched")
      ->capture_default_str()
      ->check(CLI::Range(1, 10'000));
  command
      ->add_option(
          "--likeness-faces", words->likeness_faces,
          "of them, rendered in every precision and compared with fp32; 0: --precision auto takes fp32")
      ->capture_default_str()
      ->check(CLI::Range(0, 10'000));
  command->add_flag(
      "--likeness", words->likeness,
      "of an avatar that is calibrated: measure the likeness alone; what was prepared stays valid");
  command
      ->add_option(
          "--search", words->search,
          "find the layers that have to stay bf16 for int8 to be as like fp32 as this (SSIM, 0.998); "
          "they are written down")
      ->check(CLI::Range(0.5, 1.0));
  add_progress_option(*command, words->progress);
  words->overwrite.add_to(*command);
  words->sandbox.add_to(*command);
  command->callback([words, &exit_code] {
    const Status done = run(*words);
    if (!done) exit_code = fail(done.error());
  });
}

}  // namespace framegen::app
