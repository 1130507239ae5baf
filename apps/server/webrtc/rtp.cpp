// rtp.cpp: units that fit go as they are, larger ones in fragments (FU-A).
#include "webrtc/rtp.hpp"

#include <algorithm>

namespace framegen::server::webrtc {
namespace {

// Where the next 00 00 01 begins, from `at` on; the end where there is none.
std::size_t next_start(BytesView unit, std::size_t at) {
  for (; at + 3 <= unit.size(); ++at)
    if (unit[at] == 0 && unit[at + 1] == 0 && unit[at + 2] == 1) return at;
  return unit.size();
}

void add(Payloads& payloads, Bytes payload) {
  payloads.push_back(std::make_shared<const Bytes>(std::move(payload)));
}

//   F NRI 28 │ S E · type │ a part of the unit, without its first byte
void add_fragments(Payloads& payloads, BytesView unit) {
  constexpr std::uint8_t kFragment = 28, kFirst = 0x80, kLast = 0x40;
  const std::uint8_t indicator = (unit[0] & 0xE0) | kFragment, type = unit[0] & 0x1F;
  BytesView rest = unit.subspan(1);
  for (std::uint8_t place = kFirst; !rest.empty(); place = 0) {
    const BytesView part = rest.first(std::min(rest.size(), kMostPayloadBytes - 2));
    rest = rest.subspan(part.size());
    if (rest.empty()) place |= kLast;
    Bytes payload{indicator, static_cast<std::uint8_t>(place | type)};
    append(payload, part);
    add(payloads, std::move(payload));
  }
}

}  // namespace

Payloads h264_payloads(BytesView unit) {
  Payloads payloads;
  for (std::size_t start = next_start(unit, 0); start < unit.size();) {
    const std::size_t next = next_start(unit, start + 3);
    BytesView nal = unit.subspan(start + 3, next - start - 3);
    while (!nal.empty() && nal.back() == 0) nal = nal.first(nal.size() - 1);  // of a start code of four bytes
    if (nal.size() > kMostPayloadBytes)
      add_fragments(payloads, nal);
    else if (!nal.empty())
      add(payloads, {nal.begin(), nal.end()});
    start = next;
  }
  return payloads;
}

Bytes rtp_packet(const RtpHeader& header, std::int64_t now_us, BytesView payload) {
  Bytes packet;
  packet.reserve(32 + payload.size());
  packet.push_back(header.send_time_extension > 0 ? 0x90 : 0x80);
  packet.push_back(static_cast<std::uint8_t>((header.marker ? 0x80 : 0) | header.payload_type));
  append(packet, 2, header.sequence);
  append(packet, 4, header.timestamp);
  append(packet, 4, header.ssrc);
  if (header.send_time_extension > 0) {
    append(packet, 4, 0xBEDE0001);
    packet.push_back(static_cast<std::uint8_t>(header.send_time_extension << 4 | 2));
    append(packet, 3, (static_cast<std::uint64_t>(now_us) << 18) / 1'000'000);  // seconds, 6.18 bits
  }
  append(packet, payload);
  return packet;
}

}  // namespace framegen::server::webrtc
