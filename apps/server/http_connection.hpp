// http_connection.hpp: a connection's first and, for most, only request.
#pragma once

#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <cstdint>
#include <memory>
#include <string>

#include "answers.hpp"
#include "connection.hpp"
#include "pace.hpp"

namespace framegen::server {

class HttpConnection : public Connection, public std::enable_shared_from_this<HttpConnection> {
 public:
  HttpConnection(Shared& shared, tcp::socket socket);
  void start();
  void drain() override { drop(); }
  void drop() override;

 private:
  void on_header();
  void read_body();
  void read_upload();
  void on_upload(error_code error, std::size_t bytes);
  void answer_request();
  void send_video(const std::string& name);
  void send_speech();
  void answer_whep(std::string_view method, const std::string& target);
  void start_render();
  void start_session();
  void too_large();
  void send(Answer answer, std::function<void()> sent = {});
  bool asks_for_events() const;
  bool asks_whether_it_may() const;
  // Null: come in. Else the answer.
  std::optional<Answer> refusal_of_visitor();
  // Null: there is a place. Else the answer.
  std::optional<Answer> over_share();
  std::optional<Answer> full(std::int64_t now, std::int64_t most, const char* what);

  beast::tcp_stream stream_;
  beast::flat_buffer buffer_;
  std::optional<beast::http::request_parser<beast::http::string_body>> parser_;
  Pace pace_;                   // of an upload
  std::optional<Place> place_;  // of what it is doing: an upload, a download, speech
};

}  // namespace framegen::server
