// stun.hpp: what of STUN an ICE-lite agent needs: binding requests understood and answered (RFC 8489, 8445).
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
};

struct BindingRequest {
  std::array<std::uint8_t, 12> transaction{};
  std::string username;  // "ours:theirs", names of the two sides
  bool use_candidate = false;
  std::size_t integrity_at = 0;  // where its MESSAGE-INTEGRITY begins; 0: it has none
};

// None: it is another kind of packet, or a broken one. Nothing of it is to be believed before is_signed.
std::optional<BindingRequest> parse_binding_request(BytesView packet);
bool is_signed(BytesView packet, const BindingRequest& request, std::string_view password);
// The answer: from where the request was seen to come.
Bytes binding_success(const BindingRequest& request, const Endpoint& from, std::string_view password);

}  // namespace framegen::server::webrtc
