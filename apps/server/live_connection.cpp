// live_connection.cpp: what is said over the socket becomes calls of a LiveLink, and the other way round.
#include "live_connection.hpp"

#include <boost/asio/post.hpp>
#include <boost/beast/core/buffers_to_string.hpp>
#include <boost/beast/websocket.hpp>

#include "core/platform.hpp"
#include "whep.hpp"

namespace framegen::server {
namespace {

namespace websocket = beast::websocket;
constexpr auto kStartPatience = 10s;  // for a session's first message
constexpr auto kSilence = 20s;        // without a sign of life; pings are sent in between
constexpr auto kFullRetry = 20ms;
constexpr auto kFarewell = 5s;              // for the other side to read what is left and to answer the close
constexpr std::size_t kMessageBytes = 128;  // what a waiting message takes beside its own bytes
constexpr std::size_t kMostMessageBytes = 4 * 48000;  // a second of 48 kHz stereo

}  // namespace

LiveConnection::LiveConnection(Shared& shared, beast::tcp_stream stream)
    : Connection(shared, stream.socket()),
      ws_(std::move(stream)),
      timer_(shared.io),
      place_(metrics().sessions) {
  ++metrics().sessions_total;
  may_be_replaced_ = true;
}

void LiveConnection::start(const beast::http::request<beast::http::string_body>& upgrade) {
  ws_.set_option(websocket::stream_base::timeout{patience(), kSilence, true});
  ws_.set_option(websocket::stream_base::decorator([](websocket::response_type& response) {
    response.set(beast::http::field::sec_websocket_protocol, kSubprotocol);
  }));
  ws_.read_message_max(kMostMessageBytes);
  ws_.auto_fragment(false);
  timer_.expires_after(kStartPatience);
  timer_.async_wait([self = shared_from_this()](error_code error) {
    if (!error && !self->link_) self->drop();
  });
  ws_.async_accept(upgrade, [self = shared_from_this()](error_code error) {
    if (!error) self->read();
  });
}

void LiveConnection::drain() {
  if (link_) {
    (void)link_->finish();
  } else {
    drop();
  }
}

void LiveConnection::drop() {
  const auto self = shared_from_this();
  error_code ignored;
  timer_.cancel();
  beast::get_lowest_layer(ws_).socket().close(ignored);
  let_go_of_link();
}

void LiveConnection::read() {
  ws_.async_read(buffer_, [self = shared_from_this()](error_code error, std::size_t) {
    if (error) return self->gone();
    self->on_message();
  });
}

void LiveConnection::gone() {
  timer_.cancel();
  let_go_of_link();  // nobody hears it any more
}

// Its thread and the workers may be in the middle of a face: nobody else waits for that. Its place is free
// when they are done: who comes and goes in a hurry makes no more sessions than there are places.
void LiveConnection::let_go_of_link() {
  leaves();
  audit(101);
  link_ = nullptr;
  if (!watched_.empty() && shared_.whep != nullptr) shared_.whep->end(std::exchange(watched_, {}));
  if (own_link_)
    net::post(shared_.reaper, [link = std::move(own_link_), place = std::move(place_)]() mutable {
      link.reset();
      // glibc keeps what sessions' threads have freed, in arenas of its own for each: a quarter of a gigabyte
      // after fifty of them.
      platform::give_memory_back();
    });
  place_.reset();
}

void LiveConnection::on_message() {
  if (const Status status = answer_message(); !status) return fail(status.error());
  if (full_) {
    timer_.expires_after(kFullRetry);
    return timer_.async_wait([self = shared_from_this()](error_code error) {
      if (!error) self->on_message();
    });
  }
  buffer_.consume(buffer_.size());
  read();
}

Status LiveConnection::answer_message() {
  try {
    return ws_.got_binary() ? on_sound() : on_text();
  } catch (const std::exception& e) {  // memory, threads
    return Error{ErrorCode::kInternal, "session", e.what(), "come back later"};
  }
}

Status LiveConnection::on_sound() {
  if (!link_)
    return Error{ErrorCode::kBadUse, "sound", "came before the session was started",
                 R"(send {"type":"start", …} first)"};
  const auto data = buffer_.cdata();
  full_ = !FRAMEGEN_TRY(link_->push({static_cast<const std::uint8_t*>(data.data()), data.size()}));
  return {};
}

Status LiveConnection::on_text() {
  const Control control = FRAMEGEN_TRY(parse_control(beast::buffers_to_string(buffer_.data())));
  if (const auto* start = std::get_if<Start>(&control)) return start_session(*start);
  if (!link_)
    return Error{ErrorCode::kBadUse, "message", "came before the session was started",
                 R"(send {"type":"start", …} first)"};
  if (const auto* say = std::get_if<Say>(&control)) return link_->say(*say);
  if (std::holds_alternative<Flush>(control)) return link_->flush();
  if (std::holds_alternative<Interrupt>(control)) return link_->interrupt();
  return link_->finish();
}

LiveLink::Ways LiveConnection::ways_of_link() {
  const auto hand_on = [weak = weak_from_this(), &io = shared_.io, waiting = waiting_](
                           bool text, std::vector<std::uint8_t> bytes) {
    *waiting += bytes.size() + kMessageBytes;
    net::post(io, [weak, text, bytes = std::move(bytes)]() mutable {
      if (const auto self = weak.lock()) self->write(text, std::move(bytes));
    });
  };
  LiveLink::Ways ways;
  ways.text = [hand_on](std::string text) { hand_on(true, {text.begin(), text.end()}); };
  ways.media = [hand_on](std::vector<std::uint8_t> bytes) { hand_on(false, std::move(bytes)); };
  ways.waiting_bytes = [waiting = waiting_] { return waiting->load(); };
  ways.ended = [hand_on] { hand_on(false, {}); };
  return ways;
}

Status LiveConnection::start_session(const Start& start) {
  if (link_)
    return Error{ErrorCode::kBadUse, "start", "this session was started before", "open another connection"};
  if (start.video == VideoFormat::kH264Line) {
    FRAMEGEN_TRY(start_watched_session(start));
  } else {
    own_link_ = FRAMEGEN_TRY(LiveLink::start(state(), start, ways_of_link()));
    link_ = own_link_.get();
  }
  may_be_replaced_ = false;
  timer_.cancel();
  const std::string ready = link_->ready(watched_);
  *waiting_ += ready.size() + kMessageBytes;
  // Before anything that the link has posted meanwhile: that is run after this.
  write(true, {ready.begin(), ready.end()});
  if (state().draining) return link_->finish();
  return {};
}

// Words over this socket, sound and pictures over WebRTC.
Status LiveConnection::start_watched_session(const Start& start) {
  if (shared_.whep == nullptr)
    return Error{ErrorCode::kBadUse, "format", "this build has no WebRTC", R"(ask for "h264")"};
  LiveLink::Ways ways = ways_of_link();
  Whep::Owner owner;
  owner.text = std::move(ways.text);
  owner.waiting_bytes = std::move(ways.waiting_bytes);
  owner.ended = [weak = weak_from_this()] {
    const auto self = weak.lock();
    if (self == nullptr) return;
    self->link_ = nullptr;
    self->watched_.clear();
    self->write(false, {});
  };
  owner.place = std::move(place_);
  place_.reset();
  const auto begun = FRAMEGEN_TRY(shared_.whep->begin(start, std::move(owner)));
  link_ = begun.link;
  watched_ = begun.id;
  return {};
}

// Says why, then closes.
void LiveConnection::fail(const Error& error) {
  let_go_of_link();
  timer_.cancel();
  const std::string text = error_message(error);
  *waiting_ += text.size() + kMessageBytes;
  write(true, {text.begin(), text.end()});
  write(false, {});
}

void LiveConnection::write(bool text, std::vector<std::uint8_t> bytes) {
  out_.push_back({text, std::move(bytes)});
  if (out_.size() == 1) write_next();
}

void LiveConnection::write_next() {
  if (out_.front().bytes.empty()) {
    let_go_of_link();
    ws_.set_option(websocket::stream_base::timeout{kFarewell, kSilence, true});
    return ws_.async_close(websocket::close_code::normal, [self = shared_from_this()](error_code) {});
  }
  ws_.text(out_.front().text);
  ws_.async_write(net::buffer(out_.front().bytes),
                  [self = shared_from_this()](error_code error, std::size_t) {
                    *self->waiting_ -= self->out_.front().bytes.size() + kMessageBytes;
                    self->out_.pop_front();
                    if (error) return self->gone();
                    if (!self->out_.empty()) self->write_next();
                  });
}

}  // namespace framegen::server
