#include "voice.hpp"

#include <gmock/gmock.h>
#include <signal.h>

#include <chrono>
#include <cstdlib>
#include <thread>

#include "support/program.hpp"
#include "voices_heard.hpp"

namespace framegen::voice {
namespace {

using ::testing::HasSubstr;
using namespace std::chrono_literals;

Result<Heard> heard_from(const std::string& tts, const std::string& text, const std::string& voice = "") {
  Heard heard;
  const auto speaker = FRAMEGEN_TRY(open_voice({.tts = tts, .voice = "", .model = "", .raw_rate_hz = 0}));
  FRAMEGEN_TRY(speaker->say(text, voice, heard.listener(), kNever));
  return heard;
}

class CommandVoice : public ::testing::Test {
 protected:
  CommandVoice() { std::ofstream(folder_ / "a.wav", std::ios::binary) << wav_of(samples_); }
  std::string file(const std::string& name) { return (folder_ / name).string(); }
  // A shell that is asked for by name.
  std::string shell(const std::string& script) {
    return "sh -c '" + script + "' sh " + folder_.path().string();
  }

  test::TemporaryFolder folder_;
  std::vector<std::int16_t> samples_ = some_samples(30000);
};

TEST_F(CommandVoice, GetsTheTextAndGivesWavOrSamples) {
  const std::string text = "It's $(touch " + file("x") + ") \"said\"; as it is.";
  const auto wav = heard_from(shell("cat > $1/said; cat $1/a.wav"), text);
  ASSERT_TRUE(wav.ok()) << wav.error().message();
  EXPECT_EQ(wav->samples, samples_);
  EXPECT_EQ(wav->rate_hz, 24000);
  EXPECT_EQ(contents(file("said")), text + "\n");
  EXPECT_THAT(folder_.entries(), ::testing::ElementsAre("a.wav", "said"));
  const auto raw = heard_from(shell("tail -c +45 $1/a.wav"), "a");
  ASSERT_TRUE(raw.ok());
  EXPECT_EQ(raw->samples, samples_);
  EXPECT_EQ(raw->rate_hz, 22050);
}

TEST_F(CommandVoice, NoShellSeesItsWords) {
  const auto heard = heard_from("cat " + file("a.wav") + " ; touch " + file("x"), "a");
  EXPECT_THAT(heard.error().message(), HasSubstr("cat: failed with exit code 1"));
  EXPECT_THAT(folder_.entries(), ::testing::ElementsAre("a.wav"));
}

TEST_F(CommandVoice, SaysWhoseFaultItIs) {
  EXPECT_THAT(heard_from("no-such-program-here", "a").error().message(),
              HasSubstr("cannot be run: No such file"));
  EXPECT_THAT(heard_from(shell("echo one >&2; echo no model >&2; exit 3"), "a").error().message(),
              HasSubstr("sh: failed with exit code 3: no model; "));
  EXPECT_THAT(heard_from("true", "a").error().message(), HasSubstr("true: gave no sound"));
  EXPECT_EQ(heard_from("true", "a").error().code, ErrorCode::kBadInput);
  EXPECT_EQ(heard_from("true", "a", "anna").error().code, ErrorCode::kBadUse);
  EXPECT_EQ(heard_from("true", " \n").error().code, ErrorCode::kBadUse);
  EXPECT_EQ(heard_from("true", std::string("a\0b", 3)).error().code, ErrorCode::kBadUse);
  EXPECT_EQ(heard_from("true", std::string(kLongestText + 1, 'a')).error().code, ErrorCode::kBadUse);
}

// What it gives is heard while it still speaks: the rest comes only when the first half was heard.
TEST_F(CommandVoice, IsHeardWhileItSpeaks) {
  const auto speaker = *open_voice(
      {.tts = shell(
           "head -c 30044 $1/a.wav; while [ ! -e $1/heard ]; do sleep 0.01; done; tail -c +30045 $1/a.wav"),
       .voice = "",
       .model = "",
       .raw_rate_hz = 0});
  Heard heard;
  const Listener keep = heard.listener();
  const Listener listener = [&](int rate, std::span<const std::int16_t> more) -> Status {
    FRAMEGEN_TRY(keep(rate, more));
    if (heard.samples.size() == 15000) std::ofstream(file("heard")) << "yes";
    return Status();
  };
  ASSERT_TRUE(speaker->say("a", "", listener, kNever).ok());
  EXPECT_EQ(heard.samples, samples_);
}

// As the process table shows it: 'Z' has ended, and nobody has asked about it yet.
bool runs(const std::string& pid) {
  const std::string stat = contents("/proc/" + pid + "/stat");
  const std::size_t name = stat.rfind(')');
  return name != std::string::npos && stat[name + 2] != 'Z';
}

TEST_F(CommandVoice, EndsWithAllThatItHasStartedWhenNobodyListens) {
  const auto speaker = *open_voice({.tts = shell("sleep 600 & echo $! > $1/pid; cat $1/a.wav; wait"),
                                    .voice = "",
                                    .model = "",
                                    .raw_rate_hz = 0});
  std::atomic<bool> stop{false};
  Heard heard;
  const Listener keep = heard.listener();
  const Listener listener = [&](int rate, std::span<const std::int16_t> more) -> Status {
    stop = true;
    return keep(rate, more);
  };
  EXPECT_EQ(speaker->say("a", "", listener, stop).error().code, ErrorCode::kCancelled);
  const std::string pid = contents(file("pid"));
  ASSERT_FALSE(pid.empty());
  for (int i = 0; i < 500 && runs(pid.substr(0, pid.size() - 1)); ++i) std::this_thread::sleep_for(10ms);
  EXPECT_FALSE(runs(pid.substr(0, pid.size() - 1)));
}

TEST_F(CommandVoice, TheListenersErrorIsTheSpeechs) {
  const auto speaker =
      *open_voice({.tts = "cat " + file("a.wav"), .voice = "", .model = "", .raw_rate_hz = 0});
  const Listener full = [](int, std::span<const std::int16_t>) {
    return Status(Error{ErrorCode::kBadOutput, "it", "is full", ""});
  };
  EXPECT_EQ(speaker->say("a", "", full, kNever).error().code, ErrorCode::kBadOutput);
}

TEST(OpenVoice, RefusesWhatContradictsItself) {
  const auto code = [](const VoiceOptions& options) {
    const auto voice = open_voice(options);
    return voice ? 0 : static_cast<int>(voice.error().code);
  };
  EXPECT_EQ(code({.tts = "cat", .voice = "anna", .model = "", .raw_rate_hz = 0}), 2);
  EXPECT_EQ(code({.tts = "cat", .voice = "", .model = "m", .raw_rate_hz = 0}), 2);
  EXPECT_EQ(code({.tts = "cat", .voice = "", .model = "", .raw_rate_hz = 100}), 2);
  EXPECT_EQ(code({.tts = "ftp://a/b", .voice = "", .model = "", .raw_rate_hz = 0}), 2);
  EXPECT_EQ(code({.tts = "", .voice = "-w/tmp/x", .model = "", .raw_rate_hz = 0}), 2);
  EXPECT_EQ(code({.tts = "", .voice = "en-us+f3", .model = "", .raw_rate_hz = 0}), 0);
}

TEST(Espeak, SpeaksAndKnowsItsVoices) {
  if (!espeak_is_there()) GTEST_SKIP() << "there is no espeak-ng";
  const auto heard = heard_from("", "-w/tmp/no One two three.");
  ASSERT_TRUE(heard.ok()) << heard.error().message();
  EXPECT_GT(heard->samples.size(), 22050U);
  EXPECT_NE(heard->samples, heard_from("", "One two three.", "de")->samples);
  EXPECT_THAT(heard_from("", "a", "xx-nobody").error().message(),
              HasSubstr("voice \"xx-nobody\": is none that espeak-ng has"));
  EXPECT_EQ(heard_from("", "a", "xx-nobody").error().code, ErrorCode::kBadUse);
}

}  // namespace
}  // namespace framegen::voice
