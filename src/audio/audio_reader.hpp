// audio_reader.hpp: any audio or video file → mono float32 samples at its own rate, as a stream
// (docs/reference.md §1).
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "core/log.hpp"
#include "framegen/result.hpp"

namespace framegen {

class AvInput;
namespace sandbox {
class Zygote;
}

struct AudioInfo {
  std::string codec;      // as FFmpeg calls it: "pcm_s16le", "mp3", "opus"
  std::string container;  // "wav", "mp3", "ogg", "mov"
  int sample_rate_hz = 0;
  int channels = 0;
  std::optional<double> duration_s;  // as the header says; not to be relied on
};

// Constant memory, however long the file. The first sound track; channels averaged; full scale ±1. Encoder
// delay and padding are taken off as libavcodec does by default. Damaged packets are left out, and what is
// missing is told to the log at the end. One thread at a time.
class AudioReader {
 public:
  // Errors: kBadInput, naming the path: missing, not audio or video, no sound, 0 samples, a rate or channel
  // count out of range, nothing that can be decoded. With a sandbox the file is decoded by a child of it (and
  // kBadInput says also how that one died); it must outlive the reader.
  static Result<AudioReader> open(const std::filesystem::path& path, Log log = {},
                                  sandbox::Zygote* zygote = nullptr);
  // An open file; takes over the descriptor.
  static Result<AudioReader> descriptor(int file, const std::string& name, Log log = {});
  // The same from memory, which must outlive the reader; `name` stands in errors.
  static Result<AudioReader> open(std::span<const std::uint8_t> bytes, const std::string& name, Log log = {});
  AudioReader(AudioReader&&) noexcept;
  AudioReader& operator=(AudioReader&&) noexcept;
  ~AudioReader();

  const AudioInfo& info() const;
  // Fills `mono` as far as there is sound and says how far; 0: the end. Errors: kBadInput (NaN, infinite or
  // absurdly large samples, a sample rate that changes, a disk that fails), naming the position.
  Result<std::size_t> read(std::span<float> mono);

  struct Impl;
  explicit AudioReader(std::unique_ptr<Impl> impl);

 private:
  static Result<AudioReader> start(const std::string& name, AvInput input, Log log);
  std::unique_ptr<Impl> impl_;
};

}  // namespace framegen
