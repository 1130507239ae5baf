// http_connection.hpp: a connection's first and, for most, only request.
#pragma once

#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>

#include "answers.hpp"
#include "connection.hpp"

namespace framegen::server {

class HttpConnection : public Connection, public std::enable_shared_from_this<HttpConnection> {
 public:
  HttpConnection(Shared& shared, tcp::socket socket) : Connection(shared), stream_(std::move(socket)) {}
  void start();
  void drain() override { drop(); }
  void drop() override;

 private:
  void on_header();
  void read_body(bool upload);
  void answer_request();
  void start_render();
  void start_session();
  void too_large();
  void send(Answer answer);
  // Null: there is a place. Else the answer.
  std::optional<Answer> full(std::int64_t now, int most, const char* what);

  beast::tcp_stream stream_;
  beast::flat_buffer buffer_;
  std::optional<beast::http::request_parser<beast::http::string_body>> parser_;
};

}  // namespace framegen::server
