// calibrate.cpp: faces spread over speech and template, shown to the calibrator.
#include "framegen/calibrate.hpp"

#include <algorithm>
#include <vector>

#include "audio/speech_source.hpp"
#include "core/even_sample.hpp"
#include "framegen/engine.hpp"
#include "generator/calibration.hpp"
#include "pipeline/speaking/engine_impl.hpp"
#include "pipeline/speaking/sandbox_impl.hpp"

namespace framegen {
namespace {

constexpr std::size_t kStep = 4096;  // samples

using Windows = EvenSample<std::vector<float>>;

// The audio windows of so many of a speech's video frames: all of an hour's would be gigabytes.
Result<Windows> spread_windows(const Speaker& speaker, const std::filesystem::path& speech, int count,
                               sandbox::Zygote* zygote) {
  AudioWindowStream stream = FRAMEGEN_TRY(speaker.make_window_stream(0));
  SpeechSource source = FRAMEGEN_TRY(SpeechSource::open(speech, {}, zygote));
  Windows windows(static_cast<std::size_t>(count));
  std::vector<float> samples(kStep), window(stream.window_size());
  const auto take = [&]() -> Status {
    while (FRAMEGEN_TRY(stream.next(window))) windows.add(window);
    return {};
  };
  while (const std::size_t read = FRAMEGEN_TRY(source.read(samples))) {
    for (std::span<const float> rest(samples.data(), read); !rest.empty();) {
      rest = rest.subspan(FRAMEGEN_TRY(stream.push(rest)));
      FRAMEGEN_TRY(take());
    }
  }
  FRAMEGEN_TRY(stream.finish());
  FRAMEGEN_TRY(take());
  return windows;
}

}  // namespace

Status calibrate(const std::filesystem::path& folder, const std::filesystem::path& speech,
                 const CalibrateOptions& options) {
  if (options.faces < 1 || options.faces > 10'000)
    return Error{ErrorCode::kBadUse, "CalibrateOptions::faces", "is out of range", "give 1 … 10000"};
  EngineOptions plain;
  plain.threads = 1;
  plain.backend = Backend::kNative;
  plain.keep_image_parts_on_disk = false;
  const Engine engine = FRAMEGEN_TRY(Engine::create(plain));
  const auto speaker = FRAMEGEN_TRY(Speaker::open(folder, engine.options()));
  const auto windows =
      FRAMEGEN_TRY(spread_windows(*speaker, speech, options.faces, zygote_of(options.sandbox)));
  const Manifest& manifest = speaker->bundle().manifest();
  const std::filesystem::path generator = speaker->bundle().generator_file();
  Calibrator calibrator = FRAMEGEN_TRY(Calibrator::create(generator, shape_of(manifest)));
  for (int i = 0; i < options.faces; ++i) {
    const auto face = static_cast<std::size_t>(i);
    const auto at = static_cast<int>(face * manifest.frames.size() / static_cast<std::size_t>(options.faces));
    const auto frame = FRAMEGEN_TRY(speaker->frames().get(at));
    FRAMEGEN_TRY(calibrator.see(frame->image, windows[face]));
    if (options.progress && !options.progress(i + 1, options.faces))
      return Error{ErrorCode::kCancelled, "calibrate", "stopped as you asked; nothing was written", ""};
  }
  return calibrator.save(generator.parent_path() / kCalibrationFile);
}

}  // namespace framegen
