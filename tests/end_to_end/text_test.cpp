// text_test.cpp: text into video and into a stream, by commands and by a stand-in for a speech server.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>

#include "mini_avatar.hpp"
#include "support/speech_server.hpp"

namespace framegen::test {
namespace {

using ::testing::HasSubstr;

class Text : public ::testing::Test {
 protected:
  ProgramRun render(std::vector<std::string> words) {
    words.insert(words.begin(), {"render", "--avatar", mini_avatar().string(), "--no-cache", "--hash", "-"});
    return framegen(std::move(words));
  }
  std::string speaks(const std::string& file) { return "cat " + std::filesystem::absolute(file).string(); }
  TemporaryFolder folder_;
};

TEST_F(Text, IsRenderedAsTheSoundThatTheCommandMakesOfIt) {
  const auto expected = render({golden_speech()});
  ASSERT_EQ(expected.exit_code, 0) << expected.err;
  const auto spoken = render({"--text", "Hello.", "--tts", speaks(golden_speech())});
  EXPECT_EQ(spoken.exit_code, 0) << spoken.err;
  EXPECT_EQ(spoken.out, expected.out);
}

TEST_F(Text, ComesFromAFileAndGoesToTheCommandUnchanged) {
  const std::string text = "Zwei Sätze; $(id). Und noch einer.\n";
  std::ofstream(folder_ / "text.txt") << "\xEF\xBB\xBF" << text;
  const std::string tts = "sh -c 'cat > $1; cat $2' sh " + (folder_ / "said").string() + " " +
                          std::filesystem::absolute(golden_speech()).string();
  const auto run = render({"--text-file", (folder_ / "text.txt").string(), "--tts", tts});
  EXPECT_EQ(run.exit_code, 0) << run.err;
  std::ifstream said(folder_ / "said");
  EXPECT_EQ(std::string(std::istreambuf_iterator<char>(said), {}), text + "\n");
}

TEST_F(Text, ComesFromASpeechServerWhoseKeyIsInNoLine) {
  ::setenv("FRAMEGEN_TTS_KEY", "sk-secret", 1);
  std::ifstream speech(golden_speech(), std::ios::binary);
  const std::string wav(std::istreambuf_iterator<char>(speech), {});
  bool good = true;
  SpeechServer server([&](const std::string&, SpeechServer::Reply& reply) {
    good ? reply.whole("200 OK", "", wav)
         : reply.whole("401 No", "", R"({"error":{"message":"sk-secret is no key"}})");
  });
  const auto spoken = render({"--text", "Hello.", "--tts", server.url(), "--voice", "nova", "-v"});
  EXPECT_EQ(spoken.exit_code, 0) << spoken.err;
  EXPECT_EQ(spoken.out, render({golden_speech()}).out);
  good = false;
  const auto refused = render({"--text", "Hello.", "--tts", server.url()});
  EXPECT_EQ(refused.exit_code, 3);
  EXPECT_THAT(refused.err, HasSubstr("answers 401: … is no key; check the key"));
  EXPECT_EQ((spoken.err + refused.err).find("sk-secret"), std::string::npos);
  ::unsetenv("FRAMEGEN_TTS_KEY");
}

TEST_F(Text, ContradictionsAreNamed) {
  const auto error = [&](std::vector<std::string> words, int code) {
    const auto run = render(std::move(words));
    EXPECT_EQ(run.exit_code, code) << run.err;
    return run.err;
  };
  EXPECT_THAT(error({"--text", "a", golden_speech()}, 2), HasSubstr("contradict each other"));
  EXPECT_THAT(error({"--tts", "cat", golden_speech()}, 2), HasSubstr("are of text alone"));
  EXPECT_THAT(error({"--tts", "cat"}, 2), HasSubstr("are of text alone"));
  EXPECT_THAT(error({"--text", "a", "--tts", "no-such-program-here"}, 3), HasSubstr("cannot be run"));
  EXPECT_THAT(error({"--text-file", "no-such-file"}, 3),
              HasSubstr("--text-file no-such-file: cannot be read"));
  EXPECT_THAT(error({"--text", " "}, 2), HasSubstr("text: is empty"));
  EXPECT_THAT(error({}, 2), HasSubstr("--audio is missing"));
}

// Pipes, and what has no end: each is waited for as a pipe with sound is, and ended by the same signals.
TEST_F(Text, ComesFromAnyPipeAndIsNeverWaitedForInVain) {
  const std::string common = std::string("\"") + FRAMEGEN_PROGRAM + "\" render --avatar \"" +
                             mini_avatar().string() + "\" --no-cache --frames 3 --hash h.txt -y --tts \"" +
                             speaks(golden_speech()) + "\"";
  const auto shell = [&](const std::string& line) {
    return run_program({"sh", "-c", "cd \"" + folder_.path().string() + "\" && " + line});
  };
  const auto late = shell("mkfifo p; { sleep 0.5; echo Hello. >p; } & " + common + " --text-file p");
  EXPECT_EQ(late.exit_code, 0) << late.err;
  const auto ended = shell("timeout -s TERM 2 " + common + " --text-file p; echo $?");
  EXPECT_EQ(ended.out, "124\n") << ended.err;
  EXPECT_THAT(ended.err, HasSubstr("--text-file p: stopped as you asked"));
  const auto waiting = shell("sleep 9 | timeout -s TERM 2 " + common + " --text-file -; echo $?");
  EXPECT_EQ(waiting.out, "124\n") << waiting.err;
  EXPECT_THAT(waiting.err, HasSubstr("standard input: stopped as you asked"));
  const auto never = shell(common + " --text-file p");
  EXPECT_EQ(never.exit_code, 3);
  EXPECT_THAT(never.err, HasSubstr("--text-file p: is a pipe that nobody has written to for 10 s"));
  const auto endless = shell(common + " --text-file /dev/zero");
  EXPECT_EQ(endless.exit_code, 2);
  EXPECT_THAT(endless.err, HasSubstr("--text-file /dev/zero: is longer than a mebibyte"));
}

TEST_F(Text, AVoiceWithoutAnEndIsEnded) {
  const auto run = render({"--text", "a", "--tts", "cat /dev/zero"});
  EXPECT_EQ(run.exit_code, 3);
  EXPECT_THAT(run.err,
              HasSubstr("cat: is still sounding after 61 s, longer than anybody takes for such a text"));
}

TEST_F(Text, IsStreamedAtTheVoicesOwnRate) {
  const auto run =
      framegen({"stream", "--avatar", mini_avatar().string(), "--no-cache", "--text", "Hello.", "--tts",
                speaks(golden_speech()), "--preset", "ultrafast", "--to", (folder_ / "out.mkv").string()});
  EXPECT_EQ(run.exit_code, 0) << run.err;
  const auto streams =
      run_program({"ffprobe", "-v", "error", "-show_entries", "stream=codec_name,sample_rate", "-of",
                   "compact=p=0", (folder_ / "out.mkv").string()});
  EXPECT_THAT(streams.out, HasSubstr("codec_name=h264"));
  EXPECT_THAT(streams.out, HasSubstr("codec_name=aac|sample_rate=22050"));  // speech.wav's
  const auto failed = framegen({"stream", "--avatar", mini_avatar().string(), "--text", "Hello.", "--tts",
                                "false", "--to", (folder_ / "no.mkv").string()});
  EXPECT_EQ(failed.exit_code, 3);
  EXPECT_THAT(failed.err, HasSubstr("false: failed with exit code 1"));
}

}  // namespace
}  // namespace framegen::test
