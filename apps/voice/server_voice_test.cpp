#include "server_voice.hpp"

#include <gmock/gmock.h>

#include <chrono>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <thread>

#include "support/speech_server.hpp"
#include "voices_heard.hpp"

namespace framegen::voice {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using namespace std::chrono_literals;
using Reply = test::SpeechServer::Reply;

// Sets a variable of the environment, and puts back what was there.
class Environment {
 public:
  Environment(const char* name, const char* value) : name_(name) {
    if (const char* const before = std::getenv(name)) before_ = before;
    ::setenv(name, value, 1);
  }
  ~Environment() { ::setenv(name_, before_.c_str(), 1); }
  Environment(const Environment&) = delete;
  Environment& operator=(const Environment&) = delete;

 private:
  const char* name_;
  std::string before_;
};

Result<std::unique_ptr<Voice>> server(const std::string& tts, const std::string& voice = "",
                                      const std::string& model = "") {
  return open_voice({.tts = tts, .voice = voice, .model = model, .raw_rate_hz = 0});
}

std::string error_of(const std::string& status, const std::string& fields, const std::string& body) {
  test::SpeechServer stand_in([&](const std::string&, Reply& reply) { reply.whole(status, fields, body); });
  Heard heard;
  const Status said = (*server(stand_in.url()))->say("Hello.", "", heard.listener(), kNever);
  return said ? "" : said.error().message();
}

TEST(ServerVoice, IsAskedAsOpenAisServersAre) {
  const auto samples = some_samples(5000);
  test::SpeechServer stand_in(
      [&](const std::string&, Reply& reply) { reply.whole("200 OK", "", wav_of(samples)); });
  const Environment key("FRAMEGEN_TTS_KEY", "sk-secret");
  Heard heard;
  const auto voice = *server(stand_in.url(), "nova", "kokoro");
  ASSERT_TRUE(voice->say("Grüße!", "", heard.listener(), kNever).ok());
  EXPECT_EQ(heard.samples, samples);
  ASSERT_EQ(stand_in.asked().size(), 1U);
  const std::string asked = stand_in.asked()[0];
  EXPECT_THAT(asked, HasSubstr("POST /v1/audio/speech HTTP/1.1\r\n"));
  EXPECT_THAT(asked, HasSubstr("\r\nContent-Type: application/json\r\n"));
  EXPECT_THAT(asked, HasSubstr("\r\nAuthorization: Bearer sk-secret\r\n"));
  const auto body = nlohmann::json::parse(asked.substr(asked.find("\r\n\r\n") + 4));
  EXPECT_EQ(body,
            (nlohmann::json{
                {"model", "kokoro"}, {"input", "Grüße!"}, {"voice", "nova"}, {"response_format", "wav"}}));
  ASSERT_TRUE(voice->say("Again.", "shimmer", heard.listener(), kNever).ok());
  EXPECT_THAT(stand_in.asked()[1], HasSubstr("shimmer"));
}

// The second half is sent when the first was heard, and never otherwise.
TEST(ServerVoice, IsHeardBeforeItHasSpoken) {
  const auto samples = some_samples(48000);
  std::atomic<bool> half_heard{false};
  test::SpeechServer stand_in([&](const std::string&, Reply& reply) {
    const std::string wav = wav_of(samples);
    reply.begin();
    reply.part(wav.substr(0, 48044));
    for (int i = 0; i < 3000 && !half_heard; ++i) std::this_thread::sleep_for(10ms);
    if (half_heard) reply.part(wav.substr(48044));
    reply.end();
  });
  Heard heard;
  const Listener keep = heard.listener();
  const Listener listener = [&](int rate, std::span<const std::int16_t> more) -> Status {
    FRAMEGEN_TRY(keep(rate, more));
    half_heard = half_heard || heard.samples.size() == 24000;
    return Status();
  };
  ASSERT_TRUE((*server(stand_in.url()))->say("Hello.", "", listener, kNever).ok());
  EXPECT_EQ(heard.samples, samples);
}

TEST(ServerVoice, TheKeyOfOneServerIsNoOthers) {
  const Environment own("FRAMEGEN_TTS_KEY", ""), openais("OPENAI_API_KEY", "sk-secret");
  test::SpeechServer stand_in(
      [](const std::string&, Reply& reply) { reply.whole("200 OK", "", wav_of(some_samples(9))); });
  Heard heard;
  ASSERT_TRUE((*server(stand_in.url()))->say("Hello.", "", heard.listener(), kNever).ok());
  EXPECT_THAT(stand_in.asked()[0], Not(HasSubstr("Authorization")));
  const Environment given("FRAMEGEN_TTS_KEY", "sk-secret");
  const auto clear = server("http://example.org/v1");
  EXPECT_THAT(clear.error().message(), AllOf(HasSubstr("in the clear"), Not(HasSubstr("sk-secret"))));
  EXPECT_TRUE(server("https://example.org/v1").ok());
  EXPECT_THAT(server("https://me:sk-secret@example.org").error().message(),
              AllOf(HasSubstr("FRAMEGEN_TTS_KEY"), Not(HasSubstr("sk-secret"))));
}

TEST(ServerVoice, NoMessageHoldsTheKey) {
  const Environment key("FRAMEGEN_TTS_KEY", "sk-secret");
  const std::string refused = error_of("401 Unauthorized", "Content-Type: application/json\r\n",
                                       R"({"error":{"message":"bad key sk-secret\nhere"}})");
  EXPECT_THAT(refused,
              AllOf(HasSubstr("answers 401: bad key … here; check the key"), Not(HasSubstr("sk-secret"))));
  EXPECT_EQ((*server("https://a.example/speak?key=sk-secret"))->name(), "https://a.example/speak");
}

TEST(ServerVoice, TheRestOfAnAddressIsAdded) {
  EXPECT_EQ((*server("http://localhost:8880"))->name(), "http://localhost:8880/v1/audio/speech");
  EXPECT_EQ((*server("http://localhost:8880/v1/"))->name(), "http://localhost:8880/v1/audio/speech");
  EXPECT_EQ((*server("http://[::1]:8880/say"))->name(), "http://[::1]:8880/say");
  EXPECT_FALSE(server("http://").ok());
  EXPECT_FALSE(server("http://a b").ok());
}

TEST(ServerVoice, SaysWhatIsWrongOnOneLine) {
  EXPECT_THAT(error_of("404 Not Found", "", R"({"detail":"no such path"})"),
              HasSubstr("answers 404: no such path; check the path"));
  EXPECT_THAT(error_of("500 Oh", "", "out of\nmemory"), HasSubstr("answers 500: out of memory; try again"));
  EXPECT_THAT(error_of("302 Found", "Location: http://127.0.0.1:1/\r\n", ""),
              HasSubstr("name the address that it has moved to"));
  EXPECT_THAT(error_of("200 OK", "Content-Type: audio/mpeg\r\n", "...."),
              HasSubstr("gives audio/mpeg, not WAV"));
  EXPECT_THAT(error_of("200 OK", "Content-Type: audio/wav\r\n", ""), HasSubstr("gave no sound"));
  Heard heard;
  const Status nobody = (*server("http://127.0.0.1:9"))->say("Hello.", "", heard.listener(), kNever);
  EXPECT_THAT(nobody.error().message(), HasSubstr("cannot be asked: "));
  EXPECT_EQ(nobody.error().code, ErrorCode::kBadInput);
}

// A server that has not finished is left as soon as nobody listens any more.
TEST(ServerVoice, IsLeftWhenNobodyListens) {
  std::atomic<bool> left{false};
  test::SpeechServer stand_in([&](const std::string&, Reply& reply) {
    reply.begin();
    reply.part(wav_of(some_samples(2000)));
    for (int i = 0; i < 3000 && !(left = reply.gone()); ++i) std::this_thread::sleep_for(10ms);
  });
  std::atomic<bool> stop{false};
  const Listener listener = [&](int, std::span<const std::int16_t>) {
    stop = true;
    return Status();
  };
  EXPECT_EQ((*server(stand_in.url()))->say("Hello.", "", listener, stop).error().code, ErrorCode::kCancelled);
  for (int i = 0; i < 3000 && !left; ++i) std::this_thread::sleep_for(10ms);
  EXPECT_TRUE(left);
}

TEST(ServerVoice, ALongTextIsAskedForInPieces) {
  std::string text;
  for (int i = 0; i < 300; ++i) text += "This is sentence number " + std::to_string(i) + ". ";
  const auto samples = some_samples(100);
  test::SpeechServer stand_in(
      [&](const std::string&, Reply& reply) { reply.whole("200 OK", "", wav_of(samples)); });
  Heard heard;
  ASSERT_TRUE((*server(stand_in.url()))->say(text, "", heard.listener(), kNever).ok());
  EXPECT_EQ(stand_in.asked().size(), 3U);
  EXPECT_EQ(heard.samples.size(), 300U);
}

TEST(TextPieces, AreTheTextCutWhereASpeakerWouldBreathe) {
  const std::vector<std::string> texts = {"One. Two three. Four", "no end of words in this one at all",
                                          "ÄÖÜäöüßéèêñ", "a\nb\nc", ""};
  for (const std::string& text : texts)
    for (std::size_t most = 4; most < 40; ++most) {
      SCOPED_TRACE(text + " " + std::to_string(most));
      std::string joined;
      for (const std::string& piece : text_pieces(text, most)) {
        EXPECT_LE(piece.size(), most);
        EXPECT_NE(static_cast<unsigned char>(piece[0]) & 0xC0, 0x80);
        joined += piece;
      }
      std::string letters = text;  // a blank alone is no piece
      std::erase(letters, ' ');
      std::erase(joined, ' ');
      EXPECT_EQ(joined, letters);
    }
  EXPECT_THAT(text_pieces("One. Two three. Four", 16), ::testing::ElementsAre("One. Two three. ", "Four"));
  EXPECT_THAT(text_pieces("no end of words", 8), ::testing::ElementsAre("no end ", "of words"));
}

}  // namespace
}  // namespace framegen::voice
