// audio_reader.cpp: decoded frames → checked mono samples (docs/reference.md §1).
#include "audio/audio_reader.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "audio/audio_reader_impl.hpp"
#include "audio/av_decoder.hpp"
#include "audio/mono_mix.hpp"
#include "audio/resampler.hpp"
#include "audio/sandboxed_sound.hpp"

extern "C" {
#include <libavutil/frame.h>
}

namespace framegen {
namespace {

constexpr int kMostChannels = 64;
constexpr double kMissingWorthAWarning_s = 0.25;
constexpr const char* kConvert = "convert it, for example: ffmpeg -i FILE -ar 48000 -ac 1 speech.wav";

class DecodedSound final : public AudioReader::Impl {
 public:
  DecodedSound(std::string name, Log log, AvDecoder decoder)
      : name_(std::move(name)), log_(std::move(log)), decoder_(std::move(decoder)) {}
  Status start();
  Result<std::size_t> read(std::span<float> mono) override;

 private:
  std::string name_;
  Log log_;
  AvDecoder decoder_;
  const AVFrame* frame_ = nullptr;  // null: the end
  std::size_t used_ = 0;            // samples of the frame that are given out
  std::int64_t given_ = 0;          // samples given out in all

  Error sound_error(std::string what, std::string remedy) const {
    return {ErrorCode::kBadInput, name_, std::move(what), std::move(remedy)};
  }
  Status next_frame();
  Status check_sound(std::span<const float> samples) const;
  void warn_of_what_is_missing() const;
};

// Decodes the first frame: only that tells the rate for sure (HE-AAC's header names half of it).
Status DecodedSound::start() {
  FRAMEGEN_TRY(next_frame());
  if (frame_ == nullptr) {
    if (decoder_.damaged_packets() > 0)
      return sound_error("none of its " + decoder_.codec() + " sound can be decoded",
                         "the file is damaged: make it again");
    return sound_error("has no sound in it: 0 samples", "give a file with sound");
  }
  info = {decoder_.codec(), decoder_.container(), frame_->sample_rate, frame_->ch_layout.nb_channels,
          decoder_.declared_duration_s()};
  if (info.sample_rate_hz < kLowestRateHz || info.sample_rate_hz > kHighestRateHz)
    return sound_error(fmt::format("its sample rate is {} Hz, outside {} … {} Hz", info.sample_rate_hz,
                                   kLowestRateHz, kHighestRateHz),
                       "correct its header, or convert it");
  return {};
}

Status DecodedSound::next_frame() {
  auto next = decoder_.next();
  if (!next) return std::move(next.error()).within(name_);
  frame_ = *next;
  used_ = 0;
  if (frame_ == nullptr) return {};
  if (frame_->ch_layout.nb_channels > kMostChannels)
    return sound_error(
        fmt::format("has {} channels, more than {}", frame_->ch_layout.nb_channels, kMostChannels), kConvert);
  if (!can_mix(*frame_)) return sound_error("decodes to an unknown sample format", kConvert);
  if (given_ > 0 && frame_->sample_rate != info.sample_rate_hz)
    return sound_error(
        fmt::format("its sample rate changes from {} to {} Hz at {:.3f} s", info.sample_rate_hz,
                    frame_->sample_rate, static_cast<double>(given_) / info.sample_rate_hz),
        kConvert);
  return {};
}

// `samples` begin at sample `given_`.
Status DecodedSound::check_sound(std::span<const float> samples) const {
  const auto bad_one = std::find_if_not(samples.begin(), samples.end(), is_sound);
  if (bad_one == samples.end()) return {};
  const std::int64_t at = given_ + (bad_one - samples.begin());
  return sound_error(
      fmt::format("sample {} ({:.3f} s) is {}", at, static_cast<double>(at) / info.sample_rate_hz,
                  std::isnan(*bad_one)   ? "not a number"
                  : std::isinf(*bad_one) ? "infinite"
                                         : "far beyond full scale"),
      "repair the recording");
}

void DecodedSound::warn_of_what_is_missing() const {
  const double seconds = static_cast<double>(given_) / info.sample_rate_hz;
  if (decoder_.missing_bytes() > 0)
    return warn(
        log_,
        fmt::format("{}: ends after {:.2f} s, {} bytes short of what its header says: it seems to be cut off",
                    name_, seconds, decoder_.missing_bytes()));
  if (decoder_.damaged_packets() > 0)
    warn(log_,
         fmt::format("{}: {} damaged piece{} of sound left out of {:.2f} s: lips may lag behind the sound",
                     name_, decoder_.damaged_packets(), decoder_.damaged_packets() == 1 ? "" : "s", seconds));
  if (info.duration_s && *info.duration_s > seconds + kMissingWorthAWarning_s)
    warn(log_,
         fmt::format("{}: ends after {:.2f} s although its header says {:.2f} s: it seems to be cut off",
                     name_, seconds, *info.duration_s));
}

Result<std::size_t> DecodedSound::read(std::span<float> mono) {
  std::size_t filled = 0;
  while (filled < mono.size() && frame_ != nullptr) {
    const auto left = static_cast<std::size_t>(frame_->nb_samples) - used_;
    const auto part = mono.subspan(filled, std::min(left, mono.size() - filled));
    mix_to_mono(*frame_, used_, part);
    FRAMEGEN_TRY(check_sound(part));
    used_ += part.size();
    given_ += static_cast<std::int64_t>(part.size());
    filled += part.size();
    if (part.size() < left) break;
    FRAMEGEN_TRY(next_frame());
    if (frame_ == nullptr) warn_of_what_is_missing();
  }
  return filled;
}

}  // namespace

AudioReader::AudioReader(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
AudioReader::AudioReader(AudioReader&&) noexcept = default;
AudioReader& AudioReader::operator=(AudioReader&&) noexcept = default;
AudioReader::~AudioReader() = default;

const AudioInfo& AudioReader::info() const { return impl_->info; }

Result<AudioReader> AudioReader::open(const std::filesystem::path& path, Log log, sandbox::Zygote* zygote) {
  if (zygote != nullptr) return sandboxed_sound(path, std::move(log), *zygote);
  return start(path.string(), FRAMEGEN_TRY(AvInput::open(path)), std::move(log));
}

Result<AudioReader> AudioReader::descriptor(int file, const std::string& name, Log log) {
  return start(name, FRAMEGEN_TRY(AvInput::descriptor(file)), std::move(log));
}

Result<AudioReader> AudioReader::open(std::span<const std::uint8_t> bytes, const std::string& name, Log log) {
  return start(name, FRAMEGEN_TRY(AvInput::memory(bytes)), std::move(log));
}

Result<AudioReader> AudioReader::start(const std::string& name, AvInput input, Log log) {
  auto decoder = AvDecoder::open(std::move(input));
  if (!decoder) return std::move(decoder.error()).within(name);
  auto impl = std::make_unique<DecodedSound>(name, std::move(log), *std::move(decoder));
  FRAMEGEN_TRY(impl->start());
  return AudioReader(std::move(impl));
}

Result<std::size_t> AudioReader::read(std::span<float> mono) { return impl_->read(mono); }

}  // namespace framegen
