// dtls.hpp: the handshake in which a watcher proves that it made the offer, and keys for media are agreed on.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "webrtc/srtp.hpp"

namespace framegen::server::webrtc {

// A certificate of the server's own, made at its start. Immutable.
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

// The server's side of one association; the other side begins.
class Dtls {
 public:
  using Send = std::function<void(BytesView)>;
  enum class State { kShaking, kOpen, kOver };

  // `theirs`: the fingerprint of the offer. Errors: kInternal.
  static Result<std::unique_ptr<Dtls>> create(std::shared_ptr<const DtlsIdentity> identity,
                                              std::string theirs, Send send);
  ~Dtls();
  Dtls(const Dtls&) = delete;
  Dtls& operator=(const Dtls&) = delete;

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
  bool is_who_offered() const;

  std::unique_ptr<Parts> parts_;
  std::string theirs_;
  Send send_;
  State state_ = State::kShaking;
};

}  // namespace framegen::server::webrtc
