// websocket_fuzz.cpp: any bytes as what a client sends from its first byte on: HTTP header, upgrade,
// WebSocket frames, control messages. In memory: Beast reads as the server lets it read, no socket is opened.
// Every message is understood or refused in words, and soon. An input that begins with a zero is a
// conversation in few words (conversation.hpp): as long, as deep and as slow as no mutation of bytes gets.
#include <boost/asio/io_context.hpp>
#include <boost/beast/_experimental/test/stream.hpp>
#include <boost/beast/core/buffers_to_string.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/websocket/stream.hpp>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <ctime>
#include <nlohmann/json.hpp>
#include <span>
#include <string>
#include <string_view>

#include "conversation.hpp"
#include "gate.hpp"
#include "protocol.hpp"

namespace {

namespace beast = boost::beast;
namespace http = beast::http;
namespace server = framegen::server;

// The server's own limits (apps/server).
constexpr std::size_t kMostRequestBytes = 8 << 10;
constexpr std::size_t kMostMessageBytes = 4 * 48000;
constexpr int kMostMessages = 64;

void require(bool true_always) {
  if (!true_always) std::abort();
}

std::string_view text(beast::string_view s) { return {s.data(), s.size()}; }

void check_start(const server::Start& start) {
  require(start.channels == 1 || start.channels == 2);
  require(start.quality >= 1 && start.quality <= 100);
  require(start.video >= server::VideoFormat::kJpeg && start.video <= server::VideoFormat::kNone);
  require(start.live.sample_rate_hz >= 1 && start.live.look_ahead_ms >= -1 &&
          start.live.look_ahead_ms <= 1000);
  require(start.live.silence_gate_db >= -90 && start.live.silence_gate_db <= 0);
}

void on_text(const std::string& message) {
  const std::clock_t begun = std::clock();
  const auto control = server::parse_control(message);
  require(std::clock() - begun <
          2 * CLOCKS_PER_SEC);  // of this processor's time, sanitized: 190 KB need 20 ms
  if (control) require(!server::is_deeper(message));
  if (!control) {
    require(control.error().code == framegen::ErrorCode::kBadUse && !control.error().what.empty());
    require(nlohmann::json::accept(server::error_message(control.error())));
  } else if (const auto* start = std::get_if<server::Start>(&*control)) {
    check_start(*start);
  }
}

// As on a machine of one's own, and as behind a token: a page of another origin comes in nowhere.
bool let_in(const http::request<http::string_body>& request) {
  const server::Visitor visitor{text(request.target()), text(request[http::field::host]),
                                text(request[http::field::origin]),
                                text(request[http::field::authorization])};
  static const std::string token = "secret";
  const bool open = server::refusal(visitor, "", {}, true) == nullptr;
  const bool with_token = server::refusal(visitor, token, {}, false) == nullptr;
  if (with_token)
    require(visitor.authorization == "Bearer secret" ||
            server::query_value(visitor.target, "token") == token);
  if (open || with_token)
    require(visitor.origin.empty() || visitor.origin.find("://") != std::string_view::npos);
  return open || with_token;
}

void read_messages(beast::websocket::stream<beast::test::stream>& ws) {
  boost::system::error_code error;
  for (int i = 0; i < kMostMessages; ++i) {
    beast::flat_buffer message;
    ws.read(message, error);
    if (error) return;
    require(message.size() <= kMostMessageBytes);
    if (ws.got_text()) on_text(beast::buffers_to_string(message.data()));
  }
}

// As LiveConnection reads: with time-outs and pings, which run out in milliseconds here.
class Reader {
 public:
  explicit Reader(beast::test::stream stream) : ws_(std::move(stream)) {
    ws_.set_option(
        beast::websocket::stream_base::timeout{std::chrono::seconds(5), std::chrono::milliseconds(4), true});
    ws_.read_message_max(kMostMessageBytes);
    ws_.auto_fragment(false);
  }
  void start(const http::request<http::string_body>& upgrade) {
    ws_.async_accept(upgrade, [this](boost::system::error_code error) {
      if (!error) read();
    });
  }

 private:
  void read() {
    ws_.async_read(message_, [this](boost::system::error_code error, std::size_t) {
      if (error) return;
      require(message_.size() <= kMostMessageBytes);
      if (ws_.got_text()) on_text(beast::buffers_to_string(message_.data()));
      message_.consume(message_.size());
      read();
    });
  }
  beast::websocket::stream<beast::test::stream> ws_;
  beast::flat_buffer message_;
};

http::request<http::string_body> usual_upgrade() {
  http::request<http::string_body> request(http::verb::get, "/v1/session", 11);
  request.set(http::field::host, "localhost");
  request.set(http::field::upgrade, "websocket");
  request.set(http::field::connection, "Upgrade");
  request.set(http::field::sec_websocket_key, "dGhlIHNhbXBsZSBub25jZQ==");
  request.set(http::field::sec_websocket_version, "13");
  return request;
}

void converse(std::span<const std::uint8_t> words) {
  boost::asio::io_context io;
  beast::test::stream stream(io), client(io);
  stream.connect(client);
  Reader reader(std::move(stream));
  reader.start(usual_upgrade());
  io.poll();
  framegen::test::Conversation conversation(words);
  while (const auto said = conversation.next()) {
    io.restart();
    if (said->wait) {
      io.run_for(std::chrono::milliseconds(3));
    } else {
      boost::system::error_code gone;
      client.write_some(boost::asio::buffer(said->bytes), gone);
      io.poll();
    }
  }
  client.close();
  io.restart();
  io.run_for(std::chrono::milliseconds(20));
}

}  // namespace

// protocol.cpp also words a session's answers, which no client's byte can call; the engine is not linked for
// them.
int framegen::LiveSession::samples_per_frame() const { std::abort(); }
int framegen::LiveSession::look_ahead_ms() const { std::abort(); }

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size > 0 && data[0] == 0) {
    converse({data + 1, size - 1});
    return 0;
  }
  boost::asio::io_context io;
  beast::test::stream stream(io), client(io);
  stream.connect(client);
  stream.append({reinterpret_cast<const char*>(data), size});
  stream.close_remote();

  boost::system::error_code error;
  beast::flat_buffer buffer;
  http::request_parser<http::string_body> parser;
  parser.header_limit(kMostRequestBytes);
  parser.body_limit(kMostRequestBytes);
  http::read_header(stream, buffer, parser, error);
  if (error || !let_in(parser.get())) return 0;
  if (!beast::websocket::is_upgrade(parser.get())) return 0;

  // What came with the header belongs to the first message here, so that one input can hold a conversation.
  const std::string rest = beast::buffers_to_string(buffer.data());
  beast::websocket::stream<beast::test::stream> ws(std::move(stream));
  ws.read_message_max(kMostMessageBytes);
  ws.auto_fragment(false);
  ws.accept(parser.get(), error);
  if (error) return 0;
  std::string all = rest + beast::buffers_to_string(ws.next_layer().buffer().data());
  ws.next_layer().clear();
  ws.next_layer().append(all);
  read_messages(ws);
  return 0;
}
