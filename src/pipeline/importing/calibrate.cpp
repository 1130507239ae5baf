// calibrate.cpp: faces spread over speech and template, shown to the calibrator, and some of them compared.
#include "framegen/calibrate.hpp"

#include <algorithm>
#include <cstdint>
#include <vector>

#include "audio/speech_source.hpp"
#include "core/even_sample.hpp"
#include "core/files.hpp"
#include "framegen/engine.hpp"
#include "generator/calibration.hpp"
#include "pipeline/importing/likeness.hpp"
#include "pipeline/speaking/engine_impl.hpp"
#include "pipeline/speaking/sandbox_impl.hpp"

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
Result<std::unique_ptr<Speaker>> open_plainly(const std::filesystem::path& folder, Precision precision) {
  EngineOptions plain;
  plain.threads = 1;
  plain.backend = Backend::kNative;
  plain.precision = precision;
  plain.keep_image_parts_on_disk = false;
  const Engine engine = FRAMEGEN_TRY(Engine::create(plain));
  return Speaker::open(folder, engine.options());
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
      const std::string sha256 = FRAMEGEN_TRY(file_sha256(generator));
      const Calibration old = FRAMEGEN_TRY(load_calibration(file, sha256));
      return write_likeness(file, FRAMEGEN_TRY(compare(old.ranges)));
    }
    const GeneratorShape shape = shape_of(speaker_.bundle().manifest());
    Calibrator calibrator = FRAMEGEN_TRY(Calibrator::create(generator, shape));
    for (int i = 0; i < options_.faces; ++i) {
      const auto frame = FRAMEGEN_TRY(speaker_.frames().get(template_frame(i)));
      FRAMEGEN_TRY(calibrator.see(frame->image, ears_.front().windows()[static_cast<std::size_t>(i)]));
      FRAMEGEN_TRY(step());
    }
    return calibrator.save(file, FRAMEGEN_TRY(compare(calibrator.ranges())));
  }

 private:
  int template_frame(int face) const {
    const auto frames = static_cast<std::int64_t>(speaker_.bundle().manifest().frames.size());
    return static_cast<int>(face * frames / options_.faces);
  }

  Status step() {
    if (!options_.progress || options_.progress(++done_, all_)) return {};
    return Error{ErrorCode::kCancelled, "calibrate", "stopped as you asked; nothing was written", ""};
  }

  // Some of the faces that are watched, as evenly spread.
  Result<Likeness> compare(const ChannelRanges& ranges) {
    if (compared_ == 0) return Likeness{};
    std::vector<ComparedFace> faces;
    for (int k = 0; k < compared_; ++k) {
      const int face = static_cast<int>(std::int64_t{k} * options_.faces / compared_);
      const auto at = static_cast<std::size_t>(face);
      faces.push_back({template_frame(face), ears_.front().windows()[at], ears_.back().windows()[at]});
    }
    return measure_likeness(speaker_, ranges, faces, [this] { return step(); });
  }

  const Speaker& speaker_;
  const CalibrateOptions& options_;
  const std::span<const Ear> ears_;
  const int compared_, all_;
  int done_ = 0;
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
  const auto speaker = FRAMEGEN_TRY(open_plainly(folder, Precision::kFp32));
  std::vector<Ear> ears;
  ears.emplace_back(FRAMEGEN_TRY(speaker->make_window_stream(0)), options.faces);
  std::unique_ptr<Speaker> brief;  // whose audio encoder is that of int8 too
  if (options.likeness_faces > 0) {
    brief = FRAMEGEN_TRY(open_plainly(folder, Precision::kBf16));
    ears.emplace_back(FRAMEGEN_TRY(brief->make_window_stream(0)), options.faces);
  }
  FRAMEGEN_TRY(listen(ears, speech, zygote_of(options.sandbox)));
  return Calibrating(*speaker, options, ears).run();
}

}  // namespace framegen
