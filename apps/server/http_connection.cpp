// http_connection.cpp: who may come in, and which of answer, render and session it becomes.
#include "http_connection.hpp"

#include <boost/beast/http/read.hpp>
#include <boost/beast/http/write.hpp>
#include <boost/beast/websocket/rfc6455.hpp>

#include "gate.hpp"
#include "http_send.hpp"
#include "live_connection.hpp"
#include "render_connection.hpp"

namespace framegen::server {
namespace {

namespace http = beast::http;
constexpr std::size_t kMostRequestBytes = 8 << 10;  // but for uploads

std::string_view text(beast::string_view s) { return {s.data(), s.size()}; }

// Reads on until the other side has closed.
void linger(const std::shared_ptr<void>& owner, beast::tcp_stream& stream,
            const std::shared_ptr<std::array<char, 1024>>& rest) {
  stream.expires_after(2s);
  stream.async_read_some(net::buffer(*rest), [owner, &stream, rest](error_code error, std::size_t) {
    if (!error) linger(owner, stream, rest);
  });
}

}  // namespace

void close_gently(const std::shared_ptr<void>& owner, beast::tcp_stream& stream) {
  error_code ignored;
  stream.socket().shutdown(tcp::socket::shutdown_send, ignored);
  linger(owner, stream, std::make_shared<std::array<char, 1024>>());
}

void send_and_close(const std::shared_ptr<void>& owner, beast::tcp_stream& stream, Answer answer, bool head) {
  auto response =
      std::make_shared<http::response<http::string_body>>(static_cast<http::status>(answer.status), 11);
  response->set(http::field::server, "framegen " FRAMEGEN_VERSION);
  response->set(http::field::content_type, answer.type);
  response->set(http::field::cache_control, "no-store");
  response->set("X-Content-Type-Options", "nosniff");
  if (answer.retry_after_s > 0) response->set(http::field::retry_after, std::to_string(answer.retry_after_s));
  response->keep_alive(false);
  response->body() = std::move(answer.body);
  response->prepare_payload();
  if (head) response->body().clear();
  stream.expires_after(kHttpPatience);
  http::async_write(stream, *response,
                    [owner, &stream, response](error_code, std::size_t) { close_gently(owner, stream); });
}

void HttpConnection::start() {
  stream_.expires_after(kHttpPatience);
  parser_.emplace();
  parser_->header_limit(kMostRequestBytes);
  parser_->body_limit(state().options.max_upload_bytes);  // looked at together with the header
  http::async_read_header(stream_, buffer_, *parser_,
                          [self = shared_from_this()](error_code error, std::size_t) {
                            if (error == http::error::body_limit) return self->too_large();
                            if (!error) self->on_header();
                          });
}

void HttpConnection::drop() {
  error_code ignored;
  stream_.socket().close(ignored);
}

void HttpConnection::on_header() {
  const auto& request = parser_->get();
  const Visitor visitor{text(request.target()), text(request[http::field::host]),
                        text(request[http::field::origin]), text(request[http::field::authorization])};
  const std::string& token = state().options.token;
  const std::string_view path = path_of(visitor.target);
  const char* const why = path == "/healthz" ? nullptr
                                             : refusal(visitor, needs_token(path) ? token : "",
                                                       state().options.origins, token.empty());
  if (why != nullptr)
    return send(refused(403, {ErrorCode::kBadUse, "framegen serve", why, "see docs/live.md"}));
  if (beast::websocket::is_upgrade(request)) return start_session();
  const bool upload = request.method() == http::verb::post && path == "/v1/render";
  if (!upload && parser_->content_length().value_or(0) > kMostRequestBytes) return too_large();
  if (!upload) parser_->body_limit(kMostRequestBytes);
  read_body(upload);
}

void HttpConnection::read_body(bool upload) {
  http::async_read(stream_, buffer_, *parser_,
                   [self = shared_from_this(), upload](error_code error, std::size_t) {
                     if (error == http::error::body_limit) return self->too_large();
                     if (error) return;
                     upload ? self->start_render() : self->answer_request();
                   });
}

void HttpConnection::too_large() {
  send(refused(413, {ErrorCode::kBadUse, "body", "is too large", "see serve --max-upload-mb"}));
}

void HttpConnection::answer_request() {
  const auto& request = parser_->get();
  const std::string target(request.target()), method(request.method_string());
  constexpr std::string_view kRenders = "/v1/renders/";
  if (method != "GET" || !target.starts_with(kRenders))
    return send(answer(state(), method, target, request.body()));
  auto video = state().finished_renders.take(path_of(target).substr(kRenders.size()));
  if (!video) return send(refused(404, {ErrorCode::kBadUse, target, "is not here any more", "render again"}));
  send({200, "video/mp4", *std::move(video), 0});
}

std::optional<Answer> HttpConnection::full(std::int64_t now, int most, const char* what) {
  if (!state().draining && now < most) return std::nullopt;
  ++metrics().refused_total;
  return refused(503, {ErrorCode::kBadUse, what, "the server is full", "come back later"});
}

void HttpConnection::start_render() {
  auto& request = parser_->get();
  const auto avatar = state().find(std::string(query_value(text(request.target()), "avatar")));
  if (avatar == nullptr)
    return send(refused(404, {ErrorCode::kBadUse, "avatar", "is not here", "ask GET /v1/avatars"}));
  if (auto no = full(metrics().renders, state().options.max_renders, "render")) return send(*std::move(no));
  const bool events = text(request[http::field::accept]).find("text/event-stream") != std::string_view::npos;
  std::make_shared<RenderConnection>(shared_, std::move(stream_), events)
      ->start(avatar, std::move(request.body()));
}

void HttpConnection::start_session() {
  const std::string target(parser_->get().target());
  if (path_of(target) != "/v1/session")
    return send(refused(404, {ErrorCode::kBadUse, target, "is no session", "connect to /v1/session"}));
  if (auto no = full(metrics().sessions, state().options.max_sessions, "session"))
    return send(*std::move(no));
  stream_.expires_never();
  std::make_shared<LiveConnection>(shared_, std::move(stream_))->start(parser_->get());
}

void HttpConnection::send(Answer answer) {
  const bool head = parser_->get().method() == http::verb::head;
  send_and_close(shared_from_this(), stream_, std::move(answer), head);
}

}  // namespace framegen::server
