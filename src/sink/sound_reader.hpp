// sound_reader.hpp: a sound file's own sound, mono or stereo, as an AAC encoder takes it.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>

#include "framegen/result.hpp"
#include "media/libav.hpp"

namespace framegen {

// Decodes a little at a time: memory does not grow with the file.
class SoundReader {
 public:
  // The rate is the file's own where AAC is commonly played at it, else the next higher one, at most 48 kHz.
  // More than two channels are mixed to stereo. Errors: kBadInput (missing, no sound in it, unknown codec).
  static Result<std::unique_ptr<SoundReader>> open(const std::filesystem::path& path);
  ~SoundReader();

  int rate() const { return rate_; }
  int channels() const { return channels_; }
  // The next n samples of each channel; silence after the sound's end. Errors: kBadInput.
  Status read(float* const* planes, int n);
  Status skip(std::int64_t n);
  // How much sound is left, counted up to `most` samples. Errors: kBadInput.
  Result<std::int64_t> left(std::int64_t most);

 private:
  SoundReader() = default;
  Status open_decoder();
  Status fill(int n);
  Status decode_more();
  Status resample(const AVFrame* frame);  // null: what the resampler still holds
  Status start_resampler(const AVFrame& frame);
  bool same_kind(const AVFrame& frame) const;
  Error sound_error(const std::string& what) const;

  std::string path_;
  AVIOContext* input_ = nullptr;
  AVFormatContext* file_ = nullptr;
  int stream_ = -1;
  int rate_ = 0;
  int channels_ = 0;
  bool ended_ = false;
  libav::Owner<AVCodecContext> decoder_;
  libav::Owner<AVPacket> packet_;
  libav::Owner<AVFrame> decoded_, resampled_;
  libav::Owner<SwrContext> resampler_;
  struct Kind {
    int format = -1, rate = 0, channels = 0;
    bool operator==(const Kind&) const = default;
  } kind_;  // what the resampler was started for
  libav::Owner<AVAudioFifo> waiting_;
};

}  // namespace framegen
