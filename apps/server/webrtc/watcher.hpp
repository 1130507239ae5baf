// watcher.hpp: one who watches a session, or the server it is published to: handshake, packets out in order
// and again where they were lost.
#pragma once

#include <algorithm>
#include <cstdint>
#include <deque>
#include <functional>
#include <optional>

#include "webrtc/dtls.hpp"
#include "webrtc/line_rate.hpp"
#include "webrtc/microphone.hpp"
#include "webrtc/rtp.hpp"
#include "webrtc/sdp.hpp"
#include "webrtc/stun.hpp"

namespace framegen::server::webrtc {

// 40 ms of a session, encoded once and sent to all.
struct Media {
  std::int64_t pts_us = 0;
  Payloads picture;  // empty: it was dropped
  bool key = false;
  std::vector<Bytes> sound;       // of 20 ms each
  std::int64_t sound_pts_us = 0;  // of the first of them
};

// It knows neither sockets nor clocks: all times are given, in µs of a clock that runs evenly. Not
// thread-safe.
class Watcher {
 public:
  struct Setup {
    Offer offer;  // theirs, be it an offer or an answer
    Answering ours;
    std::shared_ptr<const DtlsIdentity> identity;
    Dtls::Send send;
    Dtls::Role role = Dtls::Role::kWaits;
    // Its own sound, from its microphone; null: it has none, or is not listened to.
    std::function<void(std::span<const std::int16_t>)> hear;
    int hear_rate_hz = 0;
    std::int64_t now_us = 0;
    std::int64_t patience_us = 15'000'000;  // without a sign of life
  };
  // Errors: kInternal.
  static Result<std::unique_ptr<Watcher>> create(Setup setup);
  ~Watcher();  // says goodbye

  // The answer to a binding request of theirs; empty: it is not signed with our password.
  Bytes answer_binding(BytesView packet, const BindingRequest& request, const Endpoint& from,
                       std::int64_t now_us);
  // ICE begins anew: requests for the names of before are answered, too, until one for the new is to be used.
  void restart_ice(IceNames theirs, IceNames ours);
  const Offer& offer() const { return setup_.offer; }
  const Answering& ours() const { return setup_.ours; }
  // Of those who begin the handshake: packets can be sent now.
  void begin() { dtls_->begin(); }
  // A sign of life that was seen elsewhere.
  void hear(std::int64_t now_us) { heard_us_ = std::max(heard_us_, now_us); }
  void take(BytesView datagram, std::int64_t now_us);
  void give(const Media& media, std::int64_t now_us);
  // Some hundred times a second: what waits is sent at the line's pace.
  void on_time(std::int64_t now_us);

  bool is_open() const { return srtp_ != nullptr; }
  bool is_over(std::int64_t now_us) const { return over_ || now_us - heard_us_ > setup_.patience_us; }
  // It needs a key picture; asked once for each time.
  bool takes_key_wish() { return std::exchange(key_wish_, false); }
  bool is_sending() const { return !waiting_.empty(); }
  int bits_per_second() const { return rate_.bits_per_second(); }
  const std::string& name() const { return name_; }  // its first one as an ICE agent

 private:
  struct Stream {
    RtpHeader header;
    std::uint32_t first_time = 0, packets = 0, bytes = 0;
    std::uint32_t clock_hz = 0;
    bool exists = false;
  };
  struct Sent {
    RtpHeader header;
    std::shared_ptr<const Bytes> payload;
  };
  explicit Watcher(Setup setup);
  void open();
  void take_feedback(BytesView datagram, std::int64_t now_us);
  void take_sound(BytesView datagram, std::int64_t now_us);
  void give_picture(const Media& media);
  void send_rtp(Stream& stream, const RtpHeader& header, BytesView payload, std::int64_t now_us);
  void send_waiting(std::int64_t now_us);
  void send_again(const std::vector<std::uint16_t>& missing, std::int64_t now_us);
  void report(std::int64_t now_us);

  static constexpr std::size_t kRemembered = 512;  // packets: some seconds
  Setup setup_;
  std::string name_;
  IceNames before_;  // ours, before ICE began anew
  std::unique_ptr<Dtls> dtls_;
  std::unique_ptr<Srtp> srtp_;
  std::optional<Microphone> microphone_;
  Stream audio_, video_;
  std::deque<Sent> waiting_;
  std::vector<Sent> sent_;  // by sequence number, modulo kRemembered
  LineRate rate_;
  bool over_ = false, key_wish_ = false, needs_key_ = true;
  std::int64_t heard_us_ = 0, paced_us_ = 0, reported_us_ = 0, given_us_ = 0, pts_us_ = 0;
  double allowance_ = 0;       // bytes that may be sent now
  std::int64_t world_us_ = 0;  // since 1970, at pts 0; 0: not asked yet
};

}  // namespace framegen::server::webrtc
