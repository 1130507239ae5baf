// folder.cpp: speech that is long enough, an avatar of another width.
#include "bench/folder.hpp"

#include <stdlib.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <span>
#include <vector>

#include "audio/speech_source.hpp"
#include "avatar/avatar_bundle.hpp"
#include "core/files.hpp"
#include "core/frame_rate.hpp"
#include "core/sha256.hpp"
#include "framegen/calibrate.hpp"
#include "generator/calibration.hpp"
#include "generator/synth_model.hpp"

namespace framegen::app {
namespace {

constexpr std::uint32_t kRateHz = kSpeechRateHz;
constexpr std::size_t kSamplesPerFrame = kRateHz / kFramesPerSecond;
constexpr std::size_t kLookAhead = kRateHz;  // a frame's window ends 452.5 ms after it; more does no harm

void put(std::vector<std::uint8_t>& out, std::uint32_t value, int bytes) {
  for (int i = 0; i < bytes; ++i) out.push_back(static_cast<std::uint8_t>(value >> (8 * i)));
}

void put(std::vector<std::uint8_t>& out, std::string_view text) {
  out.insert(out.end(), text.begin(), text.end());
}

// 16-bit mono WAV.
std::vector<std::uint8_t> wav_of(const std::vector<float>& samples) {
  const auto data_bytes = static_cast<std::uint32_t>(samples.size() * 2);
  std::vector<std::uint8_t> out;
  out.reserve(data_bytes + 44);
  put(out, "RIFF"), put(out, 36 + data_bytes, 4), put(out, "WAVEfmt ");
  put(out, 16, 4), put(out, 1, 2), put(out, 1, 2), put(out, kRateHz, 4), put(out, kRateHz * 2, 4),
      put(out, 2, 2), put(out, 16, 2);
  put(out, "data"), put(out, data_bytes, 4);
  for (const float sample : samples)
    put(out,
        static_cast<std::uint32_t>(
            static_cast<std::int32_t>(std::lround(std::clamp(sample, -1.0F, 1.0F) * 32767))),
        2);
  return out;
}

Result<std::vector<float>> read_speech(const std::filesystem::path& audio, std::size_t at_most) {
  SpeechSource speech = FRAMEGEN_TRY(SpeechSource::open(audio));
  std::vector<float> samples(at_most);
  std::size_t size = 0;
  while (size < at_most) {
    const std::size_t got = FRAMEGEN_TRY(speech.read(std::span(samples).subspan(size)));
    if (got == 0) break;
    size += got;
  }
  samples.resize(size);
  if (size == 0)
    return Error{ErrorCode::kBadInput, audio.string(), "has no sound", "give a file with speech"};
  return samples;
}

Status copy_whole(const std::filesystem::path& from, const std::filesystem::path& to) {
  const auto bytes = FRAMEGEN_TRY(read_file(from));
  std::error_code ignored;
  std::filesystem::create_directories(to.parent_path(), ignored);
  return write_file(to, bytes);
}

// Another place for each round through the avatar's own frames: a spiral of small steps round the old one.
Rectangle moved(Rectangle box, int round, int width, int height) {
  const int step = 1 + round / 8;
  static constexpr int kX[] = {1, 1, 0, -1, -1, -1, 0, 1}, kY[] = {0, 1, 1, 1, 0, -1, -1, -1};
  if (round == 0) return box;
  box.x = std::clamp(box.x + kX[round % 8] * step, 0, std::max(0, width - box.width));
  box.y = std::clamp(box.y + kY[round % 8] * step, 0, std::max(0, height - box.height));
  return box;
}

// A link where the file system has them: a film's pictures need not be there twice.
Status link_or_copy(const std::filesystem::path& from, const std::filesystem::path& to) {
  std::error_code failed;
  std::filesystem::create_hard_link(from, to, failed);
  return failed ? copy_whole(from, to) : Status{};
}

}  // namespace

Result<BenchFolder> BenchFolder::create() {
  std::error_code failed;
  std::string name = (std::filesystem::temp_directory_path(failed) / "framegen-bench-XXXXXX").string();
  BenchFolder folder;
  if (failed || ::mkdtemp(name.data()) == nullptr)
    return Error{ErrorCode::kBadOutput, name, "cannot make a temporary folder",
                 "name a writable one in TMPDIR"};
  folder.path_ = name;
  return folder;
}

BenchFolder::~BenchFolder() {
  std::error_code ignored;
  if (!path_.empty()) std::filesystem::remove_all(path_, ignored);
}

Result<std::filesystem::path> BenchFolder::write_speech(const std::filesystem::path& audio,
                                                        int frames) const {
  const std::size_t needed = static_cast<std::size_t>(frames) * kSamplesPerFrame + kLookAhead;
  std::vector<float> samples = FRAMEGEN_TRY(read_speech(audio, needed));
  for (std::size_t i = 0, once = samples.size(); samples.size() < needed; ++i)
    samples.push_back(samples[i % once]);
  const auto file = path_ / "speech.wav";
  FRAMEGEN_TRY(write_file(file, wav_of(samples)));
  return file;
}

Result<std::filesystem::path> BenchFolder::write_avatar(const std::filesystem::path& avatar,
                                                        double width) const {
  const AvatarBundle bundle = FRAMEGEN_TRY(AvatarBundle::open(avatar));
  const auto folder = path_ / "avatar";
  SynthModelOptions options;
  options.width = width;
  const SynthModel model = FRAMEGEN_TRY(make_synth_model(options));
  Manifest manifest = bundle.manifest();
  const auto copy = [&](const std::vector<std::string>& names) -> Status {
    for (const std::string& name : names) FRAMEGEN_TRY(copy_whole(avatar / name, folder / name));
    return {};
  };
  FRAMEGEN_TRY(copy(manifest.frames));
  FRAMEGEN_TRY(copy(manifest.image.real));
  FRAMEGEN_TRY(copy(manifest.image.masked));
  FRAMEGEN_TRY(write_file(folder / "generator.onnx", model.generator));
  FRAMEGEN_TRY(write_file(folder / "audio_encoder.onnx", model.audio_encoder));
  manifest.generator = {"generator.onnx", sha256_hex(model.generator)};
  manifest.audio_encoder = {"audio_encoder.onnx", sha256_hex(model.audio_encoder)};
  manifest.tensors = {};
  FRAMEGEN_TRY(write_manifest(folder / "avatar.json", manifest));
  return folder;
}

Result<std::filesystem::path> BenchFolder::write_distinct(const std::filesystem::path& avatar,
                                                          int frames) const {
  const AvatarBundle bundle = FRAMEGEN_TRY(AvatarBundle::open(avatar));
  const auto folder = path_ / "distinct";
  const Manifest& old = bundle.manifest();
  const auto own = static_cast<int>(old.frames.size());
  Manifest manifest = old;
  std::error_code failed;
  std::filesystem::create_directories(folder / "frames", failed);
  const auto take = [&](std::vector<std::string>& files, const std::vector<std::string>& from,
                        const std::string& kind) -> Status {
    files.clear();
    // One more than are shown: the loop begins with the second and turns at the last.
    for (int i = 0; !from.empty() && i <= frames; ++i) {
      const std::filesystem::path file = from[static_cast<std::size_t>(i % own)];
      files.push_back("frames/" + kind + std::to_string(i) + file.extension().string());
      FRAMEGEN_TRY(link_or_copy(avatar / file, folder / files.back()));
    }
    return {};
  };
  FRAMEGEN_TRY(take(manifest.frames, old.frames, "template"));
  FRAMEGEN_TRY(take(manifest.image.real, old.image.real, "real"));
  FRAMEGEN_TRY(take(manifest.image.masked, old.image.masked, "masked"));
  manifest.boxes.clear();
  for (int i = 0; i <= frames; ++i)
    manifest.boxes.push_back(
        moved(old.boxes[static_cast<std::size_t>(i % own)], i / own, old.width, old.height));
  manifest.idle.reset();
  for (const auto& file : {bundle.generator_file(), bundle.audio_encoder_file(),
                           bundle.generator_file().parent_path() / kCalibrationFile})
    if (std::filesystem::is_regular_file(file))
      FRAMEGEN_TRY(copy_whole(file, folder / file.lexically_relative(avatar)));
  FRAMEGEN_TRY(write_manifest(folder / "avatar.json", manifest));
  return folder;
}

Status calibrate_for_bench(const std::filesystem::path& avatar, const std::filesystem::path& speech,
                           int faces) {
  CalibrateOptions options;
  options.faces = faces;
  options.likeness_faces = 0;
  return calibrate(avatar, speech, options);
}

}  // namespace framegen::app
