// dump.cpp: framegen dump: any intermediate as .npy. It is how people find out why their avatar looks wrong.
#include "audio/speech_source.hpp"
#include "command.hpp"
#include "core/npy.hpp"
#include "features/whole_file.hpp"
#include "generator/generator_shape.hpp"
#include "pipeline/importing/faces/face_mesh.hpp"
#include "pipeline/importing/faces/film_landmarks.hpp"
#include "pipeline/speaking/engine_impl.hpp"
#include "shipped_files.hpp"
#include "words/outputs.hpp"
#include "words/speech_file.hpp"

namespace framegen::app {
namespace {

struct DumpWords {
  std::string stage, avatar, audio, video, output;
  std::int64_t frame = 0;
  int start_frame = 0;
  std::optional<SpeechFile> speech;
  OverwriteWords overwrite;
  EngineWords engine;
};

// What one frame's stages hold.
struct FrameStages {
  Tensor window, input, output;
  AlignedBuffer<std::uint8_t> face;
};

Status write(const std::string& path, const Tensor& tensor) {
  return write_npy(path, tensor.shape, tensor.data.span());
}

Result<SpeechSource> open_audio(const DumpWords& words) {
  if (!words.speech)
    return Error{ErrorCode::kBadUse, "--audio", "is needed for --stage " + words.stage, "name an audio file"};
  return SpeechSource::open(words.speech->path());
}

SampleReader reader_of(SpeechSource& speech) {
  return [&](std::span<float> out) { return speech.read(out); };
}

Result<FrameStages> run_frame(const DumpWords& words, const Speaker& speaker) {
  FrameStages stages;
  const Manifest& manifest = speaker.bundle().manifest();
  SpeechSource speech = FRAMEGEN_TRY(open_audio(words));
  auto windows = FRAMEGEN_TRY(speaker.make_window_stream(words.frame));
  stages.window = FRAMEGEN_TRY(audio_window_of(reader_of(speech), std::move(windows), words.frame));
  stages.window.shape = Shape(manifest.audio.shape.begin(), manifest.audio.shape.end());
  const int template_frame = speaker.template_frame(words.frame, words.start_frame);
  const auto prepared = FRAMEGEN_TRY(speaker.frames().get(template_frame));
  const std::int64_t size = manifest.image.size;
  stages.input = Tensor({6, size, size});
  fill_image_input(shape_of(manifest), prepared->image, stages.input.data.data());
  if (words.stage != "output" && words.stage != "face") return stages;
  stages.output = Tensor({3, size, size});
  stages.face = AlignedBuffer<std::uint8_t>(static_cast<std::size_t>(3 * size * size));
  GeneratorJob job;
  job.template_frame = template_frame;
  job.image = prepared->image;
  job.audio_window = stages.window.data.span();
  job.face = {stages.face.data(), static_cast<int>(size), static_cast<int>(size), 3 * size};
  job.output = stages.output.data.span();
  GeneratorWorker* const worker = FRAMEGEN_TRY(speaker.generator_worker(0));
  FRAMEGEN_TRY(worker->run({&job, 1}));
  return stages;
}

// Before the work; "mel" needs no avatar.
Status claim(DumpWords& words) {
  Claim claim{.inputs = {}, .outputs = {{"--output", words.output}}};
  if (!words.audio.empty()) {
    words.speech = FRAMEGEN_TRY(SpeechFile::open(words.audio));
    claim.inputs.push_back({"--audio", words.speech->given()});
  }
  if (words.stage == "landmarks")
    claim.inputs.push_back({"--video", words.video});
  else if (words.stage != "mel")
    claim.inputs.push_back({"--avatar", FRAMEGEN_TRY(avatar_folder(words.avatar))});
  return claim_outputs(claim, words.overwrite);
}

// NaN where no face is seen.
Status dump_landmarks(const DumpWords& words) {
  const auto detector = shipped_file("face/detector.onnx");
  if (!detector)
    return Error{ErrorCode::kBadAvatar, "face/detector.onnx", "does not lie beside the program",
                 "install framegen whole: share/framegen/face belongs to it"};
  const std::vector<float> points = FRAMEGEN_TRY(film_landmarks(detector->parent_path(), words.video));
  constexpr auto count = static_cast<std::int64_t>(mesh_point::kCount);
  return write_npy(words.output, Shape{static_cast<std::int64_t>(points.size()) / (2 * count), count, 2},
                   points);
}

Status run(DumpWords& words) {
  if (words.video.empty() == (words.stage == "landmarks"))
    return Error{ErrorCode::kBadUse, "--video", "goes with --stage landmarks, and that with it",
                 "name a film, or a folder of numbered pictures, there alone"};
  FRAMEGEN_TRY(claim(words));
  if (words.stage == "landmarks") return dump_landmarks(words);
  if (words.stage == "mel") {
    SpeechSource speech = FRAMEGEN_TRY(open_audio(words));
    const Tensor mel = FRAMEGEN_TRY(mel_of(reader_of(speech)));
    return write(words.output, mel);
  }
  const EngineOptions options = FRAMEGEN_TRY(words.engine.options());
  const Engine engine = FRAMEGEN_TRY(Engine::create(options));
  const auto folder = FRAMEGEN_TRY(avatar_folder(words.avatar));
  const auto speaker = FRAMEGEN_TRY(Speaker::open(folder, engine.options()));
  const int frames = static_cast<int>(speaker->bundle().manifest().frames.size());
  if (words.start_frame < 0 || words.start_frame >= frames)
    return Error{ErrorCode::kBadUse, "--start-frame", "is out of range",
                 "give 0 … " + std::to_string(frames - 1)};
  if (words.stage == "features") {
    SpeechSource speech = FRAMEGEN_TRY(open_audio(words));
    const auto source = FRAMEGEN_TRY(speaker->make_feature_source(0));
    const Tensor features = FRAMEGEN_TRY(features_of(reader_of(speech), *source));
    return write(words.output, features);
  }
  const FrameStages stages = FRAMEGEN_TRY(run_frame(words, *speaker));
  if (words.stage == "audio-window") return write(words.output, stages.window);
  if (words.stage == "input") return write(words.output, stages.input);
  if (words.stage == "output") return write(words.output, stages.output);
  const std::int64_t size = stages.output.shape[1];
  return write_npy(words.output, Shape{size, size, 3}, stages.face.span());
}

}  // namespace

void add_dump(CLI::App& program, int& exit_code) {
  auto words = std::make_shared<DumpWords>();
  CLI::App* command = program.add_subcommand("dump", "write any intermediate of the pipeline as .npy");
  command
      ->add_option("--stage", words->stage,
                   "mel [80,T], features [N,512], audio-window [32,16,16], input [6,320,320], output "
                   "[3,320,320], face [320,320,3], landmarks [frames,468,2]")
      ->required()
      ->check(CLI::IsMember({"mel", "features", "audio-window", "input", "output", "face", "landmarks"}));
  command->add_option("--avatar", words->avatar, "the presenter's folder; default: ava");
  command->add_option("--audio,speech", words->audio, "any audio or video file with speech; - or a pipe");
  command->add_option("--video", words->video, "of landmarks: a film, or a folder of numbered pictures");
  command->add_option("--frame", words->frame, "output frame, from 0")
      ->check(CLI::Range(std::int64_t{0}, std::int64_t{1} << 40));
  command->add_option("--start-frame", words->start_frame, "first template frame of the loop")
      ->check(CLI::Range(0, 1 << 30));
  command->add_option("-o,--output", words->output, "the .npy file to write")->required();
  words->overwrite.add_to(*command);
  words->engine.add_to(*command);
  command->callback([words, &exit_code] {
    const Status done = run(*words);
    if (!done) exit_code = fail(done.error());
  });
}

}  // namespace framegen::app
