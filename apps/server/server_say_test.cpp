// server_say_test.cpp: text that a live session is to say, with a stand-in for the speech server.
#include <gmock/gmock.h>

#include "server_fixture.hpp"
#include "support/speech_server.hpp"
#include "voice/sound_head.hpp"

namespace framegen::server {
namespace {

using ::testing::HasSubstr;
using Reply = test::SpeechServer::Reply;

// So many samples of 24 kHz: other than the session's, so that they are resampled.
std::string sound(std::size_t samples) {
  std::string bytes(2 * samples, '\0');
  const auto wave = ramp(samples);
  std::memcpy(bytes.data(), wave.data(), bytes.size());
  return bytes;
}

std::string wav(std::size_t samples) { return voice::wav_header(24000, 2 * samples) + sound(samples); }

Served served_by(const std::string& tts) {
  return Served([&](ServerOptions& options) { options.voice.tts = tts; });
}

// Of the error that comes next; empty: the session ended without one.
std::string why_it_failed(Talk& talk) {
  Json error;
  do error = talk.next_text();
  while (!error.is_null() && error["type"] != "error");
  return error.is_null() ? std::string() : error["why"].get<std::string>();
}

TEST(ServeSay, ATextIsASegmentOfItsOwn) {
  test::SpeechServer speech([](const std::string&, Reply& reply) { reply.whole("200 OK", "", wav(24000)); });
  const Served served = served_by(speech.url());
  Talk talk(served, {{"pace", "fast"}, {"video", {{"format", "none"}}}});
  talk.send_sound(ramp(16000));  // not flushed: the text ends it
  talk.send({{"type", "say"}, {"text", "Hello."}, {"voice", "nova"}});
  talk.send({{"type", "say"}, {"text", "And again."}});
  talk.send({{"type", "stop"}});  // when all of it is said
  for (int segment = 1; segment <= 3; ++segment) {
    const Json end = talk.until("segment_end");
    EXPECT_EQ(end["segment"], segment);
    EXPECT_EQ(end["position_ms"], 1000);
    EXPECT_EQ(end["interrupted"], false);
  }
  EXPECT_TRUE(talk.until("nothing more").is_null());
  ASSERT_EQ(speech.asked().size(), 2U);
  EXPECT_THAT(speech.asked()[0], HasSubstr("nova"));
}

// The second half of the sentence is made when the first was seen to be spoken, and not before.
TEST(ServeSay, LipsMoveBeforeTheSentenceIsDone) {
  std::atomic<bool> spoke{false};
  test::SpeechServer speech([&](const std::string&, Reply& reply) {
    reply.begin();
    reply.part(voice::wav_header(24000, 0) + sound(24000));
    for (int i = 0; i < 6000 && !spoke; ++i) std::this_thread::sleep_for(10ms);
    if (spoke) reply.part(sound(24000));
    reply.end();
  });
  const Served served = served_by(speech.url());
  Talk talk(served, {{"video", {{"format", "none"}}}});
  talk.send({{"type", "say"}, {"text", "A long sentence."}});
  EXPECT_EQ(talk.until("segment_start")["segment"], 1);
  spoke = true;
  EXPECT_EQ(talk.until("segment_end")["position_ms"], 2000);
}

TEST(ServeSay, AnInterruptEndsItAndForgetsWhatWaits) {
  std::atomic<bool> left{false};
  test::SpeechServer speech([&](const std::string& body, Reply& reply) {
    reply.begin();
    reply.part(wav(24000));
    if (body.find("for ever") == std::string::npos) return reply.end();
    for (int i = 0; i < 6000 && !left; ++i) {
      std::this_thread::sleep_for(10ms);
      left = reply.gone();
    }
  });
  const Served served = served_by(speech.url());
  Talk talk(served, {{"video", {{"format", "none"}}}});
  talk.send({{"type", "say"}, {"text", "This goes on for ever"}});
  talk.send({{"type", "say"}, {"text", "never said"}});
  talk.until("segment_start");
  talk.send({{"type", "interrupt"}});
  EXPECT_EQ(talk.until("interrupted")["segment"], 1);
  EXPECT_EQ(talk.until("segment_end")["interrupted"], true);
  talk.send({{"type", "say"}, {"text", "short"}});
  const Json end = talk.until("segment_end");
  EXPECT_EQ(end["segment"], 2);
  EXPECT_EQ(end["position_ms"], 1000);
  EXPECT_TRUE(served.soon([&] { return left.load(); }));
  ASSERT_EQ(speech.asked().size(), 2U);
  EXPECT_THAT(speech.asked()[1], HasSubstr("short"));
}

TEST(ServeSay, AFailureIsToldAndTheSessionGoesOn) {
  test::SpeechServer speech([](const std::string& body, Reply& reply) {
    if (body.find("bad") != std::string::npos) return reply.whole("500 Oh", "", "no model");
    reply.whole("200 OK", "", wav(24000));
  });
  const Served served = served_by(speech.url());
  Talk talk(served, {{"pace", "fast"}, {"video", {{"format", "none"}}}});
  talk.send({{"type", "say"}, {"text", "bad"}});
  EXPECT_THAT(talk.until("say_failed")["why"], HasSubstr("500: no model"));
  talk.send({{"type", "say"}, {"text", "good"}});
  EXPECT_EQ(talk.until("segment_end")["segment"], 1);
  const auto refused = Client(served).request(http::verb::post, "/v1/speech", R"({"text":"bad"})");
  EXPECT_EQ(refused.result_int(), 502u);
  EXPECT_EQ(Client(served).request(http::verb::post, "/v1/speech", R"({"text":"good"})").body(), wav(24000));
}

// An error ends the session: what was said too much is not lost silently.
TEST(ServeSay, NeitherTooLongATextNorTooManyAtOnce) {
  std::atomic<bool> over{false};
  test::SpeechServer speech([&](const std::string&, Reply& reply) {
    for (int i = 0; i < 6000 && !over && !reply.gone(); ++i) std::this_thread::sleep_for(10ms);
  });
  const Served served = served_by(speech.url());
  const auto why = [&](std::size_t bytes, int times) {
    Talk talk(served, {{"video", {{"format", "none"}}}});
    for (int i = 0; i < times; ++i) talk.send({{"type", "say"}, {"text", std::string(bytes, 'a')}});
    return why_it_failed(talk);
  };
  EXPECT_THAT(why(8001, 1), HasSubstr("8000"));
  EXPECT_THAT(why(5, 20), HasSubstr("16 texts wait already"));
  over = true;
}

TEST(ServeSay, SoundMeanwhileIsRefused) {
  std::atomic<bool> over{false};
  test::SpeechServer speech([&](const std::string&, Reply& reply) {
    for (int i = 0; i < 6000 && !over && !reply.gone(); ++i) std::this_thread::sleep_for(10ms);
  });
  const Served served = served_by(speech.url());
  Talk talk(served, Json::object());
  talk.send({{"type", "say"}, {"text", "Hello."}});
  talk.send_sound(ramp(160));
  EXPECT_THAT(why_it_failed(talk), HasSubstr("while a text is being said"));
  over = true;
}

}  // namespace
}  // namespace framegen::server
