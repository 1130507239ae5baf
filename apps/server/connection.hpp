// connection.hpp: what every open connection is to the server: something to be drained, dropped and counted.
#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <set>

#include "state.hpp"

namespace framegen::server {

namespace beast = boost::beast;
namespace net = boost::asio;
using tcp = net::ip::tcp;
using boost::system::error_code;
using namespace std::chrono_literals;

constexpr auto kHttpPatience = 15s;  // for a request, and for its answer to be taken

class Connection;

struct Shared {
  std::unique_ptr<State> state;
  std::set<Connection*> connections;  // outlives the handlers that hold them
  net::io_context io{1};
  tcp::acceptor acceptor{io};
  net::steady_timer stop_timer{io};
  net::thread_pool reaper{1};  // lets go of what takes a while, so that `io` serves the others meanwhile
};

// One socket, at first speaking HTTP (HttpConnection); a render or a session takes the socket over. Lives in
// its own handlers: the last one to go takes it along. All of it runs on the one thread of `io`; who calls
// from other threads posts to it.
class Connection {
 public:
  explicit Connection(Shared& shared) : shared_(shared) {
    shared_.connections.insert(this);
    ++metrics().connections;
  }
  virtual ~Connection() {
    shared_.connections.erase(this);
    --metrics().connections;
  }
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  // The server stops: what was pushed is still spoken; who has nothing to say goes at once.
  virtual void drain() = 0;
  virtual void drop() = 0;

 protected:
  State& state() { return *shared_.state; }
  Metrics& metrics() { return shared_.state->metrics; }

  Shared& shared_;
};

}  // namespace framegen::server
