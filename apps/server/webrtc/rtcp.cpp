// rtcp.cpp: packets of a compound one walked by their lengths, each within the datagram's end.
#include "webrtc/rtcp.hpp"

#include <string_view>

namespace framegen::server::webrtc {
namespace {

constexpr std::uint64_t kSenderReport = 200, kReceiverReport = 201, kDescription = 202, kBye = 203,
                        kTransportFeedback = 205, kPayloadFeedback = 206;
constexpr std::uint8_t kNack = 1, kPli = 1, kFir = 4, kApplication = 15;
constexpr std::size_t kMostMissing = 256;  // in a datagram: more is no loss but an attack
constexpr std::string_view kName = "framegen";

void read_reports(BytesView packet, std::size_t at, std::uint32_t ssrc, Feedback& feedback) {
  for (; at + 24 <= packet.size(); at += 24)
    if (number_at(packet, at, 4) == ssrc) feedback.lost = packet[at + 4] / 256.0;
}

void read_missing(BytesView packet, Feedback& feedback) {
  for (std::size_t at = 12; at + 4 <= packet.size(); at += 4) {
    const auto first = static_cast<std::uint16_t>(number_at(packet, at, 2));
    const std::uint64_t more = number_at(packet, at + 2, 2);
    for (int i = 0; i <= 16 && feedback.missing.size() < kMostMissing; ++i)
      if (i == 0 || (more >> (i - 1) & 1) != 0)
        feedback.missing.push_back(static_cast<std::uint16_t>(first + i));
  }
}

void read_estimate(BytesView packet, Feedback& feedback) {
  if (packet.size() < 20 || number_at(packet, 12, 4) != 0x52454D42) return;  // "REMB"
  const std::uint64_t exponent = packet[17] >> 2, mantissa = number_at(packet, 17, 3) & 0x3FFFF;
  // 2⁴⁶ bits a second is beyond all lines.
  feedback.bits_per_second =
      static_cast<std::int64_t>(exponent > 28 ? std::uint64_t{1} << 46 : mantissa << exponent);
}

void read_wishes(BytesView packet, std::uint32_t ssrc, std::uint8_t format, Feedback& feedback) {
  if (format == kPli && number_at(packet, 8, 4) == ssrc) feedback.key_wanted = true;
  if (format == kFir)
    for (std::size_t at = 12; at + 8 <= packet.size(); at += 8)
      feedback.key_wanted |= number_at(packet, at, 4) == ssrc;
  if (format == kApplication) read_estimate(packet, feedback);
}

}  // namespace

Feedback parse_feedback(BytesView packet, std::uint32_t video_ssrc) {
  Feedback feedback;
  while (packet.size() >= 8 && packet[0] >> 6 == 2) {
    const std::size_t size = 4 * (number_at(packet, 2, 2) + 1);
    if (size > packet.size() || size < 8) break;
    const BytesView one = packet.first(size);
    const auto format = static_cast<std::uint8_t>(one[0] & 31);
    const std::uint8_t type = one[1];
    if (type == kReceiverReport) read_reports(one, 8, video_ssrc, feedback);
    if (type == kSenderReport) read_reports(one, 28, video_ssrc, feedback);
    if (type == kTransportFeedback && format == kNack && size >= 12 && number_at(one, 8, 4) == video_ssrc)
      read_missing(one, feedback);
    if (type == kPayloadFeedback && size >= 12) read_wishes(one, video_ssrc, format, feedback);
    packet = packet.subspan(size);
  }
  return feedback;
}

Bytes sender_report(const SenderReport& report) {
  Bytes packet{0x80, kSenderReport, 0, 6};
  append(packet, 4, report.ssrc);
  append(packet, 8, report.ntp_time);
  append(packet, 4, report.rtp_time);
  append(packet, 4, report.packets);
  append(packet, 4, report.bytes);
  // The name that says which streams belong together: one chunk, one item, and zeros up to whole words.
  Bytes name;
  append(name, 4, report.ssrc);
  name.push_back(1);
  name.push_back(static_cast<std::uint8_t>(kName.size()));
  name.insert(name.end(), kName.begin(), kName.end());
  do name.push_back(0);
  while (name.size() % 4 != 0);
  packet.push_back(0x81);
  packet.push_back(kDescription);
  append(packet, 2, name.size() / 4);
  append(packet, name);
  return packet;
}

Bytes goodbye(std::uint32_t ssrc) {
  Bytes packet{0x81, kBye, 0, 1};
  append(packet, 4, ssrc);
  return packet;
}

}  // namespace framegen::server::webrtc
