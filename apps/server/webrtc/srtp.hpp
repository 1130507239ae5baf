// srtp.hpp: packets sealed and opened by libsrtp, with the keys that DTLS agreed on (RFC 3711, 5764).
#pragma once

#include <memory>

#include "framegen/result.hpp"
#include "webrtc/bytes.hpp"

namespace framegen::server::webrtc {

// Key and salt of each direction, for SRTP_AES128_CM_SHA1_80.
struct SrtpKeys {
  Bytes ours, theirs;
};
inline constexpr std::size_t kSrtpKeyBytes = 16, kSrtpSaltBytes = 14;

class Srtp {
 public:
  // Errors: kInternal.
  static Result<std::unique_ptr<Srtp>> create(const SrtpKeys& keys);
  ~Srtp();
  Srtp(const Srtp&) = delete;
  Srtp& operator=(const Srtp&) = delete;

  // In place. False: it could not be sealed; nothing is sent then.
  bool seal_rtp(Bytes& packet);
  bool seal_rtcp(Bytes& packet);
  // False: it is not theirs, or was seen before.
  bool open_rtp(Bytes& packet);
  bool open_rtcp(Bytes& packet);

 private:
  struct Sessions;
  explicit Srtp(std::unique_ptr<Sessions> sessions);
  std::unique_ptr<Sessions> sessions_;
};

}  // namespace framegen::server::webrtc
