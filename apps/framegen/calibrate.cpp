// calibrate.cpp: framegen calibrate: measures what --precision int8 must know of an avatar's numbers.
#include "framegen/calibrate.hpp"

#include <cstdio>

#include "command.hpp"
#include "progress.hpp"
#include "words/outputs.hpp"
#include "words/sandbox_words.hpp"
#include "words/speech_file.hpp"

namespace framegen::app {

namespace {

struct CalibrateWords {
  std::string avatar, audio, progress = "auto";
  int faces = CalibrateOptions{}.faces;
  OverwriteWords overwrite;
  SandboxWords sandbox;
};

Status run(const CalibrateWords& words) {
  const auto folder = FRAMEGEN_TRY(avatar_folder(words.avatar));
  const SpeechFile speech = FRAMEGEN_TRY(SpeechFile::open(words.audio));
  const auto output = folder / "calibration.json";
  FRAMEGEN_TRY(claim_outputs(
      {.inputs = {{"--audio", speech.given()}}, .outputs = {{"the avatar's calibration", output}}},
      words.overwrite));
  ProgressLine line(words.progress, false);
  CalibrateOptions options;
  options.faces = words.faces;
  options.sandbox = FRAMEGEN_TRY(words.sandbox.start());
  options.progress = [&](int done, int all) {
    line.show_count("faces", done, all);
    return !interrupted;
  };
  const Status status = calibrate(folder, speech.path(), options);
  line.end();
  FRAMEGEN_TRY(Status(status));
  line.succeeded();
  print_done(output.string() + ": " + std::to_string(words.faces) +
             " faces seen; --precision int8 can be used");
  return {};
}

}  // namespace

void add_calibrate(CLI::App& program, int& exit_code) {
  auto words = std::make_shared<CalibrateWords>();
  CLI::App* command = program.add_subcommand(
      "calibrate", "prepare an avatar for --precision int8: writes its calibration.json");
  command->add_option("--avatar", words->avatar, "the presenter's folder; default: ava");
  command->add_option("--audio,speech", words->audio, "any speech, some ten seconds")->required();
  command->add_option("--faces", words->faces, "that are rendered and watched")
      ->capture_default_str()
      ->check(CLI::Range(1, 10'000));
  add_progress_option(*command, words->progress);
  words->overwrite.add_to(*command);
  words->sandbox.add_to(*command);
  command->callback([words, &exit_code] {
    const Status done = run(*words);
    if (!done) exit_code = fail(done.error());
  });
}

}  // namespace framegen::app
