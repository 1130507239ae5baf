// live_client.hpp: what hangs on a live session of the server in bench's place of a browser: it notes what
// came when, and feeds sound in real time.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <thread>
#include <vector>

#include "live_link.hpp"

namespace framegen::app {

// All but the socket of one who is connected to `serve`: the session's clock, its pictures' encoder and its
// messages are the server's own.
class LiveClient {
 public:
  using Clock = std::chrono::steady_clock;
  // A picture with its sound, or the word that a segment is over.
  struct Event {
    Clock::time_point at;
    bool segment_end = false;
    bool speech = false;   // the presenter speaks
    bool silent = false;   // its sound is silence that was put in
    bool dropped = false;  // the sound came alone
  };

  // `fast`: pictures come as they are made. Errors: LiveLink::start's.
  static Result<std::unique_ptr<LiveClient>> open(server::State& state, bool fast);
  Status push(std::span<const std::int16_t> samples);
  Status interrupt() { return link_->interrupt(); }
  // The next event; none until `deadline`. Errors: the session's own, where it is over.
  Result<std::optional<Event>> next(Clock::time_point deadline);
  // The first event of such a kind from now on. Errors: as next(); kInternal where none comes in a minute;
  // kCancelled.
  Result<Event> until(const std::function<bool(const Event&)>& wanted);
  std::int64_t late() const { return late_; }  // pictures that were idle because a face was not ready

 private:
  LiveClient() = default;
  void take_media(const std::vector<std::uint8_t>& message);
  void take_text(const std::string& text);
  void end();

  std::mutex mutex_;
  std::condition_variable came_;
  std::deque<Event> events_;
  std::string wrong_;
  bool ended_ = false;
  std::atomic<std::int64_t> late_{0};
  std::unique_ptr<server::LiveLink> link_;  // last: its thread uses all of the above
};

// Pushes one speech, again and again, into all clients, as fast as it is heard and a little ahead.
class LiveFeeder {
 public:
  LiveFeeder(std::span<const std::unique_ptr<LiveClient>> clients, std::span<const std::int16_t> speech);
  ~LiveFeeder();
  Status status() const;  // what a push said, once

 private:
  void run();

  std::span<const std::unique_ptr<LiveClient>> clients_;
  std::span<const std::int16_t> speech_;
  mutable std::mutex mutex_;
  Status failed_;
  std::atomic<bool> stop_{false};
  std::thread thread_;
};

}  // namespace framegen::app
