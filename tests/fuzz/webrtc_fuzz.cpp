// webrtc_fuzz.cpp: any bytes as a stranger's offer, answer or fragment, or as a datagram before and after its
// handshake. What is understood is answered, and an answer holds no line that the offer put into it.
#include <algorithm>
#include <cstdlib>
#include <string>

#include "webrtc/ice_agent.hpp"
#include "webrtc/microphone.hpp"
#include "webrtc/rtcp.hpp"
#include "webrtc/rtp.hpp"
#include "webrtc/sdp.hpp"
#include "webrtc/stun.hpp"

namespace {

namespace webrtc = framegen::server::webrtc;

void require(bool true_always) {
  if (!true_always) std::abort();
}

void offer(std::string_view text) {
  const auto offer = webrtc::parse_offer(text);
  if (!offer) return require(offer.error().message().find('\n') == std::string::npos);
  require(offer->audio >= 0 || offer->video >= 0);
  const std::string answer =
      webrtc::write_answer(*offer, {"name", "password", "AB", 1, 2, {"192.0.2.1"}, 8317});
  std::size_t lines = 0;
  for (std::size_t at = 0, end = 0; at < answer.size(); at = end + 2, ++lines) {
    end = answer.find("\r\n", at);
    require(end != std::string::npos &&
            answer.substr(at, end - at).find_first_of("\r\n") == std::string::npos);
  }
  require(lines <= 8 + offer->media.size() * 24);
}

void answer(std::string_view text) {
  const auto answer = webrtc::parse_answer(text);
  if (!answer) return require(answer.error().message().find('\n') == std::string::npos);
  require((answer->audio >= 0 || answer->video >= 0) && answer->candidates.size() <= 64);
  for (const auto& candidate : answer->candidates)
    require(candidate.port > 0 && candidate.port < 65536 &&
            candidate.address.find_first_of("\r\n ") == std::string::npos);
}

void fragment(std::string_view text) {
  const auto names = webrtc::parse_fragment(text);
  if (!names) return require(names.error().message().find('\n') == std::string::npos);
  require(names->name.empty() == names->password.empty());
  require((names->name + names->password).find_first_of("\r\n ") == std::string::npos);
}

// Nobody knows the passwords: nothing is answered, and nothing chosen.
void agent(webrtc::BytesView bytes) {
  webrtc::IceAgent agent({"ours", "a password of ours....", "theirs", "a password of theirs..",
                          [](const webrtc::Endpoint&, webrtc::BytesView) {}});
  agent.add({}, 1);
  agent.on_time(1);
  agent.take(bytes, {}, 2);
  require(!agent.chosen());
}

void datagram(webrtc::BytesView bytes) {
  if (const auto request = webrtc::parse_binding_request(bytes)) {
    require(!webrtc::is_signed(bytes, *request, "nobody knows this password"));
    const auto answer = webrtc::binding_success(*request, {}, "password");
    require(!webrtc::parse_binding_request(answer) && webrtc::parse_binding_response(answer));
  }
  if (const auto response = webrtc::parse_binding_response(bytes))
    require(!webrtc::is_signed(bytes, *response, "nobody knows this password"));
  const auto feedback = webrtc::parse_feedback(bytes, 1);
  require(feedback.missing.size() <= 256 && (!feedback.lost || (*feedback.lost >= 0 && *feedback.lost < 1)));
  for (const auto& payload : webrtc::h264_payloads(bytes))
    require(!payload->empty() && payload->size() <= webrtc::kMostPayloadBytes);
}

// Packets of a microphone, each with its length before it, as they are once they have been opened.
void sound(webrtc::BytesView bytes) {
  constexpr int kRate = 16000;
  constexpr std::size_t kMostSamples =
      6 * (kRate + kRate * 12 / 100 + 64);  // six packets: a second of gap, 120 ms
  auto microphone = webrtc::Microphone::create(kRate);
  if (!microphone) return;
  while (bytes.size() > 1) {
    const std::size_t length = std::min<std::size_t>(bytes[0], bytes.size() - 1);
    webrtc::RtpPacket packet;
    if (webrtc::parse_rtp(bytes.subspan(1, length), packet)) {
      require(packet.payload.size() <= length);
      require(microphone->take(packet).size() <= kMostSamples);
    }
    bytes = bytes.subspan(1 + length);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  offer(text);
  answer(text);
  fragment(text);
  agent({data, size});
  datagram({data, size});
  sound({data, size});
  return 0;
}
