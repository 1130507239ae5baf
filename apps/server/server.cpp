// server.cpp: listens, lets in, and stops in good order.
#include "server.hpp"

#include <system_error>

#include "http_connection.hpp"
#include "whep.hpp"

namespace framegen::server {
namespace {

constexpr std::size_t kSpareConnections = 64;  // beyond the sessions
constexpr auto kAcceptPause = 50ms;            // where this machine has no descriptor left
constexpr auto kLastWords = 1s;                // for dropped connections to go

void let_in(Shared& shared, tcp::socket socket) {
  const auto most = static_cast<std::size_t>(shared.state->options.max_sessions) + kSpareConnections;
  if (shared.connections.size() >= most && !make_room(shared)) return;
  error_code ignored;
  socket.set_option(tcp::no_delay(true), ignored);
  std::make_shared<HttpConnection>(shared, std::move(socket))->start();
}

void accept(Shared& shared) {
  shared.acceptor.async_accept([&shared](error_code error, tcp::socket socket) {
    // Somebody may have come in the moment in which it was closed: no operation of ours is then aborted.
    if (!shared.acceptor.is_open()) return;
    if (error) {  // asked again at once, it would fail again, for as long as nobody goes
      make_room(shared);
      shared.accept_timer.expires_after(kAcceptPause);
      return shared.accept_timer.async_wait([&shared](error_code) {
        if (shared.acceptor.is_open()) accept(shared);
      });
    }
    accept(shared);
    let_in(shared, std::move(socket));
  });
}

// Ten times a second: is it time to stop, and is everybody gone?
void watch(Shared& shared, const std::atomic<bool>& stop,
           std::chrono::steady_clock::time_point deadline = {}) {
  const auto now = std::chrono::steady_clock::now();
  State& state = *shared.state;
  if (stop && !state.draining) {
    state.draining = true;
    error_code ignored;
    shared.acceptor.close(ignored);
    shared.accept_timer.cancel();
    deadline = now + std::chrono::seconds(state.options.drain_s);
    for (Connection* connection : std::set(shared.connections)) connection->drain();
    if (shared.whep != nullptr) shared.whep->drain();
  }
  const bool nobody = shared.connections.empty() && (shared.whep == nullptr || shared.whep->is_empty());
  if (state.draining && !state.over && (nobody || now > deadline)) {
    state.over = true;
    deadline = now + kLastWords;
    for (Connection* connection : std::set(shared.connections)) connection->drop();
    if (shared.whep != nullptr) shared.whep->drop();
  }
  if (state.over && (shared.connections.empty() || now > deadline)) return shared.io.stop();
  shared.stop_timer.expires_after(state.over ? 10ms : 100ms);
  shared.stop_timer.async_wait([&shared, &stop, deadline](error_code) { watch(shared, stop, deadline); });
}

Status listen(tcp::acceptor& acceptor, const ServerOptions& options) {
  error_code error;
  const std::string address = options.address == "localhost" ? "127.0.0.1" : options.address;
  const tcp::endpoint endpoint(net::ip::make_address(address, error),
                               static_cast<std::uint16_t>(options.port));
  if (!error) acceptor.open(endpoint.protocol(), error);
  if (!error) acceptor.set_option(tcp::acceptor::reuse_address(true), error);
  if (!error) acceptor.bind(endpoint, error);
  if (!error) acceptor.listen(net::socket_base::max_listen_connections, error);
  if (!error) return {};
  return Error{ErrorCode::kBadUse, "--listen " + options.address + ":" + std::to_string(options.port),
               "cannot be listened on: " + error.message(),
               "give a free port and an address of this machine"};
}

}  // namespace

struct Server::Impl {
  Shared shared;
};

Result<std::unique_ptr<Server>> Server::create(const ServerOptions& options) {
  auto state = FRAMEGEN_TRY(open_state(options));
  std::unique_ptr<Impl> impl;
  try {
    impl = std::make_unique<Impl>();
  } catch (const std::system_error& e) {
    return Error{ErrorCode::kInternal, "serve", std::string("its threads cannot be started: ") + e.what(),
                 "raise the limit of processes (ulimit -u) or of open files (ulimit -n)"};
  }
  impl->shared.state = std::move(state);
  FRAMEGEN_TRY(listen(impl->shared.acceptor, options));
  impl->shared.whep = FRAMEGEN_TRY(open_whep(impl->shared));
  impl->shared.state->webrtc = impl->shared.whep != nullptr;
  return std::unique_ptr<Server>(new Server(std::move(impl)));
}

Server::Server(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Server::~Server() = default;
int Server::port() const { return impl_->shared.acceptor.local_endpoint().port(); }
const State& Server::state() const { return *impl_->shared.state; }

void Server::run(const std::atomic<bool>& stop) {
  Shared& shared = impl_->shared;
  accept(shared);
  watch(shared, stop);
  // What one connection's handler could not cope with (memory, threads) ends that connection, and no other.
  while (!shared.io.stopped()) {
    try {
      shared.io.run();
    } catch (const std::exception&) {
      ++shared.state->metrics.failures_total;
    }
  }
  shared.reaper.join();  // what was let go of may still be handing on words
  shared.voice.stop();
  shared.voice.join();
}

}  // namespace framegen::server
