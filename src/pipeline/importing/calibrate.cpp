// calibrate.cpp: faces spread over speech and template, shown to the calibrator, and some of them compared.
#include "framegen/calibrate.hpp"

#include <algorithm>
#include <cstdint>
#include <vector>

#include "audio/speech_source.hpp"
#include "core/even_sample.hpp"
#include "framegen/engine.hpp"
#include "generator/calibration.hpp"
#include "nn/native/native_network.hpp"
#include "pipeline/importing/likeness.hpp"
#include "pipeline/importing/precision_search.hpp"
#include "pipeline/speaking/engine_impl.hpp"
#include "pipeline/speaking/sandbox_impl.hpp"
#include "pipeline/speaking/speaker_networks.hpp"

namespace framegen {
namespace {

constexpr std::size_t kStep = 4096;  // samples

using Windows = EvenSample<std::vector<float>>;

// The audio windows of so many of a speech's video frames: all of an hour's would be gigabytes.
class Ear {
 public:
  Ear(AudioWindowStream stream, int count)
      : stream_(std::move(stream)),
        windows_(static_cast<std::size_t>(count)),
        window_(stream_.window_size()) {}

  Status hear(std::span<const float> samples) {
    while (!samples.empty()) {
      samples = samples.subspan(FRAMEGEN_TRY(stream_.push(samples)));
      FRAMEGEN_TRY(take());
    }
    return {};
  }
  Status finish() {
    FRAMEGEN_TRY(stream_.finish());
    return take();
  }
  const Windows& windows() const { return windows_; }

 private:
  Status take() {
    while (FRAMEGEN_TRY(stream_.next(window_))) windows_.add(window_);
    return {};
  }

  AudioWindowStream stream_;
  Windows windows_;
  std::vector<float> window_;
};

// The speech is read once: it may be a pipe.
Status listen(std::span<Ear> ears, const std::filesystem::path& speech, sandbox::Zygote* zygote) {
  SpeechSource source = FRAMEGEN_TRY(SpeechSource::open(speech, {}, zygote));
  std::vector<float> samples(kStep);
  while (const std::size_t read = FRAMEGEN_TRY(source.read(samples)))
    for (Ear& ear : ears) FRAMEGEN_TRY(ear.hear(std::span(samples).first(read)));
  for (Ear& ear : ears) FRAMEGEN_TRY(ear.finish());
  return {};
}

// An avatar that is looked at, not spoken with.
Result<std::unique_ptr<Speaker>> open_plainly(const std::filesystem::path& folder) {
  EngineOptions plain;
  plain.threads = 1;
  plain.backend = Backend::kNative;
  plain.keep_image_parts_on_disk = false;
  const Engine engine = FRAMEGEN_TRY(Engine::create(plain));
  return Speaker::open(folder, engine.options());
}

// What lower precisions hear: the audio encoder in 16 bits, on a machine too that computes it whole since it
// has no instructions for them. `networks` has to outlive it.
Result<AudioWindowStream> brief_window_stream(const Speaker& speaker, SpeakerNetworks& networks) {
  const AudioSpec& audio = speaker.bundle().manifest().audio;
  if (audio.is_direct() || audio.features == kHubertFeatures) return speaker.make_window_stream(0);
  NativeOptions brief;
  brief.precision = ProductPrecision::kBFloat16;
  brief.even_if_slow = true;
  auto encoder = load_native_network(speaker.bundle().audio_encoder_file(), brief);
  if (!encoder) return speaker.make_window_stream(0);  // ONNX Runtime's, which is whole
  networks.audio_encoder = *std::move(encoder);
  return networks.make_window_stream(audio, 0);
}

class Calibrating {
 public:
  // `ears`: float32's, and where faces are compared that of lower precisions.
  Calibrating(const Speaker& speaker, const CalibrateOptions& options, std::span<const Ear> ears)
      : speaker_(speaker),
        options_(options),
        ears_(ears),
        compared_(std::min(options.likeness_faces, options.faces)),
        all_(compared_ + (options.keep_ranges ? 0 : options.faces)) {}

  Status run() {
    const std::filesystem::path generator = speaker_.bundle().generator_file();
    const std::filesystem::path file = generator.parent_path() / kCalibrationFile;
    if (options_.keep_ranges) {
      const Calibration old = FRAMEGEN_TRY(calibration_of(generator));
      return write_likeness(file, FRAMEGEN_TRY(compare(old.ranges, old.whole_encoder)));
    }
    const GeneratorShape shape = shape_of(speaker_.bundle().manifest());
    Calibrator calibrator = FRAMEGEN_TRY(Calibrator::create(generator, shape));
    for (int i = 0; i < options_.faces; ++i) {
      const auto frame = FRAMEGEN_TRY(speaker_.frames().get(template_frame(i)));
      FRAMEGEN_TRY(calibrator.see(frame->image, ears_.front().windows()[static_cast<std::size_t>(i)]));
      FRAMEGEN_TRY(step());
    }
    return finish(calibrator, file);
  }

 private:
  Status finish(const Calibrator& calibrator, const std::filesystem::path& file) {
    const ChannelRanges measured = calibrator.ranges();
    if (options_.least_likeness == 0) return calibrator.save(file, FRAMEGEN_TRY(compare(measured, false)));
    // The whole audio encoder costs every picture more than a layer or two: only where it must be.
    bool whole_encoder = false;
    auto found = search(measured, whole_encoder);
    if (!found && found.error().code == ErrorCode::kBadUse) {
      whole_encoder = true;
      found = search(measured, whole_encoder);
    }
    if (!found) return std::move(found).error();
    all_ = done_ + compared_;  // fewer steps were needed
    return calibrator.save(file, FRAMEGEN_TRY(compare(measured.without(*found), whole_encoder)), *found,
                           whole_encoder);
  }

  Result<std::vector<std::string>> search(const ChannelRanges& measured, bool whole_encoder) {
    all_ = done_ + search_steps(measured) + compared_;
    return layers_in_bf16(speaker_, measured, compared_faces(whole_encoder), options_.least_likeness,
                          [this] { return step(); });
  }

  int template_frame(int face) const {
    const auto frames = static_cast<std::int64_t>(speaker_.bundle().manifest().frames.size());
    return static_cast<int>(face * frames / options_.faces);
  }

  Status step() {
    done_ = std::min(done_ + 1, all_);
    if (!options_.progress || options_.progress(done_, all_)) return {};
    return Error{ErrorCode::kCancelled, "calibrate", "stopped as you asked; nothing was written", ""};
  }

  // Some of the faces that are watched, as evenly spread.
  std::vector<ComparedFace> compared_faces(bool whole_encoder) const {
    const Windows& windows = ears_.front().windows();
    const Windows& lower = whole_encoder ? windows : ears_.back().windows();
    std::vector<ComparedFace> faces;
    for (int k = 0; k < compared_; ++k) {
      const int face = static_cast<int>(std::int64_t{k} * options_.faces / compared_);
      const auto at = static_cast<std::size_t>(face);
      faces.push_back({template_frame(face), windows[at], lower[at]});
    }
    return faces;
  }

  Result<Likeness> compare(const ChannelRanges& ranges, bool whole_encoder) {
    if (compared_ == 0) return Likeness{};
    return measure_likeness(speaker_, ranges, compared_faces(whole_encoder), [this] { return step(); });
  }

  const Speaker& speaker_;
  const CalibrateOptions& options_;
  const std::span<const Ear> ears_;
  const int compared_;
  int all_, done_ = 0;
};

Error no_calibrate_option(const char* option, const char* what, const char* remedy) {
  return {ErrorCode::kBadUse, std::string("CalibrateOptions::") + option, what, remedy};
}

}  // namespace

Status calibrate(const std::filesystem::path& folder, const std::filesystem::path& speech,
                 const CalibrateOptions& options) {
  if (options.faces < 1 || options.faces > 10'000)
    return no_calibrate_option("faces", "is out of range", "give 1 … 10000");
  if (options.likeness_faces < 0 || options.likeness_faces > 10'000)
    return no_calibrate_option("likeness_faces", "is out of range", "give 0 … 10000");
  if (options.keep_ranges && options.likeness_faces == 0)
    return no_calibrate_option("likeness_faces", "is 0 where nothing but the likeness is to be measured",
                               "give 1 … 10000, or leave keep_ranges out");
  if (options.least_likeness != 0 && !(options.least_likeness >= 0.5 && options.least_likeness <= 1))
    return no_calibrate_option("least_likeness", "is out of range", "give 0.5 … 1, or 0 for none");
  if (options.least_likeness != 0 && (options.keep_ranges || options.likeness_faces == 0))
    return no_calibrate_option("least_likeness", "wants ranges measured and faces compared",
                               "leave keep_ranges out, and give some likeness_faces");
  const auto speaker = FRAMEGEN_TRY(open_plainly(folder));
  std::vector<Ear> ears;
  ears.emplace_back(FRAMEGEN_TRY(speaker->make_window_stream(0)), options.faces);
  SpeakerNetworks brief;
  if (options.likeness_faces > 0)
    ears.emplace_back(FRAMEGEN_TRY(brief_window_stream(*speaker, brief)), options.faces);
  FRAMEGEN_TRY(listen(ears, speech, zygote_of(options.sandbox)));
  return Calibrating(*speaker, options, ears).run();
}

}  // namespace framegen
