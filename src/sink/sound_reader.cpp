// sound_reader.cpp: what waits to be encoded, given out in the pieces that are asked for.
#include "sink/sound_reader.hpp"

#include <algorithm>
#include <array>

#include "media/av_input.hpp"
#include "sink/decoded_track.hpp"
#include "sink/sandboxed_track.hpp"

namespace framegen {
namespace {

constexpr int kSkipChunk = 4096;

}  // namespace

Error SoundReader::sound_error(const std::string& what) const {
  return {ErrorCode::kBadInput, name_, what, "give a sound file that FFmpeg can play"};
}

Result<std::unique_ptr<SoundReader>> SoundReader::open(const std::filesystem::path& path,
                                                       sandbox::Zygote* zygote) {
  const int file = FRAMEGEN_TRY(open_input(path));
  if (zygote == nullptr) return descriptor(file, path.string());
  return SandboxedTrack::open(file, path.string(), *zygote);
}

Result<std::unique_ptr<SoundReader>> SoundReader::descriptor(int file, const std::string& name) {
  return DecodedTrack::open(FRAMEGEN_TRY(AvInput::descriptor(file)), name);
}

void SoundReader::begin(int rate, int channels) {
  rate_ = rate;
  channels_ = channels;
  waiting_ = libav::own(av_audio_fifo_alloc(AV_SAMPLE_FMT_FLTP, channels, 1));
}

void SoundReader::give(void** planes, int n) {
  if (av_audio_fifo_write(waiting_.get(), planes, n) < n) throw std::bad_alloc();
}

Status SoundReader::fill(int n) {
  while (!ended_ && av_audio_fifo_size(waiting_.get()) < n) FRAMEGEN_TRY(decode_more());
  return {};
}

Status SoundReader::read(float* const* planes, int n) {
  FRAMEGEN_TRY(fill(n));
  std::array<void*, 2> targets{planes[0], channels_ > 1 ? planes[1] : nullptr};
  const int got = av_audio_fifo_read(waiting_.get(), targets.data(), n);
  if (got < 0) throw std::bad_alloc();
  for (int c = 0; c < channels_; ++c) std::fill(planes[c] + got, planes[c] + n, 0.0f);
  return {};
}

Result<std::int64_t> SoundReader::left(std::int64_t most) {
  FRAMEGEN_TRY(fill(static_cast<int>(std::clamp<std::int64_t>(most, 0, 1 << 24))));
  return std::min<std::int64_t>(most, av_audio_fifo_size(waiting_.get()));
}

Status SoundReader::skip(std::int64_t n) {
  while (n > 0) {
    FRAMEGEN_TRY(fill(kSkipChunk));
    const int waiting = av_audio_fifo_size(waiting_.get());
    if (waiting == 0) return {};
    const int step = static_cast<int>(std::min<std::int64_t>(n, waiting));
    av_audio_fifo_drain(waiting_.get(), step);
    n -= step;
  }
  return {};
}

}  // namespace framegen
