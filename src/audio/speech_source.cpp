// speech_source.cpp: blocks of the file through the resampler (docs/reference.md §1).
#include "audio/speech_source.hpp"

#include <algorithm>
#include <cmath>

namespace framegen {
namespace {

constexpr std::size_t kBlockSamples = 4096;

}  // namespace

SpeechSource::SpeechSource(AudioReader reader, Resampler resampler)
    : reader_(std::move(reader)), resampler_(std::move(resampler)), block_(kBlockSamples) {}

Result<SpeechSource> SpeechSource::over(AudioReader reader) {
  Resampler resampler = FRAMEGEN_TRY(Resampler::create(reader.info().sample_rate_hz));
  return SpeechSource(std::move(reader), std::move(resampler));
}

Result<SpeechSource> SpeechSource::open(const std::filesystem::path& path, Log log, sandbox::Zygote* zygote) {
  return over(FRAMEGEN_TRY(AudioReader::open(path, std::move(log), zygote)));
}

Result<SpeechSource> SpeechSource::open(std::span<const std::uint8_t> bytes, const std::string& name,
                                        Log log) {
  return over(FRAMEGEN_TRY(AudioReader::open(bytes, name, std::move(log))));
}

std::optional<std::int64_t> SpeechSource::expected_samples() const {
  constexpr double kTooLong_s = 1e9;
  const auto seconds = info().duration_s;
  if (!seconds || *seconds > kTooLong_s) return std::nullopt;
  return static_cast<std::int64_t>(std::ceil(*seconds * kSpeechRateHz));
}

Result<std::size_t> SpeechSource::read(std::span<float> samples) {
  if (info().sample_rate_hz == kSpeechRateHz) return reader_.read(samples);
  std::size_t filled = 0;
  while (filled < samples.size()) {
    if (used_ == resampled_.size()) {
      if (ended_) break;
      FRAMEGEN_TRY(refill());
    }
    const std::size_t count = std::min(samples.size() - filled, resampled_.size() - used_);
    std::copy_n(resampled_.begin() + static_cast<std::ptrdiff_t>(used_), count,
                samples.begin() + static_cast<std::ptrdiff_t>(filled));
    used_ += count;
    filled += count;
  }
  return filled;
}

Status SpeechSource::refill() {
  resampled_.clear();
  used_ = 0;
  const std::size_t count = FRAMEGEN_TRY(reader_.read(block_));
  ended_ = count == 0;
  return ended_ ? resampler_.finish(resampled_) : resampler_.push(std::span(block_).first(count), resampled_);
}

}  // namespace framegen
