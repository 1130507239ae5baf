// stun.hpp: what of STUN ICE needs: binding requests and their answers, understood and written (RFC 8489,
// 8445).
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "webrtc/bytes.hpp"

namespace framegen::server::webrtc {

struct Endpoint {
  std::array<std::uint8_t, 16> address{};  // the first four bytes of it where it is of version 4
  bool version_6 = false;
  std::uint16_t port = 0;
  bool operator==(const Endpoint&) const = default;
};
using Transaction = std::array<std::uint8_t, 12>;

struct BindingRequest {
  Transaction transaction{};
  std::string username;  // "ours:theirs", names of the two sides
  bool use_candidate = false;
  bool controlling = false;      // its sender believes that it decides
  std::size_t integrity_at = 0;  // where its MESSAGE-INTEGRITY begins; 0: it has none
};

// None: it is another kind of packet, or a broken one. Nothing of it is to be believed before is_signed.
std::optional<BindingRequest> parse_binding_request(BytesView packet);
bool is_signed(BytesView packet, const BindingRequest& request, std::string_view password);
// The answer: from where the request was seen to come.
Bytes binding_success(const BindingRequest& request, const Endpoint& from, std::string_view password);
// The answer to one who believes what is our part, to decide (487, role conflict).
Bytes binding_conflict(const BindingRequest& request, std::string_view password);

// A request of an agent who decides which pair of addresses is taken.
struct BindingQuestion {
  Transaction transaction{};
  std::string username;  // "theirs:ours"
  std::uint32_t priority = 0;
  bool use_candidate = false;
};
Bytes binding_request(const BindingQuestion& question, std::string_view their_password);

struct BindingResponse {
  Transaction transaction{};
  bool success = false;
  std::size_t integrity_at = 0;
};
// None: it is another kind of packet, or a broken one. To be believed as a request is.
std::optional<BindingResponse> parse_binding_response(BytesView packet);
bool is_signed(BytesView packet, const BindingResponse& response, std::string_view their_password);

}  // namespace framegen::server::webrtc
