// beast_server.cpp: sockets. The one file that knows Boost.Beast, so that its templates are compiled once.
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ip/v6_only.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/websocket.hpp>
#include <deque>
#include <nlohmann/json.hpp>
#include <set>

#include "answers.hpp"
#include "gate.hpp"
#include "live_link.hpp"
#include "render_task.hpp"
#include "server.hpp"

namespace framegen::server {
namespace {

namespace beast = boost::beast;
namespace http = beast::http;
namespace websocket = beast::websocket;
namespace net = boost::asio;
using tcp = net::ip::tcp;
using boost::system::error_code;
using namespace std::chrono_literals;

constexpr auto kHttpPatience = 15s;   // for a request, and for its answer to be taken
constexpr auto kStartPatience = 10s;  // for a session's first message
constexpr auto kSilence = 20s;        // without a sign of life; pings are sent in between
constexpr auto kFullRetry = 20ms;
constexpr std::size_t kMostRequestBytes = 8 << 10;    // but for uploads
constexpr std::size_t kMostMessageBytes = 4 * 48000;  // a second of 48 kHz stereo
constexpr std::size_t kSpareConnections = 64;         // beyond the sessions

class Connection;

struct Shared {
  std::unique_ptr<State> state;
  std::set<Connection*> connections;  // outlives the handlers that hold them
  net::io_context io{1};
  tcp::acceptor acceptor{io};
  net::steady_timer stop_timer{io};
};

// Everything runs on the one thread of `io`, but for what LiveLink and RenderTask post to it.
class Connection : public std::enable_shared_from_this<Connection> {
 public:
  Connection(Shared& shared, tcp::socket socket)
      : shared_(shared), timer_(shared.io), stream_(std::move(socket)) {
    shared_.connections.insert(this);
    ++metrics().connections;
  }
  ~Connection() {
    shared_.connections.erase(this);
    --metrics().connections;
    if (ws_) --metrics().sessions;
    if (render_) --metrics().renders;
  }

  void start() {
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

  // What was pushed is still spoken; who has nothing to say goes at once.
  void drain() {
    if (link_) {
      (void)link_->finish();
    } else if (!render_) {
      drop();
    }
  }
  void drop() {
    const auto self = shared_from_this();
    error_code ignored;
    alive_.reset();
    timer_.cancel();
    beast::get_lowest_layer(ws_ ? ws_->next_layer() : stream_).socket().close(ignored);
    link_.reset();
  }

 private:
  State& state() { return *shared_.state; }
  Metrics& metrics() { return shared_.state->metrics; }

  // --- HTTP
  void on_header() {
    const auto& request = parser_->get();
    const auto text = [](beast::string_view s) { return std::string_view(s.data(), s.size()); };
    const Visitor visitor{text(request.target()), text(request[http::field::host]),
                          text(request[http::field::origin]), text(request[http::field::authorization])};
    const bool open_door = path_of(visitor.target) == "/healthz";
    const std::string& token = state().options.token;
    if (const char* why =
            open_door ? nullptr : refusal(visitor, token, state().options.origins, token.empty()))
      return send(refused(403, {ErrorCode::kBadUse, "framegen serve", why, "see docs/LIVE.md"}));
    if (websocket::is_upgrade(request)) return upgrade();
    const bool upload = request.method() == http::verb::post && path_of(visitor.target) == "/v1/render";
    if (!upload && parser_->content_length().value_or(0) > kMostRequestBytes) return too_large();
    if (!upload) parser_->body_limit(kMostRequestBytes);
    http::async_read(stream_, buffer_, *parser_,
                     [self = shared_from_this(), upload](error_code error, std::size_t) {
                       if (error == http::error::body_limit) return self->too_large();
                       if (error) return;
                       upload ? self->start_render() : self->answer_request();
                     });
  }

  void too_large() {
    send(refused(413, {ErrorCode::kBadUse, "body", "is too large", "see serve --max-upload-mb"}));
  }

  void answer_request() {
    const auto& request = parser_->get();
    const std::string target(request.target()), method(request.method_string());
    constexpr std::string_view kRenders = "/v1/renders/";
    if (method == "GET" && target.starts_with(kRenders)) {
      auto video = state().finished_renders.take(path_of(target).substr(kRenders.size()));
      if (!video)
        return send(refused(404, {ErrorCode::kBadUse, target, "is not here any more", "render again"}));
      return send({200, "video/mp4", *std::move(video), 0});
    }
    send(answer(state(), method, target, request.body()));
  }

  void send(Answer answer) {
    auto response =
        std::make_shared<http::response<http::string_body>>(static_cast<http::status>(answer.status), 11);
    response->set(http::field::server, "framegen " FRAMEGEN_VERSION);
    response->set(http::field::content_type, answer.type);
    response->set(http::field::cache_control, "no-store");
    response->set("X-Content-Type-Options", "nosniff");
    if (answer.retry_after_s > 0)
      response->set(http::field::retry_after, std::to_string(answer.retry_after_s));
    response->keep_alive(false);
    response->body() = std::move(answer.body);
    response->prepare_payload();
    if (parser_->get().method() == http::verb::head) response->body().clear();
    stream_.expires_after(kHttpPatience);
    http::async_write(stream_, *response, [self = shared_from_this(), response](error_code, std::size_t) {
      error_code ignored;
      self->stream_.socket().shutdown(tcp::socket::shutdown_send, ignored);
      self->linger();
    });
  }

  // Reads on until the other side has closed, so that an answer given before the request's end is not lost.
  void linger() {
    stream_.expires_after(2s);
    stream_.async_read_some(net::buffer(rest_), [self = shared_from_this()](error_code error, std::size_t) {
      if (!error) self->linger();
    });
  }

  // --- POST /v1/render
  void start_render() {
    auto& request = parser_->get();
    const auto avatar = state().find(std::string(
        query_value(std::string_view(request.target().data(), request.target().size()), "avatar")));
    if (avatar == nullptr)
      return send(refused(404, {ErrorCode::kBadUse, "avatar", "is not here", "ask GET /v1/avatars"}));
    if (state().draining || metrics().renders >= state().options.max_renders) {
      ++metrics().refused_total;
      return send(refused(503, {ErrorCode::kBadUse, "render", "the server is full", "come back later"}));
    }
    ++metrics().renders;
    ++metrics().renders_total;
    events_ = request[http::field::accept].find("text/event-stream") != beast::string_view::npos;
    const std::weak_ptr<Connection> weak = shared_from_this();
    auto& io = shared_.io;
    RenderTask::Ways ways;
    ways.progress = [weak, &io](Progress progress) {
      net::post(io, [weak, progress] {
        if (const auto self = weak.lock()) self->on_progress(progress);
      });
    };
    ways.ended = [weak, &io](Result<std::string> video) {
      net::post(io, [weak, video = std::move(video)]() mutable {
        if (const auto self = weak.lock()) self->on_rendered(std::move(video));
      });
    };
    render_ = std::make_unique<RenderTask>(state(), avatar, std::move(request.body()), std::move(ways));
    stream_.expires_never();
    alive_ = shared_from_this();  // until it is rendered, or nobody waits for it any more
    stream_.socket().async_wait(tcp::socket::wait_read,
                                [self = shared_from_this()](error_code) { self->alive_.reset(); });
    if (events_)
      write_event(
          "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nCache-Control: no-store\r\nConnection: "
          "close\r\n\r\n");
  }

  void on_progress(const Progress& progress) {
    if (!events_) return;
    nlohmann::json json{{"frames", progress.frames_done}, {"elapsed_s", progress.elapsed_s}};
    if (progress.frames_all) json["frames_all"] = *progress.frames_all;
    write_event("event: progress\ndata: " + json.dump() + "\n\n");
  }

  void on_rendered(Result<std::string> video) {
    const auto self = std::move(alive_);
    if (self == nullptr) return;
    error_code ignored;
    stream_.socket().cancel(ignored);
    if (events_) {
      const std::string event =
          video
              ? "event: done\ndata: " +
                    nlohmann::json{{"url", "/v1/renders/" + state().finished_renders.put(*std::move(video))}}
                        .dump()
              : "event: error\ndata: " + error_message(video.error());
      write_event(event + "\n\n");
      return write_event("");
    }
    const auto code = video ? ErrorCode::kInternal : video.error().code;
    if (!video) return send(refused(code == ErrorCode::kBadInput ? 400 : 500, video.error()));
    send({200, "video/mp4", *std::move(video), 0});
  }

  // Raw bytes of an event stream; empty: the last.
  void write_event(std::string bytes) {
    out_.push_back({false, {bytes.begin(), bytes.end()}});
    if (out_.size() == 1) write_next_event();
  }
  void write_next_event() {
    if (out_.front().bytes.empty()) {
      error_code ignored;
      stream_.socket().shutdown(tcp::socket::shutdown_send, ignored);
      return linger();
    }
    stream_.expires_after(kHttpPatience);
    net::async_write(stream_, net::buffer(out_.front().bytes),
                     [self = shared_from_this()](error_code error, std::size_t) {
                       if (error) return self->alive_.reset();
                       self->stream_.expires_never();
                       self->out_.pop_front();
                       if (!self->out_.empty()) self->write_next_event();
                     });
  }

  // --- WebSocket
  void upgrade() {
    const auto& request = parser_->get();
    const std::string target(request.target());
    if (path_of(target) != "/v1/session")
      return send(refused(404, {ErrorCode::kBadUse, target, "is no session", "connect to /v1/session"}));
    if (state().draining || metrics().sessions >= state().options.max_sessions) {
      ++metrics().refused_total;
      return send(refused(503, {ErrorCode::kBadUse, "session", "the server is full", "come back later"}));
    }
    stream_.expires_never();
    buffer_.clear();  // nothing can be said before we have answered
    ws_.emplace(std::move(stream_));
    ++metrics().sessions;
    ++metrics().sessions_total;
    websocket::stream_base::timeout patience{kHttpPatience, kSilence, true};
    ws_->set_option(patience);
    ws_->set_option(websocket::stream_base::decorator([](websocket::response_type& response) {
      response.set(http::field::sec_websocket_protocol, kSubprotocol);
    }));
    ws_->read_message_max(kMostMessageBytes);
    ws_->auto_fragment(false);
    timer_.expires_after(kStartPatience);
    timer_.async_wait([self = shared_from_this()](error_code error) {
      if (!error && !self->link_) self->drop();
    });
    ws_->async_accept(parser_->get(), [self = shared_from_this()](error_code error) {
      if (!error) self->read();
    });
  }

  void read() {
    ws_->async_read(buffer_, [self = shared_from_this()](error_code error, std::size_t) {
      if (error) return self->gone();
      self->on_message();
    });
  }

  void gone() {
    timer_.cancel();
    link_.reset();  // nobody hears it any more
  }

  void on_message() {
    const Status status = ws_->got_binary() ? on_sound() : on_text();
    if (!status) return fail(status.error());
    if (!full_) buffer_.consume(buffer_.size());
    if (full_) {
      timer_.expires_after(kFullRetry);
      return timer_.async_wait([self = shared_from_this()](error_code error) {
        if (!error) self->on_message();
      });
    }
    read();
  }

  Status on_sound() {
    if (!link_)
      return Error{ErrorCode::kBadUse, "sound", "came before the session was started",
                   R"(send {"type":"start", …} first)"};
    const auto data = buffer_.cdata();
    full_ = !FRAMEGEN_TRY(link_->push({static_cast<const std::uint8_t*>(data.data()), data.size()}));
    return {};
  }

  Status on_text() {
    const Control control = FRAMEGEN_TRY(parse_control(beast::buffers_to_string(buffer_.data())));
    if (const auto* start = std::get_if<Start>(&control)) return start_session(*start);
    if (!link_)
      return Error{ErrorCode::kBadUse, "message", "came before the session was started",
                   R"(send {"type":"start", …} first)"};
    if (std::holds_alternative<Flush>(control)) return link_->flush();
    if (std::holds_alternative<Interrupt>(control)) return link_->interrupt();
    return link_->finish();
  }

  Status start_session(const Start& start) {
    if (link_)
      return Error{ErrorCode::kBadUse, "start", "this session was started before", "open another connection"};
    const std::weak_ptr<Connection> weak = shared_from_this();
    auto& io = shared_.io;
    const auto hand_on = [weak, &io, waiting = waiting_](bool text, std::vector<std::uint8_t> bytes) {
      *waiting += bytes.size();
      net::post(io, [weak, text, bytes = std::move(bytes)]() mutable {
        if (const auto self = weak.lock()) self->write(text, std::move(bytes));
      });
    };
    LiveLink::Ways ways;
    ways.text = [hand_on](std::string text) { hand_on(true, {text.begin(), text.end()}); };
    ways.media = [hand_on](std::vector<std::uint8_t> bytes) { hand_on(false, std::move(bytes)); };
    ways.waiting_bytes = [waiting = waiting_] { return waiting->load(); };
    ways.ended = [hand_on] { hand_on(false, {}); };
    link_ = FRAMEGEN_TRY(LiveLink::start(state(), start, std::move(ways)));
    timer_.cancel();
    const std::string ready = link_->ready();
    *waiting_ += ready.size();
    // Before anything that the link has posted meanwhile: that is run after this.
    write(true, {ready.begin(), ready.end()});
    if (state().draining) return link_->finish();
    return {};
  }

  // Says why, then closes.
  void fail(const Error& error) {
    link_.reset();
    timer_.cancel();
    const std::string text = error_message(error);
    *waiting_ += text.size();
    write(true, {text.begin(), text.end()});
    write(false, {});
  }

  // No bytes: the last message, close.
  void write(bool text, std::vector<std::uint8_t> bytes) {
    out_.push_back({text, std::move(bytes)});
    if (out_.size() == 1) write_next();
  }
  void write_next() {
    if (out_.front().bytes.empty()) {
      link_.reset();
      return ws_->async_close(websocket::close_code::normal, [self = shared_from_this()](error_code) {});
    }
    ws_->text(out_.front().text);
    ws_->async_write(net::buffer(out_.front().bytes),
                     [self = shared_from_this()](error_code error, std::size_t) {
                       *self->waiting_ -= self->out_.front().bytes.size();
                       self->out_.pop_front();
                       if (error) return self->gone();
                       if (!self->out_.empty()) self->write_next();
                     });
  }

  struct Message {
    bool text;
    std::vector<std::uint8_t> bytes;
  };
  Shared& shared_;
  net::steady_timer timer_;
  beast::tcp_stream stream_;
  beast::flat_buffer buffer_;
  std::optional<http::request_parser<http::string_body>> parser_;
  std::optional<websocket::stream<beast::tcp_stream>> ws_;
  std::array<char, 1024> rest_{};
  std::deque<Message> out_;
  std::shared_ptr<std::atomic<std::size_t>> waiting_ = std::make_shared<std::atomic<std::size_t>>(0);
  bool full_ = false;    // the last sound waits in buffer_
  bool events_ = false;  // progress is wanted
  std::shared_ptr<Connection> alive_;
  std::unique_ptr<RenderTask> render_;
  std::unique_ptr<LiveLink> link_;
};

void accept(Shared& shared) {
  shared.acceptor.async_accept([&shared](error_code error, tcp::socket socket) {
    if (error == net::error::operation_aborted) return;
    const auto most = static_cast<std::size_t>(shared.state->options.max_sessions) + kSpareConnections;
    if (!error && shared.connections.size() < most) {
      error_code ignored;
      socket.set_option(tcp::no_delay(true), ignored);
      std::make_shared<Connection>(shared, std::move(socket))->start();
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
