// whip_line.cpp: one port for both versions of IP; ICE finds a way, DTLS goes first where it is to, media
// follows.
#include "webrtc/whip_line.hpp"

#include <ifaddrs.h>
#include <net/if.h>

#include <algorithm>
#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/v6_only.hpp>
#include <boost/asio/post.hpp>
#include <cstring>
#include <system_error>

namespace framegen::server::webrtc {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;
using namespace std::chrono_literals;
constexpr auto kWhipTick = 5ms;
constexpr std::chrono::milliseconds kToReach = 15s, kToStop = 50ms;
constexpr std::chrono::milliseconds kLongestDrain = 2s, kForLostOnes = 200ms;
constexpr std::size_t kMostAddresses = 8;
constexpr int kMostWaitingMedia = 50;  // 2 s: the thread has not come to them

std::int64_t whip_now_us() {
  using namespace std::chrono;
  return duration_cast<microseconds>(steady_clock::now().time_since_epoch()).count();
}

// Those of interfaces that are up; of version 6 no link's own.
std::vector<std::string> own_addresses(bool loopback, bool version_6) {
  std::vector<std::string> found;
  ifaddrs* all = nullptr;
  if (getifaddrs(&all) != 0) return found;
  for (const ifaddrs* at = all; at != nullptr && found.size() < kMostAddresses; at = at->ifa_next) {
    if (at->ifa_addr == nullptr || (at->ifa_flags & IFF_UP) == 0) continue;
    asio::ip::address address;
    if (at->ifa_addr->sa_family == AF_INET) {
      asio::ip::address_v4::bytes_type bytes{};
      std::memcpy(bytes.data(), &reinterpret_cast<const sockaddr_in*>(at->ifa_addr)->sin_addr, bytes.size());
      address = asio::ip::address_v4(bytes);
    } else if (at->ifa_addr->sa_family == AF_INET6 && version_6) {
      asio::ip::address_v6::bytes_type bytes{};
      std::memcpy(bytes.data(), &reinterpret_cast<const sockaddr_in6*>(at->ifa_addr)->sin6_addr,
                  bytes.size());
      const asio::ip::address_v6 v6(bytes);
      if (v6.is_link_local()) continue;
      address = v6;
    } else {
      continue;
    }
    if (loopback || !address.is_loopback()) found.push_back(address.to_string());
  }
  freeifaddrs(all);
  return found;
}

Error line_failed(const std::string& what, const char* remedy) {
  return {ErrorCode::kBadOutput, "WebRTC", what, remedy};
}

}  // namespace

WhipLine::WhipLine() : v4_(io_), v6_(io_), timer_(io_) {}

WhipLine::~WhipLine() {
  if (thread_.joinable()) {
    asio::post(io_, [this] {
      watcher_.reset();
      io_.stop();
    });
    thread_.join();
  }
}

Result<Answering> WhipLine::open(bool loopback) {
  identity_ = FRAMEGEN_TRY(DtlsIdentity::create());
  error_code error;
  v4_.socket.open(udp::v4(), error);
  if (!error) v4_.socket.bind({udp::v4(), 0}, error);
  if (!error) v4_.socket.non_blocking(true, error);
  if (error)
    return line_failed("no UDP port can be had: " + error.message(),
                       "see how many files this process may open");
  const auto port = v4_.socket.local_endpoint().port();
  v6_.socket.open(udp::v6(), error);  // where there is no version 6, or the port is taken: without
  if (!error) v6_.socket.set_option(asio::ip::v6_only(true), error);
  if (!error) v6_.socket.bind({udp::v6(), port}, error);
  if (!error) v6_.socket.non_blocking(true, error);
  if (error) v6_.socket.close(error);
  ours_.name = random_name(8);
  ours_.password = random_name(16);
  ours_.fingerprint = identity_->fingerprint();
  ours_.audio_ssrc = random_ssrc();
  ours_.video_ssrc = random_ssrc();
  ours_.addresses = own_addresses(loopback, v6_.socket.is_open());
  ours_.port = port;
  return ours_;
}

Status WhipLine::begin(const Offer& answer) {
  agent_.emplace(IceAgent::Setup{ours_.name, ours_.password, answer.name, answer.password,
                                 [this](const Endpoint& to, BytesView bytes) { send(to, bytes); },
                                 whip_now_us()});
  for (const Candidate& candidate : answer.candidates) {
    error_code error;
    const auto address = asio::ip::make_address(candidate.address, error);
    if (error || (address.is_v6() && !v6_.socket.is_open())) continue;
    agent_->add(endpoint_of(udp::endpoint(address, static_cast<std::uint16_t>(candidate.port))),
                candidate.priority);
  }
  Watcher::Setup setup;
  setup.offer = answer;
  setup.ours = ours_;
  setup.identity = identity_;
  setup.role = answer.passive ? Dtls::Role::kBegins : Dtls::Role::kWaits;
  setup.now_us = whip_now_us();
  setup.send = [this](BytesView bytes) {
    if (agent_->chosen()) send(*agent_->chosen(), bytes);
  };
  watcher_ = FRAMEGEN_TRY(Watcher::create(std::move(setup)));
  receive(v4_);
  if (v6_.socket.is_open()) receive(v6_);
  tick();
  try {
    thread_ = std::thread([this] { run(); });
  } catch (const std::system_error&) {
    return Error{ErrorCode::kInternal, "WebRTC", "no thread can be started", "come back later"};
  }
  return {};
}

void WhipLine::run() noexcept {
  while (!io_.stopped()) {
    try {
      io_.run();
    } catch (const std::exception&) {  // no memory for what came: it is lost, as if the line had lost it
    }
  }
}

void WhipLine::receive(Socket& from) {
  from.socket.async_receive_from(asio::buffer(from.datagram), from.sender,
                                 [this, &from](error_code error, std::size_t bytes) {
                                   if (error == asio::error::operation_aborted) return;
                                   if (!error) try {
                                       take(BytesView(from.datagram).first(bytes), from.sender);
                                     } catch (const std::bad_alloc&) {  // as above
                                     }
                                   receive(from);
                                 });
}

void WhipLine::take(BytesView datagram, const udp::endpoint& sender) {
  if (watcher_ == nullptr) return;
  const std::int64_t now = whip_now_us();
  const Endpoint from = endpoint_of(sender);
  if (!agent_->take(datagram, from, now)) watcher_->take(datagram, now);
  look(now);
}

void WhipLine::send(const Endpoint& to, BytesView bytes) {
  error_code ignored;  // what is lost is asked for again
  Socket& socket = to.version_6 ? v6_ : v4_;
  if (socket.socket.is_open())
    socket.socket.send_to(asio::buffer(bytes.data(), bytes.size()), endpoint_of(to), 0, ignored);
}

void WhipLine::tick() {
  const std::int64_t now = whip_now_us();
  if (watcher_ != nullptr) {
    agent_->on_time(now);
    watcher_->on_time(now);
    look(now);
  }
  timer_.expires_after(kWhipTick);
  timer_.async_wait([this](error_code error) {
    if (!error) tick();
  });
}

// What has come of it by now.
void WhipLine::look(std::int64_t now) {
  watcher_->hear(agent_->heard_us());
  if (agent_->chosen() && !std::exchange(begun_, true)) {
    become(State::kShaking);
    watcher_->begin();
  }
  wishes_.want_key(watcher_->takes_key_wish());
  if (wishes_.takes_key(now)) key_wanted_ = true;
  if (const int rate = watcher_->is_open() ? wishes_.takes_rate(watcher_->bits_per_second()) : 0; rate > 0)
    rate_ = rate;
  sending_ = watcher_->is_sending();
  if (watcher_->is_over(now))
    return become(watcher_->is_open() ? State::kGone : begun_ ? State::kStranger : State::kUnreachable);
  if (watcher_->is_open()) return become(State::kOpen);
  if (agent_->has_failed()) become(State::kUnreachable);
}

// What is over stays so.
void WhipLine::become(State state) {
  {
    const std::lock_guard lock(mutex_);
    if (state_ == state || state_ >= State::kUnreachable) return;
    state_ = state;
  }
  changed_.notify_all();
}

Status WhipLine::wait(const std::atomic<bool>* stop) {
  constexpr const char* kUdp =
      "let UDP out through the firewall, or give the server an address that is reached";
  const auto end = std::chrono::steady_clock::now() + kToReach;
  std::unique_lock lock(mutex_);
  while (state_ < State::kOpen && std::chrono::steady_clock::now() < end) {
    if (stop != nullptr && *stop) return Error{ErrorCode::kCancelled, "WebRTC", "stopped as you asked", ""};
    changed_.wait_for(lock, kToStop);
  }
  if (state_ == State::kOpen) return {};
  if (state_ == State::kAsking || state_ == State::kUnreachable)
    return line_failed("none of the server's addresses answers over UDP", kUdp);
  return line_failed("the server answers, but the handshake (DTLS) fails", "see what the server says");
}

Status WhipLine::give(std::shared_ptr<const Media> media) {
  {
    const std::lock_guard lock(mutex_);
    if (state_ != State::kOpen)
      return line_failed("the server has ended it, or has been silent for 15 s",
                         "see what the server says, and begin again");
  }
  if (waiting_ >= kMostWaitingMedia) {  // what comes next is not to refer to this
    key_wanted_ = true;
    return {};
  }
  ++waiting_;
  asio::post(io_, [this, media = std::move(media)] {
    --waiting_;
    if (watcher_ == nullptr) return;
    watcher_->give(*media, whip_now_us());
    sending_ = watcher_->is_sending();
  });
  return {};
}

void WhipLine::drain() {
  const auto end = std::chrono::steady_clock::now() + kLongestDrain;
  while ((waiting_ > 0 || sending_) && std::chrono::steady_clock::now() < end)
    std::this_thread::sleep_for(kWhipTick);
  std::this_thread::sleep_for(kForLostOnes);
}

}  // namespace framegen::server::webrtc
