// speech_source.hpp: any audio or video file → 16 kHz mono samples, what the mel spectrogram is made from
// (docs/reference.md §1).
#pragma once

#include <cstdint>
#include <vector>

#include "audio/audio_reader.hpp"
#include "audio/resampler.hpp"

namespace framegen {

// AudioReader and Resampler joined; a 16 kHz file is not touched. Constant memory. One thread at a time.
class SpeechSource {
 public:
  // Errors: AudioReader's.
  static Result<SpeechSource> open(const std::filesystem::path& path, Log log = {},
                                   sandbox::Zygote* zygote = nullptr);
  // From memory, which must outlive the source; `name` stands in errors.
  static Result<SpeechSource> open(std::span<const std::uint8_t> bytes, const std::string& name,
                                   Log log = {});

  const AudioInfo& info() const { return reader_.info(); }
  // About how many samples there will be, where the header says; not to be relied on.
  std::optional<std::int64_t> expected_samples() const;
  // Fills `samples` as far as there is sound and says how far; 0: the end. Errors: AudioReader's.
  Result<std::size_t> read(std::span<float> samples);

 private:
  SpeechSource(AudioReader reader, Resampler resampler);
  static Result<SpeechSource> over(AudioReader reader);
  Status refill();

  AudioReader reader_;
  Resampler resampler_;
  std::vector<float> block_;      // at the file's own rate
  std::vector<float> resampled_;  // of which the first `used_` are given out
  std::size_t used_ = 0;
  bool ended_ = false;
};

}  // namespace framegen
