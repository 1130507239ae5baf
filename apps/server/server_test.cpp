// server_test.cpp: whole sessions over real sockets, and every way a client can misbehave.
#include "server.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/websocket.hpp>
#include <cstring>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <thread>

#include "generator/synth_model.hpp"
#include "support/golden.hpp"
#include "support/program.hpp"

namespace framegen::server {
namespace {

namespace beast = boost::beast;
namespace http = beast::http;
namespace websocket = beast::websocket;
namespace net = boost::asio;
using tcp = net::ip::tcp;
using Json = nlohmann::json;
using ::testing::HasSubstr;
using namespace std::chrono_literals;

const std::filesystem::path& avatar_folder() {
  static const test::TemporaryFolder folder;
  static const std::filesystem::path avatar = [] {
    SynthModelOptions half;
    half.width = 0.5;
    EXPECT_TRUE(write_synth_model(half, folder / "models").ok());
    ImportJob job;
    job.dataset = test::golden("pipeline/dataset");
    job.generator = folder / "models" / "generator.onnx";
    job.audio_encoder = folder / "models" / "audio_encoder.onnx";
    job.output = folder / "mini";
    EXPECT_TRUE(import_avatar(job).ok());
    return job.output;
  }();
  return avatar;
}

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
    if (bytes[5] == 1) own_sound_ += sound / 2;
    EXPECT_TRUE(!spoke || bytes[5] == 1);
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
  std::uint32_t segment_ = 0;
  std::size_t own_sound_ = 0;        // samples of pictures whose sound is a segment's
  std::vector<std::int16_t> sound_;  // of all segments
  std::vector<std::uint8_t> last_picture_;
};

std::vector<std::int16_t> ramp(std::size_t n) {
  std::vector<std::int16_t> samples(n);
  for (std::size_t i = 0; i < n; ++i) samples[i] = static_cast<std::int16_t>(i * 7);
  return samples;
}

TEST(Serve, AWholeSession) {
  const Served served;
  Talk talk(served, {{"audio", {{"rate", 24000}}}, {"pace", "fast"}});
  EXPECT_EQ(talk.response_[http::field::sec_websocket_protocol], "framegen.v1");
  const auto samples = ramp(24000);
  for (std::size_t at = 0; at < samples.size(); at += 2400)
    talk.send_sound({samples.begin() + static_cast<std::ptrdiff_t>(at),
                     samples.begin() + static_cast<std::ptrdiff_t>(at + 2400)});
  talk.send({{"type", "flush"}});
  const Json begun = talk.until("segment_start");
  EXPECT_EQ(begun["segment"], 1);
  const Json end = talk.until("segment_end");
  EXPECT_EQ(end["segment"], 1);
  EXPECT_EQ(end["position_ms"], 1000);
  EXPECT_EQ(end["interrupted"], false);
  EXPECT_EQ(talk.speech_, 24);  // as render makes of one second
  ASSERT_GE(talk.sound_.size(), samples.size());
  EXPECT_EQ(talk.own_sound_, samples.size());
  EXPECT_EQ(talk.last_picture_[0], 0xFF);  // JPEG
  EXPECT_EQ(talk.last_picture_[1], 0xD8);
  talk.send({{"type", "stop"}});
  EXPECT_TRUE(talk.until("nothing more").is_null());
  EXPECT_EQ(talk.closed_, websocket::error::closed);
  EXPECT_EQ(talk.ws_.reason().code, websocket::close_code::normal);
  EXPECT_TRUE(served.soon([&] { return served.metrics().sessions == 0; }));
}

TEST(Serve, AnInterruptIsFollowedByItsEndAndByIdlePictures) {
  const Served served;
  Talk talk(served, {{"video", {{"format", "none"}}}});
  talk.send_sound(ramp(16000));
  talk.until("segment_start");
  talk.send({{"type", "interrupt"}});
  const auto asked = std::chrono::steady_clock::now();
  const Json end = talk.until("segment_end");
  EXPECT_EQ(end["interrupted"], true);
  EXPECT_LT(end["position_ms"], 1000);
  const int idle = talk.idle_, speech = talk.speech_;
  talk.until("stats");
  EXPECT_GT(talk.idle_, idle);
  EXPECT_EQ(talk.speech_, speech);
  EXPECT_LT(std::chrono::steady_clock::now() - asked, 3s);
  EXPECT_EQ(talk.pictures_, 0);
}

TEST(Serve, GarbageIsAnsweredAndEndsTheSession) {
  const Served served;
  for (const char* garbage : {"{\"type\":\"start\",\"audio\":{\"rate\":12345}}", "not json",
                              "{\"type\":\"flush\"}", "{\"type\":\"start\",\"avatar\":\"nobody\"}"}) {
    SCOPED_TRACE(garbage);
    Talk talk(served);
    talk.ws_.text(true);
    talk.ws_.write(net::buffer(std::string(garbage)));
    const Json error = talk.next_text();
    EXPECT_EQ(error["type"], "error");
    EXPECT_FALSE(error["do"].get<std::string>().empty());
    EXPECT_TRUE(talk.next_text().is_null());
    EXPECT_EQ(talk.closed_, websocket::error::closed);
    EXPECT_TRUE(served.soon([&] { return served.metrics().sessions == 0; }));
  }
  Talk odd(served, Json::object());
  odd.ws_.binary(true);
  odd.ws_.write(net::buffer("odd", 3));
  for (Json text = odd.next_text(); !text.is_null(); text = odd.next_text()) EXPECT_EQ(text["type"], "error");
  EXPECT_TRUE(served.soon([&] { return served.metrics().sessions == 0; }));
}

TEST(Serve, OversizedMessagesEndTheSession) {
  const Served served;
  Talk talk(served, {{"video", {{"format", "none"}}}});
  talk.send_sound(std::vector<std::int16_t>(200000));
  EXPECT_TRUE(talk.until("nothing more").is_null());
  EXPECT_TRUE(served.soon([&] { return served.metrics().sessions == 0; }));
}

TEST(Serve, RawGarbageOnTheSocketHarmsNobody) {
  const Served served;
  for (const std::string& garbage :
       {std::string("\0\1\2\3\377\n\n", 7), std::string(20000, 'x'), std::string("GET / HTTP/1.1\r\n")}) {
    Client client(served);
    boost::system::error_code ignored;
    net::write(client.socket(), net::buffer(garbage), ignored);
    client.socket().close();
  }
  EXPECT_EQ(Client(served).request(http::verb::get, "/healthz").result_int(), 200u);
}

TEST(Serve, ASlowReaderLosesPicturesAndNoSound) {
  const Served served;
  // Raw pictures of 691 kB: two seconds are more than sockets and the server hold.
  Talk talk(served, {{"video", {{"format", "bgr"}}}, {"audio", {{"rate", 16000}}}});
  const auto samples = ramp(2 * 16000);
  talk.send_sound({samples.begin(), samples.begin() + 16000});
  talk.send_sound({samples.begin() + 16000, samples.end()});
  talk.send({{"type", "flush"}});
  EXPECT_TRUE(served.soon([&] { return served.metrics().dropped_pictures_total > 5; }));
  talk.until("segment_end");
  EXPECT_LT(talk.pictures_, static_cast<int>(talk.frames_));
  ASSERT_GE(talk.sound_.size(), samples.size());
}

TEST(Serve, ADroppedConnectionFreesItsPlace) {
  const Served served;
  for (int round = 0; round < 12; ++round) {
    Talk talk(served, Json::object());
    talk.send_sound(ramp(8000));
    talk.socket().close();  // no closing handshake
    EXPECT_TRUE(served.soon([&] { return served.metrics().sessions == 0; })) << round;
  }
}

TEST(Serve, AFullServerSaysWhenToComeBack) {
  const Served served([](ServerOptions& options) { options.max_sessions = 1; });
  const Talk first(served, {{"video", {{"format", "none"}}}});
  const auto second = Client(served).request(http::verb::get, "/v1/session", "",
                                             {{"Upgrade", "websocket"},
                                              {"Connection", "Upgrade"},
                                              {"Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="},
                                              {"Sec-WebSocket-Version", "13"}});
  EXPECT_EQ(second.result_int(), 503u);
  EXPECT_EQ(second[http::field::retry_after], "5");
}

TEST(Serve, StoppingLetsSpeechEnd) {
  Served served([](ServerOptions& options) { options.drain_s = 60; });
  Talk talk(served, {{"video", {{"format", "none"}}}});
  talk.send_sound(ramp(8000));
  talk.until("segment_start");
  served.ask_to_stop();
  const Json end = talk.until("segment_end");
  ASSERT_FALSE(end.is_null());
  EXPECT_EQ(end["interrupted"], false);
  EXPECT_EQ(end["position_ms"], 500);
  EXPECT_TRUE(talk.until("nothing more").is_null());
  EXPECT_EQ(talk.closed_, websocket::error::closed);
  served.stop();
}

TEST(Serve, StoppingDoesNotWaitForSilentConnections) {
  Served served([](ServerOptions& options) { options.drain_s = 0; });
  Client half_open(served);
  net::write(half_open.socket(),
             net::buffer(std::string(
                 "POST /v1/render HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\nabc")));
  const Talk idle(served, Json::object());
  const auto asked = std::chrono::steady_clock::now();
  served.stop();
  EXPECT_LT(std::chrono::steady_clock::now() - asked, 5s);
}

TEST(Serve, ServesItsPageAndFigures) {
  const Served served;
  const auto page = Client(served).request(http::verb::get, "/");
  EXPECT_EQ(page.result_int(), 200u);
  EXPECT_THAT(page.body(), HasSubstr("<canvas"));
  for (const char* file : {"/app.js", "/sound.js"})
    EXPECT_EQ(Client(served).request(http::verb::get, file).result_int(), 200u) << file;
  const Json avatars = Json::parse(Client(served).request(http::verb::get, "/v1/avatars").body());
  EXPECT_EQ(avatars["avatars"][0]["name"], "mini");
  EXPECT_EQ(avatars["avatars"][0]["ai_generated"], true);
  EXPECT_THAT(Client(served).request(http::verb::get, "/metrics").body(),
              HasSubstr("\nframegen_sessions 0\n"));
  EXPECT_EQ(Client(served).request(http::verb::get, "/../etc/passwd").result_int(), 404u);
  EXPECT_EQ(
      Client(served).request(http::verb::get, "/", "", {{"Origin", "https://evil.example"}}).result_int(),
      403u);
  const auto head = Client(served).request(http::verb::post, "/v1/speech", "[]");
  EXPECT_THAT(head.result_int(), ::testing::AnyOf(400u, 501u));
}

TEST(Serve, NeedsATokenWhereOthersCanReachIt) {
  ServerOptions open;
  open.address = "0.0.0.0";
  open.avatars = {avatar_folder()};
  const auto refused = Server::create(open);
  ASSERT_FALSE(refused.ok());
  EXPECT_THAT(refused.error().message(), HasSubstr("--token"));
  const Served served([](ServerOptions& options) { options.token = "secret"; });
  EXPECT_EQ(Client(served).request(http::verb::get, "/v1/avatars").result_int(), 403u);
  for (const char* path : {"/healthz", "/", "/app.js"})
    EXPECT_EQ(Client(served).request(http::verb::get, path).result_int(), 200u) << path;
  EXPECT_EQ(Client(served)
                .request(http::verb::get, "/v1/avatars", "", {{"Authorization", "Bearer secret"}})
                .result_int(),
            200u);
}

std::string golden_wav() {
  std::ifstream file(test::golden("pipeline/speech.wav"), std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

TEST(Serve, RendersAnUpload) {
  const Served served;
  const auto video = Client(served).request(http::verb::post, "/v1/render", golden_wav());
  EXPECT_EQ(video.result_int(), 200u);
  EXPECT_EQ(video[http::field::content_type], "video/mp4");
  EXPECT_EQ(video.body().substr(4, 4), "ftyp");
  const auto broken = Client(served).request(http::verb::post, "/v1/render", "this is no sound");
  EXPECT_EQ(broken.result_int(), 400u);
  EXPECT_THAT(Json::parse(broken.body())["what"], "upload");
}

TEST(Serve, TellsHowFarARenderIs) {
  const Served served;
  const auto events =
      Client(served).request(http::verb::post, "/v1/render", golden_wav(), {{"Accept", "text/event-stream"}});
  EXPECT_EQ(events[http::field::content_type], "text/event-stream");
  EXPECT_THAT(events.body(), HasSubstr("event: progress\ndata: {"));
  const std::size_t at = events.body().find("{\"url\":\"");
  ASSERT_NE(at, std::string::npos) << events.body();
  const std::string url = events.body().substr(at + 8, events.body().find('"', at + 8) - at - 8);
  EXPECT_EQ(Client(served).request(http::verb::get, url).body().substr(4, 4), "ftyp");
  EXPECT_EQ(Client(served).request(http::verb::get, url).result_int(), 404u);  // once
}

TEST(Serve, TakesUploadsUpToItsLimitAndOtherBodiesOnlySmall) {
  const Served served([](ServerOptions& options) { options.max_upload_bytes = 3 << 20; });
  const auto status = [&](const char* target, std::size_t bytes) {
    return Client(served).request(http::verb::post, target, std::string(bytes, 'x')).result_int();
  };
  EXPECT_EQ(status("/v1/render", 2 << 20), 400u);  // read, and no sound
  EXPECT_EQ(status("/v1/render", 4 << 20), 413u);
  EXPECT_EQ(status("/v1/speech", 100000), 413u);
}

}  // namespace
}  // namespace framegen::server
