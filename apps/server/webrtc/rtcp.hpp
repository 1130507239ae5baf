// rtcp.hpp: what a receiver says of the line, and a sender's own reports (RFC 3550, 4585, 5104, REMB).
#pragma once

#include <cstdint>
#include <optional>

#include "webrtc/bytes.hpp"

namespace framegen::server::webrtc {

// Of all that one datagram says.
struct Feedback {
  bool key_wanted = false;                  // of the video
  std::vector<std::uint16_t> missing = {};  // sequence numbers of the video
  std::optional<double> lost = {};          // share of the video's packets since the last report, 0 … 1
  std::optional<std::int64_t> bits_per_second = {};  // that the receiver believes the line can take
};
// What is broken ends it: what was understood before stands.
Feedback parse_feedback(BytesView packet, std::uint32_t video_ssrc);

// A stream's clock beside the world's, by which a receiver brings sound and picture together.
struct SenderReport {
  std::uint32_t ssrc = 0, rtp_time = 0, packets = 0, bytes = 0;
  std::uint64_t ntp_time = 0;  // 32.32 bits
};
Bytes sender_report(const SenderReport& report);
Bytes goodbye(std::uint32_t ssrc);

}  // namespace framegen::server::webrtc
