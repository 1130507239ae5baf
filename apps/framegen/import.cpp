// import.cpp: framegen import: other people's files → an avatar's folder. A client of the public API alone.
#include "framegen/import.hpp"

#include <array>
#include <charconv>

#include "command.hpp"
#include "framegen/calibrate.hpp"
#include "progress.hpp"
#include "shipped_files.hpp"
#include "words/outputs.hpp"
#include "words/sandbox_words.hpp"

namespace framegen::app {

namespace {

struct ImportWords {
  std::string video, boxes, landmarks, box, landmark_model, landmark_points, frame_format = "jpg";
  int smoothing = 0, face = 0;
  std::string frames, crops;
  bool skip_lost = false;
  std::string livetalking, dataset, package, generator, audio_encoder,
      audio_features = "dataset", name, licence, calibrate, output, progress = "auto";
  bool replace = false;
  OverwriteWords overwrite;
  SandboxWords sandbox;
};

// "1,2,3" → three whole numbers. Errors: kBadUse, `where` is the option.
Result<std::array<int, 3>> three_numbers(const std::string& text, const char* option) {
  std::array<int, 3> numbers{};
  const char* at = text.data();
  const char* const end = at + text.size();
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    const auto [after, error] = std::from_chars(at, end, numbers[i]);
    const bool separated = i + 1 < numbers.size() ? after != end && *after == ',' : after == end;
    if (error != std::errc{} || !separated)
      return Error{ErrorCode::kBadUse, std::string(option) + " " + text, "is not three whole numbers",
                   "write them as 400,120,380"};
    at = after + 1;
  }
  return numbers;
}

// "100:600" → first and one after the last. Errors: kBadUse.
Result<std::pair<int, int>> frame_range(const std::string& text) {
  std::pair<int, int> range;
  const char* const end = text.data() + text.size();
  const auto [colon, error] = std::from_chars(text.data(), end, range.first);
  const bool begun = error == std::errc{} && colon != end && *colon == ':';
  const auto [after, wrong] = std::from_chars(begun ? colon + 1 : end, end, range.second);
  if (!begun || wrong != std::errc{} || after != end || range.first < 0 || range.second <= range.first)
    return Error{ErrorCode::kBadUse, "--frames " + text, "is no range of frames",
                 "write it as 100:600, the end not included, at 25 frames a second"};
  return range;
}

// What comes with the program and a film needs: face networks, and networks that speak until there are own
// ones.
Status add_shipped(ImportJob& job) {
  if (const auto detector = shipped_file("face/detector.onnx")) job.faces.networks = detector->parent_path();
  if (job.generator.empty() && job.audio_encoder.empty()) job.base_avatar = FRAMEGEN_TRY(avatar_folder(""));
  return {};
}

Result<ImportJob> job_of(const ImportWords& words) {
  ImportJob job;
  job.video = words.video;
  job.faces.boxes = words.boxes;
  job.faces.landmarks = words.landmarks;
  job.faces.landmark_model = words.landmark_model;
  job.faces.smoothing = words.smoothing;
  job.faces.face = words.face;
  job.faces.skip_lost = words.skip_lost;
  job.crops = words.crops;
  if (!words.frames.empty()) job.frames = FRAMEGEN_TRY(frame_range(words.frames));
  job.video_frames = words.frame_format == "png" ? PictureFormat::kPng : PictureFormat::kJpeg;
  if (!words.box.empty()) {
    const auto box = FRAMEGEN_TRY(three_numbers(words.box, "--box"));
    job.faces.box = Rectangle{box[0], box[1], box[2], box[2]};
  }
  if (!words.landmark_points.empty())
    job.faces.landmark_points = FRAMEGEN_TRY(three_numbers(words.landmark_points, "--landmark-points"));
  job.livetalking = words.livetalking;
  job.dataset = words.dataset;
  job.package = words.package;
  job.generator = words.generator;
  job.audio_encoder = words.audio_encoder;
  job.audio_features = words.audio_features == "ave"      ? AudioFeatures::kAve
                       : words.audio_features == "hubert" ? AudioFeatures::kHubert
                                                          : AudioFeatures::kFromDataset;
  job.name = words.name;
  job.licence = words.licence;
  job.output = words.output;
  job.replace = words.replace || words.overwrite.yes;
  job.on_warning = print_warning;
  job.on_note = [](std::string_view note) { print_done(std::string(note)); };
  if (!words.video.empty()) FRAMEGEN_TRY(add_shipped(job));
  return job;
}

Status claim(const ImportWords& words) {
  OverwriteWords overwrite = words.overwrite;
  overwrite.yes = overwrite.yes || words.replace;
  return claim_outputs({.inputs = {{"--video", words.video},
                                   {"--dataset", words.dataset},
                                   {"--package", words.package},
                                   {"--livetalking", words.livetalking},
                                   {"--generator", words.generator},
                                   {"--audio-encoder", words.audio_encoder},
                                   {"--boxes", words.boxes},
                                   {"--landmarks", words.landmarks},
                                   {"--landmark-model", words.landmark_model},
                                   {"--calibrate", words.calibrate}},
                        .outputs = {{"--output", words.output}, {"--crops", words.crops}}},
                       overwrite);
}

Status run(const ImportWords& words) {
  ImportJob job = FRAMEGEN_TRY(job_of(words));
  job.sandbox = FRAMEGEN_TRY(words.sandbox.start());
  FRAMEGEN_TRY(claim(words));
  ProgressLine line(words.progress, false);
  int frames = 0;
  job.progress = [&](int done, int all) {
    frames = done;
    line.show_count("template frames", done, all);
    return !interrupted;
  };
  const Status imported = import_avatar(job);
  line.end();
  FRAMEGEN_TRY(Status(imported));
  if (!words.calibrate.empty()) {
    CalibrateOptions calibration;
    calibration.sandbox = job.sandbox;
    FRAMEGEN_TRY(calibrate(job.output, words.calibrate, calibration));
  }
  line.succeeded();
  print_done(job.output.string() + ": an avatar of " + std::to_string(frames) +
             " template frames; framegen inspect " + job.output.string() + " --check says how it looks" +
             (std::filesystem::exists(job.output / "contact_sheet.jpg")
                  ? ", " + (job.output / "contact_sheet.jpg").string() + " shows where the face is"
                  : ""));
  return {};
}

}  // namespace

void add_import(CLI::App& program, int& exit_code) {
  auto words = std::make_shared<ImportWords>();
  CLI::App* command = program.add_subcommand(
      "import",
      "make an avatar from a film, a data set of SyncTalk_2D, an avatar of LiveTalking or a pre-cut package");
  auto* dataset =
      command->add_option("--dataset", words->dataset, "SyncTalk_2D data set: full_body_img/, landmarks/");
  auto* package = command
                      ->add_option("--package", words->package,
                                   "pre-cut package: full_body_img/, rois_320/, cache/, models/")
                      ->excludes(dataset);
  auto* video =
      command->add_option("--video", words->video, "a film of the presenter, taken at 25 frames a second")
          ->excludes(dataset)
          ->excludes(package);
  command
      ->add_option("--livetalking", words->livetalking,
                   "a LiveTalking avatar (Wav2Lip): full_imgs/, coords.pkl")
      ->excludes(dataset)
      ->excludes(package)
      ->excludes(video);
  const auto of_video = [&](const char* name, auto& value, const char* help) {
    return command->add_option(name, value, help)->needs(video);
  };
  of_video("--boxes", words->boxes, "of a video: CSV or JSON with a face box for each frame");
  of_video("--landmarks", words->landmarks,
           "of a video: a folder with 0.lms, 1.lms, … as SyncTalk_2D writes them");
  of_video("--box", words->box,
           "of a video: x,y,size of the face in all frames; with --landmark-model where it begins");
  of_video("--landmark-model", words->landmark_model,
           "of a video: an ONNX network that finds the face's landmarks");
  of_video("--landmark-points", words->landmark_points,
           "the model's points that are left cheek, right cheek, nose bridge: L,R,N");
  of_video("--smooth", words->smoothing,
           "frames over which boxes are averaged; 1: none; default 5 with a network, else 1")
      ->check(CLI::Range(1, 250));
  of_video("--face", words->face, "of a video with several faces: 1 …, the most prominent first; default 1")
      ->check(CLI::Range(1, 1000));
  of_video(
      "--frames", words->frames,
      "of a video: A:B, its frames at 25 a second that become the template; default: the stillest stretch "
      "of at most 20 s");
  command
      ->add_flag("--skip-lost", words->skip_lost,
                 "of a video: leave out frames in which the face is lost, turned away or covered, and take "
                 "all others")
      ->needs(video);
  of_video("--crops", words->crops,
           "of a video: a new folder for the face in every frame that can be used, to learn a mouth from");
  of_video("--frame-format", words->frame_format,
           "of a video: how its frames are kept, jpg (quality 97, 4:4:4) or png")
      ->check(CLI::IsMember({"jpg", "png"}));
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
  command->add_option("--calibrate", words->calibrate,
                      "any speech: prepare the avatar for --precision int8 with it");
  command->add_option("-o,--output", words->output, "the avatar's folder")->required();
  command->add_flag("--replace", words->replace, "replace an avatar that is already there");
  add_progress_option(*command, words->progress);
  words->overwrite.add_to(*command);
  words->sandbox.add_to(*command);
  command->callback([words, &exit_code] {
    const Status done = run(*words);
    if (!done) exit_code = fail(done.error());
  });
}

}  // namespace framegen::app
