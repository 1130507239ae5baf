// server_test.cpp: whole sessions over real sockets, and every way a client can misbehave.
#include "server.hpp"

#include <gmock/gmock.h>

#include <algorithm>

#include "answers.hpp"
#include "guesses.hpp"
#include "server_fixture.hpp"

namespace framegen::server {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

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
  const Json end = talk.until("segment_end");
  EXPECT_EQ(end["interrupted"], true);
  EXPECT_LT(end["position_ms"], 1000);
  const int idle = talk.idle_, speech = talk.speech_;
  talk.until("stats");
  EXPECT_GT(talk.idle_, idle);
  EXPECT_EQ(talk.speech_, speech);
  EXPECT_EQ(talk.pictures_, 0);
}

TEST(Serve, H264BeginsAnewBehindAnInterrupt) {
  const Served served;
  Talk talk(served, {{"video", {{"format", "h264"}}}});
  talk.send_sound(ramp(16000));
  talk.until("segment_start");
  talk.until("stats");
  const auto before = talk.keys_;
  talk.send({{"type", "interrupt"}});
  EXPECT_EQ(talk.until("segment_end")["interrupted"], true);
  const std::size_t end = talk.keys_.size();
  while (talk.keys_.size() < end + 3) ASSERT_FALSE(talk.next_text().is_null());
  EXPECT_EQ(talk.last_picture_[0], 0);  // Annex B
  EXPECT_TRUE(before[0]);
  EXPECT_EQ(std::count(before.begin(), before.end(), true), 1);
  EXPECT_TRUE(talk.keys_[end]);
  EXPECT_FALSE(talk.keys_[end + 1]);
}

// A segment may be given out and still be on its way: who interrupts throws that away, too, and no segment's
// end tells of it.
TEST(Serve, H264BeginsAnewBehindEveryAnswerToAnInterrupt) {
  const Served served;
  Talk talk(served, {{"video", {{"format", "h264"}}}});
  while (talk.keys_.size() < 5) {
    beast::flat_buffer buffer;
    talk.ws_.read(buffer);
    if (talk.ws_.got_binary())
      talk.media({static_cast<const std::uint8_t*>(buffer.cdata().data()), buffer.size()});
  }
  talk.send({{"type", "interrupt"}});
  EXPECT_EQ(talk.until("interrupted")["segment"], 0);
  const auto answered = static_cast<std::ptrdiff_t>(talk.keys_.size());
  talk.until("stats");
  EXPECT_EQ(std::count(talk.keys_.begin(), talk.keys_.begin() + answered - 1, true), 1);
  // One picture may have been encoded while the answer was written.
  ASSERT_GE(talk.keys_.size(), static_cast<std::size_t>(answered) + 2);
  EXPECT_EQ(std::count(talk.keys_.begin() + answered - 1, talk.keys_.begin() + answered + 2, true), 1);
}

// Words over the socket, sound and pictures to who sends an offer (tests/webrtc): one session, one place.
TEST(Serve, ASessionForWebRtcIsNamedAndEndsWithItsSocket) {
  Served served;
  const bool has = served.state().webrtc;
  EXPECT_EQ(Client(served).request(http::verb::post, "/v1/whep", "v=0").result_int(), has ? 415U : 501U);
  std::optional<Talk> talk(std::in_place, served);
  talk->send({{"type", "start"}, {"audio", {{"rate", 24000}}}, {"video", {{"format", "webrtc"}}}});
  const Json answer = talk->next_text();
  ASSERT_EQ(answer["type"], has ? "ready" : "error") << answer;
  if (!has) return;
  EXPECT_EQ(served.metrics().sessions, 1);
  const std::string control = "/v1/sessions/" + answer["session"].get<std::string>() + "/control";
  EXPECT_EQ(Client(served).request(http::verb::post, control, R"({"type":"flush"})").result_int(), 200U);
  talk->send_sound(ramp(24000));
  talk->send({{"type", "flush"}});
  EXPECT_EQ(talk->until("segment_end")["position_ms"], 1000);
  EXPECT_EQ(talk->frames_, 0U) << "media came over the socket";
  talk.reset();
  EXPECT_TRUE(served.soon([&] { return served.metrics().sessions == 0; }));
  EXPECT_EQ(Client(served).request(http::verb::post, control, R"({"type":"flush"})").result_int(), 404U);
}

TEST(Serve, ASessionForWebRtcEndsWhenAllWasSaid) {
  Served served;
  if (!served.state().webrtc) GTEST_SKIP() << "this build has no WebRTC";
  Talk talk(served, {{"audio", {{"rate", 24000}}}, {"video", {{"format", "webrtc"}}}});
  talk.send_sound(ramp(12000));
  talk.send({{"type", "stop"}});
  EXPECT_EQ(talk.until("segment_end")["interrupted"], false);
  EXPECT_TRUE(talk.until("nothing more").is_null());
  EXPECT_EQ(talk.closed_, websocket::error::closed);
  EXPECT_TRUE(served.soon([&] { return served.metrics().sessions == 0; }));
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
  for (const char* file : {"/app.js", "/decoders.js", "/rtc.js", "/framegen.js", "/sound.js"})
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
}

TEST(Serve, SaysWhatCanBeDoneWithAPath) {
  const Served served;
  const auto asked = [&](http::verb verb, const char* path) { return Client(served).request(verb, path); };
  for (const char* path : {"/v1/render", "/v1/speech"}) {
    EXPECT_EQ(asked(http::verb::get, path).result_int(), 405u) << path;
    EXPECT_EQ(asked(http::verb::get, path)[http::field::allow], "POST") << path;
  }
  EXPECT_EQ(asked(http::verb::post, "/metrics")[http::field::allow], "GET, HEAD");
  EXPECT_EQ(asked(http::verb::put, "/v1/renders/1")[http::field::allow], "GET");
  EXPECT_EQ(asked(http::verb::get, "/v1/session").result_int(), 426u);
  EXPECT_EQ(asked(http::verb::get, "/v1/nothing").result_int(), 404u);
}

TEST(Serve, SpeaksTextOrSaysWhoseFaultItIs) {
  if (!voice::espeak_is_there()) GTEST_SKIP() << "there is no espeak-ng";
  const Served served;
  const auto spoken = [&](const std::string& body) {
    return Client(served).request(http::verb::post, "/v1/speech", body);
  };
  EXPECT_EQ(spoken(R"({"text":"one","voice":"en-us"})").body().substr(0, 4), "RIFF");
  EXPECT_EQ(spoken("[]").result_int(), 400u);
  const auto strange = spoken(R"({"text":"one","voice":"xx-nobody"})");
  EXPECT_EQ(strange.result_int(), 400u);
  EXPECT_THAT(strange.body(), HasSubstr("xx-nobody"));
}

TEST(Serve, TwoAvatarsOfOneNameAreRefused) {
  const test::TemporaryFolder folder;
  std::filesystem::copy(avatar_folder(), folder / "other", std::filesystem::copy_options::recursive);
  ServerOptions options;
  options.max_sessions = 1;
  options.avatars = {avatar_folder(), folder / "other"};
  const auto server = Server::create(options);
  ASSERT_FALSE(server.ok());
  EXPECT_THAT(server.error().message(), HasSubstr("second one of the name mini"));
}

TEST(Serve, TakesAFormAndNoUnknownWord) {
  const Served served;
  const std::string form =
      "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.wav\"\r\n\r\n" + golden_wav() +
      "\r\n--b--\r\n";
  const auto post = [&](const char* target, const char* type) {
    return Client(served).request(http::verb::post, target, form, {{"Content-Type", type}});
  };
  const auto video = post("/v1/render?avatar=mini", "multipart/form-data; boundary=b");
  EXPECT_EQ(video.result_int(), 200u);
  EXPECT_EQ(video.body().substr(4, 4), "ftyp");
  EXPECT_EQ(post("/v1/render", "multipart/form-data; boundary=c").result_int(), 400u);
  const auto unknown = post("/v1/render?crf=20", "multipart/form-data; boundary=b");
  EXPECT_EQ(unknown.result_int(), 400u);
  EXPECT_EQ(Json::parse(unknown.body())["what"], "/v1/render?crf");
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

TEST(Serve, WhoGuessesTokensWaitsAndNobodyElse) {
  const Served served([](ServerOptions& options) {
    options.token = "secret";
    options.behind_proxy = true;
  });
  const auto status = [&](const char* from, const std::string& token) {
    std::map<std::string, std::string> fields{{"X-Forwarded-For", std::string("198.51.100.7, ") + from}};
    if (!token.empty()) fields["Authorization"] = "Bearer " + token;
    return Client(served).request(http::verb::get, "/v1/avatars", {}, fields).result_int();
  };
  for (int i = 0; i < 2 * Guesses::kMost; ++i) EXPECT_EQ(status("192.0.2.1", ""), 403u);  // none is no guess
  for (int i = 0; i < Guesses::kMost; ++i) EXPECT_EQ(status("192.0.2.1", "guess"), 403u) << i;
  EXPECT_EQ(status("192.0.2.1", "secret"), 429u);
  EXPECT_EQ(status("192.0.2.2", "secret"), 200u);
  EXPECT_EQ(Client(served).request(http::verb::get, "/healthz").result_int(), 200u);
}

TEST(Serve, AnAddressHasItsShareAndNoMore) {
  const Served served([](ServerOptions& options) { options.max_per_address = 2; });
  Talk first(served, Json::object());
  auto second = std::make_unique<Talk>(served, Json::object());
  const auto render = [&] { return Client(served).request(http::verb::post, "/v1/render", golden_wav()); };
  const auto refused = render();
  EXPECT_EQ(refused.result_int(), 429u);
  EXPECT_THAT(refused.body(), HasSubstr("--max-per-address"));
  EXPECT_THAT(std::string(refused[http::field::retry_after]), Not(""));
  second.reset();
  EXPECT_TRUE(served.soon([&] { return render().result_int() == 200u; }));
}

TEST(Serve, WritesDownWhoAskedForWhat) {
  std::mutex mutex;
  std::string log;
  {
    const Served served([&](ServerOptions& options) {
      options.token = "secret";
      options.audit = [&](const std::string& line) {
        const std::lock_guard lock(mutex);
        log += line;
      };
    });
    (void)Client(served).request(http::verb::get, "/v1/avatars?token=secret");
    (void)Client(served).request(http::verb::get, "/v1/avatars?token=another");
    (void)Client(served).request(http::verb::post, "/v1/render?token=secret", golden_wav());
    (void)Client(served).request(http::verb::get, "/v1/renders/0123?token=secret");
  }
  const std::lock_guard lock(mutex);
  EXPECT_THAT(log, HasSubstr(R"("from":"127.0.0.1","method":"GET","path":"/v1/avatars","status":200)"));
  EXPECT_THAT(log, HasSubstr(R"("path":"/v1/avatars","status":403)"));
  EXPECT_THAT(log, HasSubstr(R"("method":"POST","path":"/v1/render","status":200)"));
  EXPECT_THAT(log, HasSubstr(R"("path":"/v1/renders/…","status":404)"));
  EXPECT_EQ(std::count(log.begin(), log.end(), '\n'), 4);
  EXPECT_THAT(log, AllOf(Not(HasSubstr("secret")), Not(HasSubstr("another")), Not(HasSubstr("0123"))));
}

TEST(Serve, WritesDownASessionAtItsEnd) {
  std::mutex mutex;
  std::string log;
  const Served served([&](ServerOptions& options) {
    options.audit = [&](const std::string& line) {
      const std::lock_guard lock(mutex);
      log += line;
    };
  });
  { const Talk talk(served, Json::object()); }
  EXPECT_TRUE(served.soon([&] {
    const std::lock_guard lock(mutex);
    return log.find(R"("path":"/v1/session","status":101,"ms":)") != std::string::npos;
  }));
}

TEST(Serve, PagesOfAllowedOriginsMayReadAnswers) {
  const Served served([](ServerOptions& options) {
    options.token = "secret";
    options.origins = {"https://example.org"};
  });
  const auto ask = [&](http::verb verb, const char* target, const char* origin, const char* authorization) {
    std::map<std::string, std::string> fields{{"Origin", origin}};
    if (*authorization != '\0') fields["Authorization"] = authorization;
    return Client(served).request(verb, target, {}, fields);
  };
  const auto before = ask(http::verb::options, "/v1/whep", "https://example.org", "");
  EXPECT_EQ(before.result_int(), 204u);
  EXPECT_EQ(before[http::field::access_control_allow_origin], "https://example.org");
  EXPECT_EQ(before[http::field::access_control_allow_methods], "POST");
  EXPECT_THAT(std::string(before[http::field::access_control_allow_headers]), HasSubstr("Authorization"));
  const auto answer = ask(http::verb::get, "/v1/avatars", "https://example.org", "Bearer secret");
  EXPECT_EQ(answer.result_int(), 200u);
  EXPECT_EQ(answer[http::field::access_control_allow_origin], "https://example.org");
  EXPECT_THAT(std::string(answer[http::field::access_control_expose_headers]), HasSubstr("Location"));
  EXPECT_EQ(ask(http::verb::get, "/v1/avatars", "https://example.org", "").result_int(), 403u);
  const auto stranger = ask(http::verb::options, "/v1/whep", "https://example.com", "");
  EXPECT_EQ(stranger.result_int(), 403u);
  EXPECT_EQ(stranger.count(http::field::access_control_allow_origin), 0u);
}

TEST(Serve, ATooLargeBodyIsToldWhoseLimitItMet) {
  const Served served([](ServerOptions& options) { options.max_upload_bytes = 3 << 20; });
  const auto said = [&](const char* target) {
    return Client(served).request(http::verb::post, target, std::string(4 << 20, 'x')).body();
  };
  EXPECT_THAT(said("/v1/render"), HasSubstr("--max-upload-mb"));
  EXPECT_THAT(said("/v1/whep"), AllOf(HasSubstr("send at most"), Not(HasSubstr("--max-upload-mb"))));
}

// Browsers ask these, and log in where they are told how.
TEST(Serve, NamesTheIceServersThatItWasGiven) {
  Served served([](ServerOptions& options) {
    options.ice_servers = {"stun:stun.example.org:3478", "turn:turn.example.org:3478 ann secret"};
  });
  const Json list = Json::parse(Client(served).request(http::verb::get, "/v1/avatars").body())["ice_servers"];
  ASSERT_EQ(list.size(), 2U);
  EXPECT_EQ(list[0], (Json{{"urls", "stun:stun.example.org:3478"}}));
  EXPECT_EQ(list[1],
            (Json{{"urls", "turn:turn.example.org:3478"}, {"username", "ann"}, {"credential", "secret"}}));
  EXPECT_THAT(ice_links(served.state().options),
              ::testing::ElementsAre("<stun:stun.example.org:3478>; rel=\"ice-server\"",
                                     "<turn:turn.example.org:3478>; rel=\"ice-server\"; username=\"ann\"; "
                                     "credential=\"secret\"; credential-type=\"password\""));
}

}  // namespace
}  // namespace framegen::server
