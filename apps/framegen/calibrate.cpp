// calibrate.cpp: framegen calibrate: measures what --precision int8 must know of an avatar's numbers.
#include "framegen/calibrate.hpp"

#include <cstdio>

#include "command.hpp"
#include "progress.hpp"

namespace framegen::app {

void add_calibrate(CLI::App& program, int& exit_code) {
  struct Words {
    std::string avatar, audio, progress = "auto";
    int faces = CalibrateOptions{}.faces;
  };
  auto words = std::make_shared<Words>();
  CLI::App* command = program.add_subcommand(
      "calibrate", "prepare an avatar for --precision int8: writes its calibration.json");
  command->add_option("--avatar", words->avatar, "the presenter's folder; default: ava");
  command->add_option("--audio", words->audio, "any speech, some ten seconds")->required();
  command->add_option("--faces", words->faces, "that are rendered and watched")
      ->capture_default_str()
      ->check(CLI::Range(1, 10'000));
  command->add_option("--progress", words->progress, "auto, bar, json or none")
      ->capture_default_str()
      ->check(CLI::IsMember({"auto", "bar", "json", "none"}));
  command->callback([words, &exit_code] {
    const auto folder = avatar_folder(words->avatar);
    if (!folder) {
      exit_code = fail(folder.error());
      return;
    }
    ProgressLine line(words->progress, false);
    CalibrateOptions options;
    options.faces = words->faces;
    options.progress = [&](int done, int all) {
      line.show_count("faces", done, all);
      return !interrupted;
    };
    const Status status = calibrate(*folder, words->audio, options);
    line.end();
    if (!status) exit_code = fail(status.error());
  });
}

}  // namespace framegen::app
