// sdp.hpp: what the other side offers or answers understood, and ours written: what is sent, as what, and to
// where (RFC 8866, 8829).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "framegen/result.hpp"

namespace framegen::server::webrtc {

// A media section of theirs, as far as it matters to who sends H.264 and Opus.
struct OfferedMedia {
  enum class Kind { kAudio, kVideo, kOther };
  Kind kind = Kind::kOther;
  std::string line;  // its m= line's value
  std::string mid;
  bool wants_media = true;            // it would receive
  bool has_media = true;              // it would send
  int payload = -1;                   // of Opus or H.264 in packets of any size; −1: it has none of them
  int profile = 0;                    // of H.264: 0xPPCCLL
  std::string parameters;             // a=fmtp of `payload`
  std::vector<std::string> feedback;  // a=rtcp-fb of it, those that are known here
  int send_time_extension = 0;        // abs-send-time; 0: not offered
};

// An address of theirs, over UDP.
struct Candidate {
  std::string address;  // or a name, which means nothing here
  int port = 0;
  std::uint32_t priority = 0;
};

// What the other side says of itself: an offer, or the answer to ours.
struct Offer {
  std::string name, password;       // of its ICE agent
  std::string fingerprint;          // SHA-256 of its certificate, "AB:CD:…"
  std::vector<OfferedMedia> media;  // in the offer's order: each has its place in the answer
  int audio = -1, video = -1;       // which of them is sent to; −1: none
  int microphone = -1;              // which of them Opus comes from; −1: none
  bool passive = false;             // it waits for our handshake; an answer's alone
  std::vector<Candidate> candidates;
};

// Errors: kBadUse, in one line: it is no offer, or nothing in it can be sent.
Result<Offer> parse_offer(std::string_view sdp);

// What is ours.
struct Answering {
  std::string name, password;  // of our ICE agent
  std::string fingerprint;
  std::uint32_t audio_ssrc = 0, video_ssrc = 0;
  std::vector<std::string> addresses;  // where it listens
  int port = 0;
};
std::string write_answer(const Offer& offer, const Answering& ours);

// Sound and picture that we would send to one who only receives. `pixels`: of a picture, which say H.264's
// level.
std::string write_offer(const Answering& ours, int pixels);
// What came back. Errors: kBadOutput, in one line: it is no answer, or takes nothing of what was offered.
Result<Offer> parse_answer(std::string_view sdp);

// An agent's name and password, as who begins its ICE anew sends them (RFC 8840 §9).
struct IceNames {
  std::string name, password;
};
// Empty where the fragment has none: it is candidates alone. Errors: kBadUse (one without the other, a line
// that is none).
Result<IceNames> parse_fragment(std::string_view fragment);
// Ours, and where they may be asked.
std::string write_fragment(const Offer& offer, const Answering& ours);

}  // namespace framegen::server::webrtc
