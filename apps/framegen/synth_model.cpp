// synth_model.cpp: framegen synth-model: the published networks with seeded weights.
#include "generator/synth_model.hpp"

#include "command.hpp"
#include "words/outputs.hpp"

namespace framegen::app {

namespace {

struct SynthWords {
  SynthModelOptions options;
  std::filesystem::path folder;
  OverwriteWords overwrite;
};

Status run(const SynthWords& words) {
  std::error_code ignored;  // a folder that cannot be made shows when a file is written
  std::filesystem::create_directories(words.folder, ignored);
  FRAMEGEN_TRY(claim_outputs({.inputs = {},
                              .outputs = {{"--output", words.folder / "generator.onnx"},
                                          {"--output", words.folder / "audio_encoder.onnx"}}},
                             words.overwrite));
  FRAMEGEN_TRY(write_synth_model(words.options, words.folder));
  print_done((words.folder / "generator.onnx").string() + " and audio_encoder.onnx written");
  return {};
}

}  // namespace

void add_synth_model(CLI::App& program, int& exit_code) {
  auto words = std::make_shared<SynthWords>();
  CLI::App* command = program.add_subcommand(
      "synth-model",
      "write generator.onnx and audio_encoder.onnx with seeded weights: noise, but the same everywhere");
  command->add_option("--arch", words->options.arch, "the architecture")->capture_default_str();
  command->add_option("--width", words->options.width, "1 (46 MB) or 0.5 (12 MB)")->capture_default_str();
  command->add_option("--seed", words->options.seed, "which weights")->capture_default_str();
  command->add_option("-o,--output", words->folder, "folder to write into; made if missing")->required();
  words->overwrite.add_to(*command);
  command->callback([words, &exit_code] {
    const Status written = run(*words);
    if (!written) exit_code = fail(written.error());
  });
}

}  // namespace framegen::app
