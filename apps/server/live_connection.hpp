// live_connection.hpp: a WebSocket that speaks framegen.v1: control and sound in, media out (docs/live.md).
#pragma once

#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/websocket/stream.hpp>
#include <cstdint>
#include <deque>

#include "connection.hpp"
#include "live_link.hpp"

namespace framegen::server {

class LiveConnection : public Connection, public std::enable_shared_from_this<LiveConnection> {
 public:
  LiveConnection(Shared& shared, beast::tcp_stream stream);
  void start(const beast::http::request<beast::http::string_body>& upgrade);
  void drain() override;
  void drop() override;
  bool is_unstarted_session() const override { return link_ == nullptr && place_.has_value(); }

 private:
  struct Message {
    bool text;
    std::vector<std::uint8_t> bytes;
  };
  void read();
  void gone();
  void let_go_of_link();
  void on_message();
  Status answer_message();
  Status on_sound();
  Status on_text();
  Status start_session(const Start& start);
  Status start_watched_session(const Start& start);
  LiveLink::Ways ways_of_link();
  void fail(const Error& error);
  // No bytes: the last message, close.
  void write(bool text, std::vector<std::uint8_t> bytes);
  void write_next();

  beast::websocket::stream<beast::tcp_stream> ws_;
  net::steady_timer timer_;
  beast::flat_buffer buffer_;
  bool full_ = false;  // the last sound waits in buffer_
  std::deque<Message> out_;
  std::shared_ptr<std::atomic<std::size_t>> waiting_ = std::make_shared<std::atomic<std::size_t>>(0);
  std::optional<Place> place_;  // among the sessions, until its thread is gone
  std::unique_ptr<LiveLink> own_link_;
  LiveLink* link_ = nullptr;  // own_link_, or that of the session that is watched over WebRTC
  std::string watched_;       // that session's name
};

}  // namespace framegen::server
