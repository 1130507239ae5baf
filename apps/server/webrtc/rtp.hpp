// rtp.hpp: encoded media as RTP: a picture's units cut to packets, and the header before each (RFC 3550,
// 6184).
#pragma once

#include <cstdint>
#include <memory>

#include "webrtc/bytes.hpp"

namespace framegen::server::webrtc {

// Ethernet's 1500 bytes less what tunnels, IP, UDP and SRTP take.
inline constexpr std::size_t kMostPayloadBytes = 1150;

// Payloads of one picture's packets, in order; the last one's packet has the marker. Shared by all watchers.
using Payloads = std::vector<std::shared_ptr<const Bytes>>;
// `unit`: an access unit in Annex B.
Payloads h264_payloads(BytesView unit);

struct RtpHeader {
  std::uint8_t payload_type = 0;
  bool marker = false;
  std::uint16_t sequence = 0;
  std::uint32_t timestamp = 0, ssrc = 0;
  int send_time_extension = 0;  // its number; 0: none is written
};
// `now_us`: of a clock that runs evenly; it goes into the extension.
Bytes rtp_packet(const RtpHeader& header, std::int64_t now_us, BytesView payload);

}  // namespace framegen::server::webrtc
