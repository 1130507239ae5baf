// microphone.hpp: a watcher's own sound, in order and as samples: packets come early, late, twice or never.
#pragma once

#include <cstdint>
#include <map>
#include <span>

#include "framegen/result.hpp"
#include "media/libav.hpp"
#include "webrtc/bytes.hpp"

namespace framegen::server::webrtc {

// An RTP packet that was opened, as far as it matters here (RFC 3550 §5.1).
struct RtpPacket {
  int payload_type = 0;
  std::uint16_t sequence = 0;
  std::uint32_t timestamp = 0;  // of Opus: 48,000 a second (RFC 7587)
  BytesView payload;            // of the packet that was parsed
};
// False: it is none.
bool parse_rtp(BytesView packet, RtpPacket& parsed);

class Microphone {
 public:
  // `rate_hz`: of the samples that are given. Errors: kBadUse (this FFmpeg has no Opus).
  static Result<Microphone> create(int rate_hz);
  // Mono samples that are in order now. What is lost is waited for while five packets come, 100 ms, and is
  // silence then; what comes later than that is left out.
  std::vector<std::int16_t> take(const RtpPacket& packet);

 private:
  explicit Microphone(int rate_hz, libav::Owner<AVCodecContext> decoder);
  struct Waiting {
    std::uint32_t timestamp = 0;
    Bytes payload;
  };
  void decode(const Waiting& packet, std::vector<std::int16_t>& samples);
  void resample(std::vector<std::int16_t>& samples);
  void silence(std::uint32_t ticks, std::vector<std::int16_t>& samples) const;

  static constexpr std::size_t kMostWaiting = 5;
  static constexpr int kMostLate = 50;
  int rate_hz_;
  libav::Owner<AVCodecContext> decoder_;
  libav::Owner<AVFrame> frame_;
  libav::Owner<AVPacket> packet_;
  libav::Owner<SwrContext> resampler_;
  std::map<std::int64_t, Waiting> waiting_;  // by sequence number, which does not wrap here
  std::int64_t next_ = -1;                   // −1: nothing came yet
  std::uint32_t expected_ = 0;               // timestamp
  int late_ = 0;                             // packets in a row that came behind those that were given
};

}  // namespace framegen::server::webrtc
