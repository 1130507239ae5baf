// opus.hpp: a session's sound as Opus, twenty milliseconds a packet.
#pragma once

#include <cstdint>
#include <span>

#include "framegen/result.hpp"
#include "media/libav.hpp"
#include "webrtc/bytes.hpp"

namespace framegen::server::webrtc {

class OpusEncoder {
 public:
  // Mono, 8000, 16000, 24000 or 48000 Hz. Errors: kBadUse (another rate; this FFmpeg has no libopus).
  static Result<OpusEncoder> create(int rate_hz);
  // Any number of samples; what does not fill a packet waits for the next call's. Errors: kInternal.
  Result<std::vector<Bytes>> encode(std::span<const std::int16_t> samples);

 private:
  OpusEncoder(libav::Owner<AVCodecContext> encoder);
  Status encode_frame(std::vector<Bytes>& packets);

  libav::Owner<AVCodecContext> encoder_;
  libav::Owner<AVFrame> frame_;
  libav::Owner<AVPacket> packet_;
  std::size_t filled_ = 0;  // samples of frame_
  std::int64_t next_ = 0;
};

}  // namespace framegen::server::webrtc
