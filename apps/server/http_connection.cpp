// http_connection.cpp: who may come in, and which of answer, render and session it becomes.
#include "http_connection.hpp"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/websocket/rfc6455.hpp>

#include "gate.hpp"
#include "http_send.hpp"
#include "live_connection.hpp"
#include "multipart.hpp"
#include "render_connection.hpp"
#include "whep.hpp"

namespace framegen::server {
namespace {

namespace http = beast::http;
constexpr std::size_t kMostRequestBytes = 8 << 10;  // but for uploads
constexpr std::size_t kMostWhepBytes = 96 << 10;    // an offer; a second of sound of 48 kHz
constexpr int kUploadsAhead = 2;  // that may come while as many renders as are allowed are under way
constexpr int kMostDownloads = 8;
constexpr int kMostSpeeches = 8;  // a few are made, the others wait
constexpr std::size_t kLongestShown = 64;
constexpr std::string_view kRenders = "/v1/renders/", kWatchers = "/v1/whep/";

std::string_view text(beast::string_view s) { return {s.data(), s.size()}; }

bool is_whep(std::string_view path) {
  return path == kWhepPath || path.starts_with(kWatchers) || path.starts_with(kSessionsPath);
}

// Of a body that is no upload.
std::size_t most_bytes_of(std::string_view path) {
  return is_whep(path) ? kMostWhepBytes : kMostRequestBytes;
}

}  // namespace

HttpConnection::HttpConnection(Shared& shared, tcp::socket socket)
    : Connection(shared, socket), stream_(std::move(socket)), pace_(patience()) {
  may_be_replaced_ = true;
}

void HttpConnection::start() {
  stream_.expires_after(patience());
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
  const std::string_view path = path_of(text(request.target()));
  asked_ = {std::string(request.method_string()), shown_path(path), std::chrono::steady_clock::now()};
  if (state().options.behind_proxy) {
    error_code none;
    const auto from =
        net::ip::make_address(std::string(last_forwarded(text(request["X-Forwarded-For"]))), none);
    if (!none) address_ = from;
  }
  const auto& origins = state().options.origins;
  if (const std::string from(request[http::field::origin]);
      std::find(origins.begin(), origins.end(), from) != origins.end())
    origin_ = from;
  if (auto no = refusal_of_visitor()) return send(*std::move(no));
  if (asks_whether_it_may()) return send(preflight(path));
  if (beast::websocket::is_upgrade(request)) return start_session();
  if (request.method() == http::verb::post && path == "/v1/render") return read_upload();
  const std::size_t most = most_bytes_of(path);
  if (parser_->content_length().value_or(0) > most) return too_large();
  parser_->body_limit(most);
  read_body();
}

// A browser asks before it lets a page of another origin send a token or a body of its own kind.
bool HttpConnection::asks_whether_it_may() const {
  return parser_->get().method() == http::verb::options && !origin_.empty();
}

std::optional<Answer> HttpConnection::refusal_of_visitor() {
  const auto& request = parser_->get();
  const Visitor visitor{text(request.target()), text(request[http::field::host]),
                        text(request[http::field::origin]), text(request[http::field::authorization])};
  const std::string& token = state().options.token;
  const std::string_view path = path_of(visitor.target);
  if (path == "/healthz") return std::nullopt;
  const bool guarded = needs_token(path) && !token.empty() && !asks_whether_it_may();
  const auto now = std::chrono::steady_clock::now();
  const std::string from = address().to_string();
  // Behind a proxy of this machine that nobody named all have its address: one guesser would lock out all.
  const bool counts =
      guarded && shows_token(visitor) && (state().options.behind_proxy || !address().is_loopback());
  if (const int wait_s = counts ? shared_.guesses.wait_s(from, now) : 0; wait_s > 0) {
    Answer no = refused(429, {ErrorCode::kBadUse, "framegen serve",
                              "this address has shown wrong tokens too often", "come back in a minute"});
    no.retry_after_s = wait_s;
    return no;
  }
  const char* const why = refusal(visitor, guarded ? token : "", state().options.origins, token.empty());
  if (why == nullptr) return std::nullopt;
  if (why == kNoToken && counts) shared_.guesses.add(from, now);
  return refused(403, {ErrorCode::kBadUse, "framegen serve", why, "see docs/live.md"});
}

// Null: this address has not had its share yet.
std::optional<Answer> HttpConnection::over_share() {
  const int most = state().options.max_per_address;
  if (most == 0 || others_of_address(shared_, *this) < most) return std::nullopt;
  ++metrics().refused_total;
  return refused(429, {ErrorCode::kBadUse, "address", "has as much under way as one may have",
                       "wait until it is done, or see serve --max-per-address"});
}

void HttpConnection::read_body() {
  http::async_read(stream_, buffer_, *parser_, [self = shared_from_this()](error_code error, std::size_t) {
    if (error == http::error::body_limit) return self->too_large();
    if (!error) self->answer_request();
  });
}

// Whether there is a place is asked before the first byte of a body is held.
void HttpConnection::read_upload() {
  const std::string unknown = unknown_query_key(text(parser_->get().target()), {"avatar", "token"});
  if (!unknown.empty())
    return send(
        refused(400, {ErrorCode::kBadUse, "/v1/render?" + unknown.substr(0, kLongestShown),
                      "is not known here", "give avatar alone; the video is made as render makes it"}));
  if (auto no = over_share()) return send(*std::move(no));
  const int renders = state().options.max_renders;
  auto no = full(metrics().renders, renders, "render");
  if (!no) no = full(metrics().uploads, renders + kUploadsAhead, "upload");
  if (no) return send(*std::move(no));
  place_.emplace(metrics().uploads);
  may_be_replaced_ = false;
  pace_ = Pace(patience());
  parser_->eager(true);
  on_upload({}, 0);
}

void HttpConnection::on_upload(error_code error, std::size_t bytes) {
  if (error == http::error::body_limit) return too_large();
  if (error) return;
  pace_.count(bytes);
  if (parser_->is_done()) return start_render();
  if (pace_.too_slow())
    return send(
        refused(408, {ErrorCode::kBadUse, "body", "comes too slowly", "send 32 KiB a second or more"}));
  stream_.expires_after(patience());
  http::async_read_some(
      stream_, buffer_, *parser_,
      [self = shared_from_this()](error_code failed, std::size_t read) { self->on_upload(failed, read); });
}

void HttpConnection::too_large() {
  const std::string_view path = path_of(text(parser_->get().target()));
  const std::string remedy = path == "/v1/render"
                                 ? "see serve --max-upload-mb"
                                 : "send at most " + std::to_string(most_bytes_of(path) >> 10) + " KiB";
  send(refused(413, {ErrorCode::kBadUse, "body", "is too large", remedy}));
}

void HttpConnection::answer_request() {
  const auto& request = parser_->get();
  const std::string target(request.target()), method(request.method_string());
  if (method == "GET" && target.starts_with(kRenders))
    return send_video(std::string(path_of(target).substr(kRenders.size())));
  if (method == "POST" && path_of(target) == "/v1/speech") return send_speech();
  if (is_whep(path_of(target))) return answer_whep(method, target);
  send(answer(state(), method, target));
}

void HttpConnection::answer_whep(std::string_view method, const std::string& target) {
  const std::string_view path = path_of(target);
  if (shared_.whep == nullptr)
    return send(refused(
        501, {ErrorCode::kBadUse, std::string(path.substr(0, kLongestShown)), "this build has no WebRTC",
              "build it where libsrtp2-dev is installed, or use "
              "the WebSocket, /v1/session"}));
  const auto& request = parser_->get();
  if (method == "POST" && path == kWhepPath) {
    if (text(request[http::field::content_type]).substr(0, 15) != "application/sdp")
      return send(refused(415, {ErrorCode::kBadUse, "offer", "its Content-Type is another one",
                                "send it as application/sdp"}));
    const bool joins = !query_value(target, "session").empty();
    const int most = state().options.max_sessions;
    if (!joins && metrics().sessions >= most) make_room_for_session(shared_);
    if (auto no = full(joins ? 0 : metrics().sessions.load(), most, "session")) return send(*std::move(no));
    error_code gone;
    const auto here = stream_.socket().local_endpoint(gone).address();
    return send(shared_.whep->watch(target, request.body(), here));
  }
  if (method == "POST" && path.starts_with(kSessionsPath))
    return send(shared_.whep->control(path, request.body()));
  if (method == "DELETE" && path.starts_with(kWatchers)) return send(shared_.whep->leave(path));
  if (method == "PATCH" && path.starts_with(kWatchers))
    return send(shared_.whep->trickle(path, {request.body(), text(request[http::field::content_type]),
                                             text(request[http::field::if_match])}));
  send(answer(state(), method, target));
}

// It is kept until it has been taken whole: a line that breaks may ask again.
void HttpConnection::send_video(const std::string& name) {
  auto video = state().finished_renders.find(name);
  if (!video)
    return send(refused(
        404, {ErrorCode::kBadUse, std::string(kRenders) + name, "is not here any more", "render again"}));
  if (auto no = full(metrics().downloads, kMostDownloads, "download")) return send(*std::move(no));
  place_.emplace(metrics().downloads);
  send({200, "video/mp4", {}, 0, std::move(video)},
       [&renders = state().finished_renders, name] { renders.forget(name); });
}

void HttpConnection::send_speech() {
  if (auto no = full(metrics().speeches, kMostSpeeches, "speech")) return send(*std::move(no));
  place_.emplace(metrics().speeches);
  may_be_replaced_ = false;
  net::post(shared_.voice, [self = shared_from_this()]() mutable {
    Shared& shared = self->shared_;
    Answer spoken = speech_from_text(*shared.state, self->parser_->get().body());
    net::post(shared.io, [self = std::move(self), spoken = std::move(spoken)]() mutable {
      self->send(std::move(spoken));
    });
  });
}

std::optional<Answer> HttpConnection::full(std::int64_t now, std::int64_t most, const char* what) {
  if (!state().draining && now < most) return std::nullopt;
  ++metrics().refused_total;
  return refused(503, {ErrorCode::kBadUse, what, "the server is full", "come back later"});
}

bool HttpConnection::asks_for_events() const {
  return text(parser_->get()[http::field::accept]).find("text/event-stream") != std::string_view::npos;
}

void HttpConnection::start_render() {
  auto& request = parser_->get();
  const auto avatar = state().find(query_value(text(request.target()), "avatar"));
  if (avatar == nullptr)
    return send(refused(404, {ErrorCode::kBadUse, "avatar", "is not here", "ask GET /v1/avatars"}));
  if (auto no = full(metrics().renders, state().options.max_renders, "render")) return send(*std::move(no));
  if (const Status taken = take_file_out_of_form(text(request[http::field::content_type]), request.body());
      !taken)
    return send(refused(400, taken.error()));
  const RenderConnection::Wish wish{asks_for_events(), request.version() >= 11};
  const auto render = std::make_shared<RenderConnection>(shared_, std::move(stream_), wish);
  render->take_over(*this);
  render->start(avatar, std::move(request.body()));
}

void HttpConnection::start_session() {
  const std::string target(parser_->get().target());
  if (path_of(target) != "/v1/session")
    return send(refused(404, {ErrorCode::kBadUse, target, "is no session", "connect to /v1/session"}));
  if (auto no = over_share()) return send(*std::move(no));
  const int most = state().options.max_sessions;
  if (metrics().sessions >= most) make_room_for_session(shared_);
  if (auto no = full(metrics().sessions, most, "session")) return send(*std::move(no));
  stream_.expires_never();
  const auto session = std::make_shared<LiveConnection>(shared_, std::move(stream_));
  session->take_over(*this);
  session->start(parser_->get());
}

void HttpConnection::send(Answer answer, std::function<void()> sent) {
  const bool head = parser_->get().method() == http::verb::head;
  may_be_replaced_ = false;
  send_and_close(shared_from_this(), stream_, std::move(answer), head, std::move(sent));
}

}  // namespace framegen::server
