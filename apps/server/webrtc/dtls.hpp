// dtls.hpp: the handshake in which the other side proves that it wrote its description, and keys for media
// are agreed on.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "webrtc/srtp.hpp"

namespace framegen::server::webrtc {

// A certificate of our own, made at the start. Immutable.
class DtlsIdentity {
 public:
  // Errors: kInternal.
  static Result<std::shared_ptr<const DtlsIdentity>> create();
  ~DtlsIdentity();
  const std::string& fingerprint() const { return fingerprint_; }  // "AB:CD:…" of its SHA-256

 private:
  friend class Dtls;
  struct Parts;
  DtlsIdentity();
  std::unique_ptr<Parts> parts_;
  std::string fingerprint_;
};

// Our side of one association.
class Dtls {
 public:
  enum class Role { kWaits, kBegins };
  using Send = std::function<void(BytesView)>;
  enum class State { kShaking, kOpen, kOver };

  // `theirs`: the fingerprint of the other side's description. Errors: kInternal.
  static Result<std::unique_ptr<Dtls>> create(std::shared_ptr<const DtlsIdentity> identity,
                                              std::string theirs, Send send, Role role = Role::kWaits);
  ~Dtls();
  Dtls(const Dtls&) = delete;
  Dtls& operator=(const Dtls&) = delete;

  // Who begins says hello, as soon as packets can be sent.
  void begin();
  State take(BytesView datagram);
  // Sends again what was not answered. To be called some ten times a second while shaking.
  void on_time();
  // Says that it is over.
  void close();
  // Once it is open.
  SrtpKeys keys() const;

 private:
  struct Parts;
  Dtls(std::unique_ptr<Parts> parts, std::string theirs, Send send);
  void send_what_waits();
  bool is_who_described() const;

  std::unique_ptr<Parts> parts_;
  std::string theirs_;
  Send send_;
  State state_ = State::kShaking;
};

}  // namespace framegen::server::webrtc
