// whip_http.hpp: WHIP's side of HTTP: an offer posted, its answer taken, and the session deleted at the end
// (RFC 9725).
#pragma once

#include <atomic>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "framegen/result.hpp"

namespace framegen::server::webrtc {

// "<stun:stun.example.org:3478>; rel=\"ice-server\", <…>…" → the addresses of ICE servers.
std::vector<std::string> ice_servers_of(std::string_view link_header);

class WhipHttp {
 public:
  // `url`: whip://, whips:// or https://. Errors: kBadUse (no address, a password in it, a token that would
  // go over the network in the clear).
  static Result<WhipHttp> create(const std::string& url, std::string token, const std::atomic<bool>* stop);

  struct Answer {
    std::string sdp;
    std::string session;                   // to be deleted; empty: the server named none
    std::vector<std::string> ice_servers;  // addresses
  };
  // Follows where it is sent on to (307, 308). Errors: kBadOutput, kCancelled.
  Result<Answer> offer(const std::string& sdp) const;
  // Errors: kBadOutput.
  Status leave(const std::string& session) const;

  const std::string& name() const { return shown_; }  // without its query, which may hold a secret
  bool is_loopback() const { return loopback_; }

 private:
  WhipHttp() = default;
  struct Reply;
  Result<Reply> ask(const std::string& url, const char* method, const std::string& body) const;
  Error refused(const Reply& reply) const;
  bool may_see_token(const std::string& url) const;

  std::string url_, shown_, origin_, token_;
  bool loopback_ = false;
  const std::atomic<bool>* stop_ = nullptr;
};

}  // namespace framegen::server::webrtc
