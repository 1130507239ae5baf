// audio_reader.cpp: decoded frames → checked mono samples (docs/reference.md §1).
#include "audio/audio_reader.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "audio/av_decoder.hpp"
#include "audio/mono_mix.hpp"
#include "audio/resampler.hpp"

extern "C" {
#include <libavutil/frame.h>
}

namespace framegen {
namespace {

constexpr int kMostChannels = 64;
constexpr double kMissingWorthAWarning_s = 0.25;
constexpr const char* kConvert = "convert it, for example: ffmpeg -i FILE -ar 48000 -ac 1 speech.wav";

}  // namespace

struct AudioReader::Impl {
  std::string name;
  Log log;
  AvDecoder decoder;
  AudioInfo info;
  const AVFrame* frame = nullptr;  // null: the end
  std::size_t used = 0;            // samples of the frame that are given out
  std::int64_t given = 0;          // samples given out in all

  Impl(std::string n, Log l, AvDecoder d) : name(std::move(n)), log(std::move(l)), decoder(std::move(d)) {}

  Error sound_error(std::string what, std::string remedy) const {
    return {ErrorCode::kBadInput, name, std::move(what), std::move(remedy)};
  }
  Status start();
  Status next_frame();
  Status check_sound(std::span<const float> samples) const;
  void warn_of_what_is_missing() const;
};

// Decodes the first frame: only that tells the rate for sure (HE-AAC's header names half of it).
Status AudioReader::Impl::start() {
  FRAMEGEN_TRY(next_frame());
  if (frame == nullptr) {
    if (decoder.damaged_packets() > 0)
      return sound_error("none of its " + decoder.codec() + " sound can be decoded",
                         "the file is damaged: make it again");
    return sound_error("has no sound in it: 0 samples", "give a file with sound");
  }
  info = {decoder.codec(), decoder.container(), frame->sample_rate, frame->ch_layout.nb_channels,
          decoder.declared_duration_s()};
  if (info.sample_rate_hz < kLowestRateHz || info.sample_rate_hz > kHighestRateHz)
    return sound_error(fmt::format("its sample rate is {} Hz, outside {} … {} Hz", info.sample_rate_hz,
                                   kLowestRateHz, kHighestRateHz),
                       "correct its header, or convert it");
  return {};
}

Status AudioReader::Impl::next_frame() {
  auto next = decoder.next();
  if (!next) return std::move(next.error()).within(name);
  frame = *next;
  used = 0;
  if (frame == nullptr) return {};
  if (frame->ch_layout.nb_channels > kMostChannels)
    return sound_error(
        fmt::format("has {} channels, more than {}", frame->ch_layout.nb_channels, kMostChannels), kConvert);
  if (!can_mix(*frame)) return sound_error("decodes to an unknown sample format", kConvert);
  if (given > 0 && frame->sample_rate != info.sample_rate_hz)
    return sound_error(
        fmt::format("its sample rate changes from {} to {} Hz at {:.3f} s", info.sample_rate_hz,
                    frame->sample_rate, static_cast<double>(given) / info.sample_rate_hz),
        kConvert);
  return {};
}

// `samples` begin at sample `given`.
Status AudioReader::Impl::check_sound(std::span<const float> samples) const {
  const auto bad_one = std::find_if_not(samples.begin(), samples.end(), is_sound);
  if (bad_one == samples.end()) return {};
  const std::int64_t at = given + (bad_one - samples.begin());
  return sound_error(
      fmt::format("sample {} ({:.3f} s) is {}", at, static_cast<double>(at) / info.sample_rate_hz,
                  std::isnan(*bad_one)   ? "not a number"
                  : std::isinf(*bad_one) ? "infinite"
                                         : "far beyond full scale"),
      "repair the recording");
}

void AudioReader::Impl::warn_of_what_is_missing() const {
  const double seconds = static_cast<double>(given) / info.sample_rate_hz;
  if (decoder.missing_bytes() > 0)
    return warn(
        log,
        fmt::format("{}: ends after {:.2f} s, {} bytes short of what its header says: it seems to be cut off",
                    name, seconds, decoder.missing_bytes()));
  if (decoder.damaged_packets() > 0)
    warn(log,
         fmt::format("{}: {} damaged piece{} of sound left out of {:.2f} s: lips may lag behind the sound",
                     name, decoder.damaged_packets(), decoder.damaged_packets() == 1 ? "" : "s", seconds));
  if (info.duration_s && *info.duration_s > seconds + kMissingWorthAWarning_s)
    warn(log, fmt::format("{}: ends after {:.2f} s although its header says {:.2f} s: it seems to be cut off",
                          name, seconds, *info.duration_s));
}

AudioReader::AudioReader(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
AudioReader::AudioReader(AudioReader&&) noexcept = default;
AudioReader& AudioReader::operator=(AudioReader&&) noexcept = default;
AudioReader::~AudioReader() = default;

const AudioInfo& AudioReader::info() const { return impl_->info; }

Result<AudioReader> AudioReader::open(const std::filesystem::path& path, Log log) {
  return start(path.string(), FRAMEGEN_TRY(AvInput::open(path)), std::move(log));
}

Result<AudioReader> AudioReader::open(std::span<const std::uint8_t> bytes, const std::string& name, Log log) {
  return start(name, FRAMEGEN_TRY(AvInput::memory(bytes)), std::move(log));
}

Result<AudioReader> AudioReader::start(const std::string& name, AvInput input, Log log) {
  auto decoder = AvDecoder::open(std::move(input));
  if (!decoder) return std::move(decoder.error()).within(name);
  auto impl = std::make_unique<Impl>(name, std::move(log), *std::move(decoder));
  FRAMEGEN_TRY(impl->start());
  return AudioReader(std::move(impl));
}

Result<std::size_t> AudioReader::read(std::span<float> mono) {
  Impl& s = *impl_;
  std::size_t filled = 0;
  while (filled < mono.size() && s.frame != nullptr) {
    const auto left = static_cast<std::size_t>(s.frame->nb_samples) - s.used;
    const auto part = mono.subspan(filled, std::min(left, mono.size() - filled));
    mix_to_mono(*s.frame, s.used, part);
    FRAMEGEN_TRY(s.check_sound(part));
    s.used += part.size();
    s.given += static_cast<std::int64_t>(part.size());
    filled += part.size();
    if (part.size() < left) break;
    FRAMEGEN_TRY(s.next_frame());
    if (s.frame == nullptr) s.warn_of_what_is_missing();
  }
  return filled;
}

}  // namespace framegen
