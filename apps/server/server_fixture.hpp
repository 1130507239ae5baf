// server_fixture.hpp: a server on a thread of the test's, and clients that speak HTTP and framegen.v1 to it.
#pragma once

#include <gtest/gtest.h>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/websocket.hpp>
#include <cstdint>
#include <cstring>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <thread>

#include "generator/synth_model.hpp"
#include "server.hpp"
#include "support/golden.hpp"
#include "support/program.hpp"
#include "support/test_avatar.hpp"

namespace framegen::server {

namespace beast = boost::beast;
namespace http = beast::http;
namespace websocket = beast::websocket;
namespace net = boost::asio;
using tcp = net::ip::tcp;
using Json = nlohmann::json;
using namespace std::chrono_literals;

inline const std::filesystem::path& avatar_folder() { return test::golden_avatar(); }

// A server on a thread; stopped and joined with the object.
class Served {
 public:
  explicit Served(const std::function<void(ServerOptions&)>& change = {}) {
    ServerOptions options;
    options.port = 0;
    options.max_sessions = 4;
    options.engine.keep_image_parts_on_disk = false;
    options.avatars = {avatar_folder()};
    if (change) change(options);
    auto server = Server::create(options);
    EXPECT_TRUE(server.ok()) << (server ? "" : server.error().message());
    server_ = *std::move(server);
    port_ = server_->port();
    thread_ = std::thread([this] { server_->run(stop_); });
  }
  ~Served() { stop(); }
  void stop() {
    stop_ = true;
    if (thread_.joinable()) thread_.join();
  }
  void ask_to_stop() { stop_ = true; }
  int port() const { return port_; }
  const Metrics& metrics() const { return server_->state().metrics; }
  State& state() { return const_cast<State&>(server_->state()); }
  // Waits for something that other threads bring about.
  template <class Condition>
  bool soon(const Condition& condition) const {
    for (int i = 0; i < 1000 && !condition(); ++i) std::this_thread::sleep_for(10ms);
    return condition();
  }

 private:
  std::unique_ptr<Server> server_;
  std::atomic<bool> stop_{false};
  std::thread thread_;
  int port_ = 0;
};

class Client {
 public:
  explicit Client(const Served& served) : socket_(io_) {
    socket_.connect({net::ip::make_address("127.0.0.1"), static_cast<std::uint16_t>(served.port())});
    host_ = "127.0.0.1:" + std::to_string(served.port());
  }
  http::response<http::string_body> request(http::verb verb, const std::string& target,
                                            const std::string& body = {},
                                            const std::map<std::string, std::string>& fields = {}) {
    http::request<http::string_body> request(verb, target, 11);
    request.set(http::field::host, host_);
    for (const auto& [name, value] : fields) request.set(name, value);
    request.body() = body;
    request.prepare_payload();
    http::write(socket_, request);
    beast::flat_buffer buffer;
    http::response_parser<http::string_body> parser;
    parser.body_limit(1 << 28);
    http::read(socket_, buffer, parser);
    return parser.release();
  }
  tcp::socket& socket() { return socket_; }
  void say(const std::string& text) {
    boost::system::error_code ignored;
    net::write(socket_, net::buffer(text), ignored);
  }
  // All that comes until the other side closes.
  std::string hear() {
    std::string heard;
    boost::system::error_code end;
    net::read(socket_, net::dynamic_buffer(heard), end);
    return heard;
  }

 protected:
  net::io_context io_;
  tcp::socket socket_;
  std::string host_;
};

// A live session as a client sees it.
class Talk : public Client {
 public:
  explicit Talk(const Served& served, const Json& start = {}) : Client(served), ws_(socket_) {
    ws_.set_option(websocket::stream_base::decorator([](websocket::request_type& request) {
      request.set(http::field::sec_websocket_protocol, "framegen.v1");
    }));
    ws_.handshake(response_, host_, "/v1/session");
    if (start.is_null()) return;
    Json message = start;
    message["type"] = "start";
    send(message);
    const Json ready = next_text();
    EXPECT_EQ(ready["type"], "ready") << ready;
  }
  void send(const Json& message) {
    ws_.text(true);
    ws_.write(net::buffer(message.dump()));
  }
  void send_sound(const std::vector<std::int16_t>& samples) {
    ws_.binary(true);
    ws_.write(net::buffer(samples));
  }
  // Until a text of this type; media on the way is counted and checked.
  Json until(const std::string& type) {
    for (;;) {
      const Json text = next_text();
      if (text.is_null() || text["type"] == type) return text;
      EXPECT_NE(text["type"], "error") << text;
    }
  }
  Json next_text() {
    for (;;) {
      beast::flat_buffer buffer;
      boost::system::error_code error;
      ws_.read(buffer, error);
      if (error) {
        closed_ = error;
        return {};
      }
      if (ws_.got_text()) return Json::parse(beast::buffers_to_string(buffer.data()));
      media({static_cast<const std::uint8_t*>(buffer.cdata().data()), buffer.size()});
    }
  }
  void media(std::span<const std::uint8_t> bytes) {
    ASSERT_GE(bytes.size(), 32u);
    const auto number = [&](std::size_t at, int size) {
      std::uint64_t value = 0;
      for (int i = size - 1; i >= 0; --i) value = value << 8 | bytes[at + static_cast<std::size_t>(i)];
      return value;
    };
    ASSERT_EQ(std::memcmp(bytes.data(), "FGM1", 4), 0);
    const std::size_t header = number(6, 2), sound = number(20, 4), picture = number(24, 4);
    ASSERT_EQ(bytes.size(), header + sound + picture);
    EXPECT_EQ(number(8, 8), frames_++ * 40000);
    const bool spoke = bytes[4] == 2;
    const bool own_sound = (bytes[5] & 1) != 0;
    if (own_sound) own_sound_ += sound / 2;
    EXPECT_TRUE(!spoke || own_sound);
    keys_.push_back((bytes[5] & 2) != 0);
    ++(spoke ? speech_ : idle_);
    pictures_ += picture > 0;
    segment_ = static_cast<std::uint32_t>(number(16, 4));
    if (segment_ > 0) {
      const std::size_t at = sound_.size();
      sound_.resize(at + sound / 2);
      std::memcpy(sound_.data() + at, bytes.data() + header, sound);
    }
    if (picture > 0)
      last_picture_.assign(bytes.begin() + static_cast<std::ptrdiff_t>(header + sound), bytes.end());
  }

  websocket::stream<tcp::socket&> ws_;
  websocket::response_type response_;
  boost::system::error_code closed_;
  std::uint64_t frames_ = 0;
  int speech_ = 0, idle_ = 0, pictures_ = 0;
  std::vector<bool> keys_;  // of each picture
  std::uint32_t segment_ = 0;
  std::size_t own_sound_ = 0;        // samples of pictures whose sound is a segment's
  std::vector<std::int16_t> sound_;  // of all segments
  std::vector<std::uint8_t> last_picture_;
};

inline std::vector<std::int16_t> ramp(std::size_t n) {
  std::vector<std::int16_t> samples(n);
  for (std::size_t i = 0; i < n; ++i) samples[i] = static_cast<std::int16_t>(i * 7);
  return samples;
}

inline std::string golden_wav() {
  std::ifstream file(test::golden("pipeline/speech.wav"), std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace framegen::server
