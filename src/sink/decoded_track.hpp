// decoded_track.hpp: a sound file decoded in this process.
#pragma once

#include "media/av_input.hpp"
#include "sink/sound_reader.hpp"

namespace framegen {

class DecodedTrack final : public SoundReader {
 public:
  // Errors: SoundReader::open()'s.
  static Result<std::unique_ptr<SoundReader>> open(AvInput input, const std::string& name);

 protected:
  Status decode_more() override;

 private:
  DecodedTrack(AvInput input, const std::string& name) : SoundReader(name), input_(std::move(input)) {}
  Status open_decoder();
  Status resample(const AVFrame* frame);  // null: what the resampler still holds
  Status start_resampler(const AVFrame& frame);
  bool same_kind(const AVFrame& frame) const;

  AvInput input_;  // outlives file_
  libav::Input<AVFormatContext> file_;
  int stream_ = -1;
  libav::Owner<AVCodecContext> decoder_;
  libav::Owner<AVPacket> packet_;
  libav::Owner<AVFrame> decoded_, resampled_;
  libav::Owner<SwrContext> resampler_;
  struct Kind {
    int format = -1, rate = 0, channels = 0;
    bool operator==(const Kind&) const = default;
  } kind_;  // what the resampler was started for
};

}  // namespace framegen
