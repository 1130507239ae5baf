// synth_model.cpp: framegen synth-model: the published networks with seeded weights.
#include "generator/synth_model.hpp"

#include "command.hpp"

namespace framegen::app {

void add_synth_model(CLI::App& program, int& exit_code) {
  struct Words {
    SynthModelOptions options;
    std::string folder;
  };
  auto words = std::make_shared<Words>();
  CLI::App* command = program.add_subcommand(
      "synth-model",
      "write generator.onnx and audio_encoder.onnx with seeded weights: noise, but the same everywhere");
  command->add_option("--arch", words->options.arch, "the architecture")->capture_default_str();
  command->add_option("--width", words->options.width, "1 (46 MB) or 0.5 (12 MB)")->capture_default_str();
  command->add_option("--seed", words->options.seed, "which weights")->capture_default_str();
  command->add_option("-o,--output", words->folder, "folder to write into; made if missing")->required();
  command->callback([words, &exit_code] {
    const Status written = write_synth_model(words->options, words->folder);
    if (!written) exit_code = fail(written.error());
  });
}

}  // namespace framegen::app
