// srtp.cpp: libsrtp's two sessions, one for each direction.
#include "webrtc/srtp.hpp"

#include <srtp2/srtp.h>

namespace framegen::server::webrtc {
namespace {

constexpr std::size_t kTrailerBytes = SRTP_MAX_TRAILER_LEN + 4;
constexpr unsigned long kWindow = 1024;  // packets that may be sent again

srtp_t open_session(const Bytes& key, srtp_ssrc_type_t direction) {
  srtp_policy_t policy{};
  srtp_crypto_policy_set_rtp_default(&policy.rtp);
  srtp_crypto_policy_set_rtcp_default(&policy.rtcp);
  policy.ssrc.type = direction;
  Bytes copy = key;  // it is not written to, but not const either
  policy.key = copy.data();
  policy.window_size = kWindow;
  policy.allow_repeat_tx = 1;  // what was lost is sealed again, with another time of sending
  srtp_t session = nullptr;
  return srtp_create(&session, &policy) == srtp_err_status_ok ? session : nullptr;
}

bool seal(srtp_t session, Bytes& packet, srtp_err_status_t (*protect)(srtp_ctx_t*, void*, int*)) {
  int size = static_cast<int>(packet.size());
  packet.resize(packet.size() + kTrailerBytes);
  const bool sealed = protect(session, packet.data(), &size) == srtp_err_status_ok;
  packet.resize(static_cast<std::size_t>(size));
  return sealed;
}

bool open(srtp_t session, Bytes& packet, srtp_err_status_t (*unprotect)(srtp_ctx_t*, void*, int*)) {
  int size = static_cast<int>(packet.size());
  if (unprotect(session, packet.data(), &size) != srtp_err_status_ok) return false;
  packet.resize(static_cast<std::size_t>(size));
  return true;
}

}  // namespace

struct Srtp::Sessions {
  srtp_t out = nullptr, in = nullptr;
  ~Sessions() {
    if (out != nullptr) srtp_dealloc(out);
    if (in != nullptr) srtp_dealloc(in);
  }
};

Srtp::Srtp(std::unique_ptr<Sessions> sessions) : sessions_(std::move(sessions)) {}
Srtp::~Srtp() = default;

Result<std::unique_ptr<Srtp>> Srtp::create(const SrtpKeys& keys) {
  static const bool ready = srtp_init() == srtp_err_status_ok;
  auto sessions = std::make_unique<Sessions>();
  constexpr std::size_t kBytes = kSrtpKeyBytes + kSrtpSaltBytes;
  if (ready && keys.ours.size() == kBytes && keys.theirs.size() == kBytes) {
    sessions->out = open_session(keys.ours, ssrc_any_outbound);
    sessions->in = open_session(keys.theirs, ssrc_any_inbound);
  }
  if (sessions->out == nullptr || sessions->in == nullptr)
    return Error{ErrorCode::kInternal, "SRTP", "libsrtp takes no keys", "come back later"};
  return std::unique_ptr<Srtp>(new Srtp(std::move(sessions)));
}

bool Srtp::seal_rtp(Bytes& packet) { return seal(sessions_->out, packet, srtp_protect); }
bool Srtp::seal_rtcp(Bytes& packet) { return seal(sessions_->out, packet, srtp_protect_rtcp); }

bool Srtp::open_rtp(Bytes& packet) { return open(sessions_->in, packet, srtp_unprotect); }
bool Srtp::open_rtcp(Bytes& packet) { return open(sessions_->in, packet, srtp_unprotect_rtcp); }

}  // namespace framegen::server::webrtc
