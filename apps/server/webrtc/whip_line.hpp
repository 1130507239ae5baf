// whip_line.hpp: the sockets of one who publishes, and the thread on which packets come and go.
#pragma once

#include <array>
#include <atomic>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <optional>
#include <thread>

#include "webrtc/encoder_wishes.hpp"
#include "webrtc/ice_agent.hpp"
#include "webrtc/udp.hpp"
#include "webrtc/watcher.hpp"

namespace framegen::server::webrtc {

class WhipLine {
 public:
  WhipLine();
  ~WhipLine();  // says goodbye
  WhipLine(const WhipLine&) = delete;
  WhipLine& operator=(const WhipLine&) = delete;

  // What is to be offered. `loopback`: this machine's own address among it. Errors: kBadOutput (no socket),
  // kInternal.
  Result<Answering> open(bool loopback);
  // Errors: kBadOutput (none of their addresses can be reached from here), kInternal.
  Status begin(const Offer& answer);
  // Waits until media can be sent. Errors: kBadOutput, kCancelled.
  Status wait(const std::atomic<bool>* stop);
  // Errors: kBadOutput (the other side has ended it, or is silent).
  Status give(std::shared_ptr<const Media> media);
  // Until all that was given has left, and a moment for what is asked for again.
  void drain();
  bool takes_key_wish() { return key_wanted_.exchange(false); }
  int takes_rate() { return rate_.exchange(0); }  // 0: as before

 private:
  enum class State { kAsking, kShaking, kOpen, kUnreachable, kStranger, kGone };
  struct Socket {
    explicit Socket(boost::asio::io_context& io) : socket(io) {}
    udp::socket socket;
    std::array<std::uint8_t, 2048> datagram{};
    udp::endpoint sender;
  };
  void receive(Socket& from);
  void take(BytesView datagram, const udp::endpoint& sender);
  void send(const Endpoint& to, BytesView bytes);
  void tick();
  void look(std::int64_t now);
  void become(State state);
  void run() noexcept;

  boost::asio::io_context io_{1};
  Socket v4_, v6_;
  boost::asio::steady_timer timer_;
  std::shared_ptr<const DtlsIdentity> identity_;
  Answering ours_;
  std::optional<IceAgent> agent_;
  std::unique_ptr<Watcher> watcher_;
  EncoderWishes wishes_;
  bool begun_ = false;  // the handshake
  std::thread thread_;
  std::atomic<bool> key_wanted_{false}, sending_{false};
  std::atomic<int> rate_{0}, waiting_{0};
  std::mutex mutex_;
  std::condition_variable changed_;
  State state_ = State::kAsking;
};

}  // namespace framegen::server::webrtc
