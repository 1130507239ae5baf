// http_send.cpp: an answer goes out as long as it is taken at a least rate; then the socket lingers a moment.
#include "http_send.hpp"

#include <boost/beast/http/span_body.hpp>
#include <boost/beast/http/write.hpp>

#include "pace.hpp"

namespace framegen::server {
namespace {

namespace http = beast::http;
constexpr auto kLinger = 2s;  // for all of it, however often a byte comes
constexpr std::size_t kMostLingerBytes = std::size_t{16} << 20;

struct Rest {
  std::array<char, 16384> bytes;
  std::size_t left = kMostLingerBytes;
};

// Reads on until the other side has closed.
void linger(const std::shared_ptr<Connection>& owner, beast::tcp_stream& stream,
            const std::shared_ptr<Rest>& rest) {
  stream.async_read_some(net::buffer(rest->bytes), [owner, &stream, rest](error_code error, std::size_t got) {
    if (error || got >= rest->left) return;
    rest->left -= got;
    linger(owner, stream, rest);
  });
}

struct Sending {
  using Response = http::response<http::span_body<const char>>;
  Sending(std::shared_ptr<Connection> whose, beast::tcp_stream& to, std::chrono::milliseconds patience)
      : owner(std::move(whose)), stream(to), pace(patience) {}
  std::shared_ptr<Connection> owner;
  beast::tcp_stream& stream;
  std::string body;
  std::shared_ptr<const std::string> video;
  Response response;
  http::response_serializer<http::span_body<const char>> serializer{response};
  Pace pace;
  std::function<void()> sent;
};

void send_on(const std::shared_ptr<Sending>& sending) {
  sending->stream.expires_at(sending->pace.end());
  http::async_write_some(sending->stream, sending->serializer,
                         [sending](error_code error, std::size_t bytes) {
                           if (error) return;
                           sending->pace.count(bytes);
                           if (!sending->serializer.is_done()) return send_on(sending);
                           if (sending->sent) sending->sent();
                           close_gently(sending->owner, sending->stream);
                         });
}

}  // namespace

void close_gently(const std::shared_ptr<Connection>& owner, beast::tcp_stream& stream) {
  error_code ignored;
  stream.socket().shutdown(tcp::socket::shutdown_send, ignored);
  owner->leaves();
  stream.expires_after(kLinger);
  linger(owner, stream, std::make_shared<Rest>());
}

void send_and_close(const std::shared_ptr<Connection>& owner, beast::tcp_stream& stream, Answer answer,
                    bool head, std::function<void()> sent) {
  owner->audit(answer.status);
  auto sending = std::make_shared<Sending>(owner, stream, owner->patience());
  sending->body = std::move(answer.body);
  sending->video = std::move(answer.video);
  sending->sent = std::move(sent);
  Sending::Response& response = sending->response;
  response.result(static_cast<unsigned>(answer.status));
  response.version(11);
  response.set(http::field::server, "framegen " FRAMEGEN_VERSION);
  response.set(http::field::content_type, answer.type);
  response.set(http::field::cache_control, "no-store");
  response.set("X-Content-Type-Options", "nosniff");
  if (!owner->origin().empty()) {
    response.set(http::field::access_control_allow_origin, owner->origin());
    response.set(http::field::access_control_expose_headers, "ETag, Location, Link, Retry-After");
    response.set(http::field::vary, "Origin");
  }
  if (answer.retry_after_s > 0) response.set(http::field::retry_after, std::to_string(answer.retry_after_s));
  for (const auto& [name, value] : answer.fields) response.insert(name, value);
  if (answer.allow != nullptr) response.set(http::field::allow, answer.allow);
  response.keep_alive(false);
  const std::string& body = sending->video ? *sending->video : sending->body;
  response.body() = {body.data(), body.size()};
  response.prepare_payload();
  if (head) response.body() = {};
  send_on(sending);
}

}  // namespace framegen::server
