// server.cpp: listens, lets in, and stops in good order.
#include "server.hpp"

#include "http_connection.hpp"

namespace framegen::server {
namespace {

constexpr std::size_t kSpareConnections = 64;  // beyond the sessions

void accept(Shared& shared) {
  shared.acceptor.async_accept([&shared](error_code error, tcp::socket socket) {
    if (error == net::error::operation_aborted) return;
    const auto most = static_cast<std::size_t>(shared.state->options.max_sessions) + kSpareConnections;
    if (!error && shared.connections.size() < most) {
      error_code ignored;
      socket.set_option(tcp::no_delay(true), ignored);
      std::make_shared<HttpConnection>(shared, std::move(socket))->start();
    }
    accept(shared);
  });
}

// Ten times a second: is it time to stop, and is everybody gone?
void watch(Shared& shared, const std::atomic<bool>& stop,
           std::chrono::steady_clock::time_point deadline = {}) {
  const auto now = std::chrono::steady_clock::now();
  if (stop && !shared.state->draining) {
    shared.state->draining = true;
    error_code ignored;
    shared.acceptor.close(ignored);
    deadline = now + std::chrono::seconds(shared.state->options.drain_s);
    for (Connection* connection : std::set(shared.connections)) connection->drain();
  }
  if (shared.state->draining && (shared.connections.empty() || now > deadline)) {
    for (Connection* connection : std::set(shared.connections)) connection->drop();
    return;  // nothing is waited for any more: run() ends
  }
  shared.stop_timer.expires_after(100ms);
  shared.stop_timer.async_wait([&shared, &stop, deadline](error_code) { watch(shared, stop, deadline); });
}

}  // namespace

struct Server::Impl {
  Shared shared;
};

Result<std::unique_ptr<Server>> Server::create(const ServerOptions& options) {
  auto impl = std::make_unique<Impl>();
  impl->shared.state = FRAMEGEN_TRY(open_state(options));
  error_code error;
  const std::string address = options.address == "localhost" ? "127.0.0.1" : options.address;
  const tcp::endpoint endpoint(net::ip::make_address(address, error),
                               static_cast<std::uint16_t>(options.port));
  auto& acceptor = impl->shared.acceptor;
  if (!error) acceptor.open(endpoint.protocol(), error);
  if (!error) acceptor.set_option(tcp::acceptor::reuse_address(true), error);
  if (!error) acceptor.bind(endpoint, error);
  if (!error) acceptor.listen(net::socket_base::max_listen_connections, error);
  if (error)
    return Error{ErrorCode::kBadUse, "--listen " + options.address + ":" + std::to_string(options.port),
                 "cannot be listened on: " + error.message(),
                 "give a free port and an address of this machine"};
  return std::unique_ptr<Server>(new Server(std::move(impl)));
}

Server::Server(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Server::~Server() = default;
int Server::port() const { return impl_->shared.acceptor.local_endpoint().port(); }
const State& Server::state() const { return *impl_->shared.state; }

void Server::run(const std::atomic<bool>& stop) {
  accept(impl_->shared);
  watch(impl_->shared, stop);
  impl_->shared.io.run();
}

}  // namespace framegen::server
