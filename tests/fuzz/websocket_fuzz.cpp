// websocket_fuzz.cpp: any bytes as what a client sends from its first byte on: HTTP header, upgrade,
// WebSocket frames, control messages. In memory: Beast reads as the server lets it read, no socket is opened.
// Every message is understood or refused in words.
#include <boost/asio/io_context.hpp>
#include <boost/beast/_experimental/test/stream.hpp>
#include <boost/beast/core/buffers_to_string.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/websocket/stream.hpp>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

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
  const auto control = server::parse_control(message);
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

}  // namespace

// protocol.cpp also words a session's answers, which no client's byte can call; the engine is not linked for
// them.
int framegen::LiveSession::samples_per_frame() const { std::abort(); }
int framegen::LiveSession::look_ahead_ms() const { std::abort(); }

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
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
