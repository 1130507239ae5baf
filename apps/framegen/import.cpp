// import.cpp: framegen import: other people's files → an avatar's folder. A client of the public API alone.
#include "framegen/import.hpp"

#include "command.hpp"
#include "progress.hpp"

namespace framegen::app {

void add_import(CLI::App& program, int& exit_code) {
  struct Words {
    std::string dataset, package, generator, audio_encoder, audio_features = "dataset", name, licence, output,
                                                            progress = "auto";
    bool replace = false;
  };
  auto words = std::make_shared<Words>();
  CLI::App* command =
      program.add_subcommand("import", "make an avatar from a SyncTalk_2D data set or a pre-cut package");
  auto* dataset =
      command->add_option("--dataset", words->dataset, "SyncTalk_2D data set: full_body_img/, landmarks/");
  command
      ->add_option("--package", words->package, "pre-cut package: full_body_img/, rois_320/, cache/, models/")
      ->excludes(dataset);
  command->add_option("--generator", words->generator,
                      "the generator: ONNX, or PyTorch's checkpoint (.pth), as the file's content says");
  command->add_option("--audio-encoder", words->audio_encoder, "the audio encoder: ONNX or checkpoint");
  command
      ->add_option(
          "--audio-features", words->audio_features,
          "what a generator's checkpoint was trained on: ave or hubert; dataset: as its aud_*.npy says")
      ->check(CLI::IsMember({"dataset", "ave", "hubert"}));
  command->add_option("--name", words->name, "the avatar's name; default: the output folder's");
  command->add_option("--licence", words->licence, "the pictures' licence, kept in avatar.json");
  command->add_option("-o,--output", words->output, "the avatar's folder")->required();
  command->add_flag("--replace", words->replace, "replace an avatar that is already there");
  command->add_option("--progress", words->progress, "auto, bar, json or none")
      ->check(CLI::IsMember({"auto", "bar", "json", "none"}));
  command->callback([words, &exit_code] {
    ImportJob job;
    job.dataset = words->dataset;
    job.package = words->package;
    job.generator = words->generator;
    job.audio_encoder = words->audio_encoder;
    job.audio_features = words->audio_features == "ave"      ? AudioFeatures::kAve
                         : words->audio_features == "hubert" ? AudioFeatures::kHubert
                                                             : AudioFeatures::kFromDataset;
    job.name = words->name;
    job.licence = words->licence;
    job.output = words->output;
    job.replace = words->replace;
    job.on_warning = print_warning;
    ProgressLine line(words->progress, false);
    job.progress = [&](int done, int all) {
      line.show_count("template frames", done, all);
      return !interrupted;
    };
    const Status imported = import_avatar(job);
    line.end();
    if (!imported) exit_code = fail(imported.error());
  });
}

}  // namespace framegen::app
