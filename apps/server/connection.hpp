// connection.hpp: what every open connection is to the server: something to be drained, dropped and counted.
#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <set>

#include "audit.hpp"
#include "guesses.hpp"
#include "place.hpp"
#include "state.hpp"

namespace framegen::server {

namespace beast = boost::beast;
namespace net = boost::asio;
using tcp = net::ip::tcp;
using boost::system::error_code;
using namespace std::chrono_literals;

class Connection;
class Whep;

struct Shared {
  std::unique_ptr<State> state;
  std::set<Connection*> connections;  // outlives the handlers that hold them
  net::io_context io{1};
  tcp::acceptor acceptor{io};
  net::steady_timer stop_timer{io}, accept_timer{io};
  // What takes a while runs on a thread of its own, so that `io` serves the others meanwhile.
  net::thread_pool reaper{1};  // lets go of sessions and renders
  net::thread_pool voice{4};   // speech from text
  std::unique_ptr<Whep> whep;  // null: this build has no WebRTC
  Guesses guesses;             // of tokens
};

// One socket, at first speaking HTTP (HttpConnection); a render or a session takes the socket over. Lives in
// its own handlers: the last one to go takes it along. All of it runs on the one thread of `io`; who calls
// from other threads posts to it.
class Connection {
 public:
  Connection(Shared& shared, const tcp::socket& socket)
      : shared_(shared), counted_(shared.state->metrics.connections) {
    error_code gone;
    address_ = socket.remote_endpoint(gone).address();
    shared_.connections.insert(this);
  }
  virtual ~Connection() { shared_.connections.erase(this); }
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  // The server stops: what was pushed is still spoken; who has nothing to say goes at once.
  virtual void drain() = 0;
  virtual void drop() = 0;

  // It has not yet asked for anything, or it has its answer: where places are short it goes first.
  bool may_be_replaced() const { return may_be_replaced_; }
  // A live session that was opened and not started.
  virtual bool is_unstarted_session() const { return false; }
  const net::ip::address& address() const { return address_; }
  std::chrono::steady_clock::time_point since() const { return since_; }
  void leaves() { may_be_replaced_ = true; }
  // Writes down, once, what came of what was asked for.
  void audit(int status);
  // Another connection goes on with what this one asked for.
  void take_over(Connection& from) {
    address_ = from.address_;
    asked_ = std::exchange(from.asked_, {});
    origin_ = from.origin_;
  }
  // Of the page that asks, where --allow-origin names it: its script may read the answer.
  const std::string& origin() const { return origin_; }
  std::chrono::milliseconds patience() const { return shared_.state->options.patience; }

 protected:
  State& state() { return *shared_.state; }
  Metrics& metrics() { return shared_.state->metrics; }

  Shared& shared_;
  bool may_be_replaced_ = false;
  Asked asked_;
  std::string origin_;
  net::ip::address address_;

 private:
  Place counted_;
  std::chrono::steady_clock::time_point since_ = std::chrono::steady_clock::now();
};

// Drops the oldest connection that may be replaced, of the address that has most of them. False: there is
// none.
bool make_room(Shared& shared);
// Sessions, uploads and renders of the same address, without this one.
int others_of_address(const Shared& shared, const Connection& one);
// Drops the oldest session that was opened and not started. False: there is none.
bool make_room_for_session(Shared& shared);

}  // namespace framegen::server
