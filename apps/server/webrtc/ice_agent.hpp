// ice_agent.hpp: the side of ICE that asks and decides: addresses of theirs tried until one answers, and that
// one kept open (RFC 8445, 7675).
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "webrtc/stun.hpp"

namespace framegen::server::webrtc {

// Of ours there is one socket, so a pair of addresses is one of theirs. The other side may be a whole agent
// or a small one (ICE-lite). It knows neither sockets nor clocks: all times are given, in µs of a clock that
// runs evenly. Not thread-safe.
class IceAgent {
 public:
  struct Setup {
    std::string name, password, their_name, their_password;
    std::function<void(const Endpoint& to, BytesView)> send;
    std::int64_t now_us = 0;
  };
  explicit IceAgent(Setup setup) : setup_(std::move(setup)), heard_us_(setup_.now_us) {}

  // Of its priorities the highest is taken, where it answers. More than thirty-two are left out.
  void add(const Endpoint& theirs, std::uint32_t priority);
  // False: it is no packet of STUN's.
  bool take(BytesView datagram, const Endpoint& from, std::int64_t now_us);
  // Some hundred times a second.
  void on_time(std::int64_t now_us);

  // Where packets go; none: nothing has answered yet.
  const std::optional<Endpoint>& chosen() const { return chosen_; }
  // None of those that are known has answered in all its tries.
  bool has_failed() const;
  std::int64_t heard_us() const { return heard_us_; }

 private:
  enum class State { kWaits, kAsked, kAnswers, kSilent };
  struct Pair {
    Endpoint to;
    std::uint32_t priority = 0;
    State state = State::kWaits;
    bool nominated = false;  // what it was asked last is whether it is to be taken
    Transaction transaction{};
    int tries = 0;
    std::int64_t again_us = 0;
  };
  void take_request(BytesView datagram, const BindingRequest& request, const Endpoint& from);
  void take_response(BytesView datagram, const BindingResponse& response, const Endpoint& from);
  void ask(Pair& pair, std::int64_t now_us);
  void ask_again(Pair& pair, std::int64_t now_us);
  void ask_next(std::int64_t now_us);
  void nominate(std::int64_t now_us);
  void keep_open(std::int64_t now_us);
  Pair* find(const Endpoint& to);

  Setup setup_;
  std::vector<Pair> pairs_;
  std::optional<Endpoint> chosen_;
  std::int64_t heard_us_ = 0, now_us_ = 0, next_us_ = 0, answered_us_ = 0, kept_us_ = 0;
};

}  // namespace framegen::server::webrtc
