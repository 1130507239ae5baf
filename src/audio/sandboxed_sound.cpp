// sandboxed_sound.cpp: AudioReader on both sides of a pipe.
#include "audio/sandboxed_sound.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <vector>

#include "audio/audio_reader_impl.hpp"
#include "audio/resampler.hpp"
#include "media/av_input.hpp"

namespace framegen {
namespace {

using sandbox::BytesIn;
using sandbox::BytesOut;
using sandbox::next_data;
using sandbox::RecordKind;

constexpr std::size_t kPieceSamples = 16384;

class SandboxedSound final : public AudioReader::Impl {
 public:
  SandboxedSound(std::string name, Log log, sandbox::RecordReader child)
      : name_(std::move(name)), log_(std::move(log)), child_(std::move(child)) {}
  Status start();
  Result<std::size_t> read(std::span<float> mono) override;

 private:
  Status refill();

  std::string name_;
  Log log_;
  sandbox::RecordReader child_;
  std::vector<float> samples_;  // of which the first `used_` are given out
  std::size_t used_ = 0;
  bool ended_ = false;
};

Status SandboxedSound::start() {
  const auto record = FRAMEGEN_TRY(next_data(child_, name_, log_));
  if (!record) return sandbox::nonsense(name_);
  BytesIn in(record->bytes);
  const auto rate = in.number<std::int32_t>(), channels = in.number<std::int32_t>();
  const auto duration = in.number<double>();
  auto codec = in.text(), container = in.text();
  if (!container || *rate < kLowestRateHz || *rate > kHighestRateHz || *channels < 1)
    return sandbox::nonsense(name_);
  info = {*std::move(codec), *std::move(container), *rate, *channels, std::nullopt};
  if (std::isfinite(*duration)) info.duration_s = *duration;
  return {};
}

Status SandboxedSound::refill() {
  const auto record = FRAMEGEN_TRY(next_data(child_, name_, log_));
  ended_ = !record;
  used_ = 0;
  samples_.clear();
  if (ended_) return {};
  if (record->bytes.empty() || record->bytes.size() % sizeof(float) != 0) return sandbox::nonsense(name_);
  samples_.resize(record->bytes.size() / sizeof(float));
  std::memcpy(samples_.data(), record->bytes.data(), record->bytes.size());
  if (!std::all_of(samples_.begin(), samples_.end(), is_sound)) return sandbox::nonsense(name_);
  return {};
}

Result<std::size_t> SandboxedSound::read(std::span<float> mono) {
  std::size_t filled = 0;
  while (filled < mono.size() && !ended_) {
    if (used_ == samples_.size()) FRAMEGEN_TRY(refill());
    const std::size_t count = std::min(samples_.size() - used_, mono.size() - filled);
    std::copy_n(samples_.begin() + static_cast<std::ptrdiff_t>(used_), count,
                mono.begin() + static_cast<std::ptrdiff_t>(filled));
    used_ += count;
    filled += count;
  }
  return filled;
}

}  // namespace

Status decode_speech(const sandbox::Task& task, const sandbox::RecordWriter& writer) {
  const Log log = [&](LogLevel, std::string_view text) { writer.warning(text); };
  AudioReader reader = FRAMEGEN_TRY(AudioReader::descriptor(task.file, task.name, log));
  const AudioInfo& info = reader.info();
  writer.data(BytesOut()
                  .number(std::int32_t{info.sample_rate_hz})
                  .number(std::int32_t{info.channels})
                  .number(info.duration_s.value_or(std::numeric_limits<double>::quiet_NaN()))
                  .text(info.codec)
                  .text(info.container));
  std::vector<float> block(kPieceSamples);
  for (;;) {
    const std::size_t count = FRAMEGEN_TRY(reader.read(block));
    if (count == 0) return {};
    writer.write(RecordKind::kData, std::as_bytes(std::span(block).first(count)));
  }
}

Result<AudioReader> sandboxed_sound(const std::filesystem::path& path, Log log, sandbox::Zygote& zygote) {
  const int file = FRAMEGEN_TRY(open_input(path));
  auto child = FRAMEGEN_TRY(zygote.run(&decode_speech, {file, path.string()}));
  auto sound = std::make_unique<SandboxedSound>(path.string(), std::move(log), std::move(child));
  FRAMEGEN_TRY(sound->start());
  return AudioReader(std::move(sound));
}

}  // namespace framegen
