// calibrate_test.cpp: an avatar is made ready for bytes, and speaks in them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "core/files.hpp"
#include "mini_avatar.hpp"

namespace framegen::test {
namespace {

using ::testing::AllOf;
using ::testing::AnyOf;
using ::testing::HasSubstr;
using ::testing::StartsWith;

class Calibrate : public ::testing::Test {
 protected:
  ProgramRun render(const std::string& precision, const std::vector<std::string>& more) {
    std::vector<std::string> words{"render",        "--avatar",          avatar_.string(), "--audio",
                                   golden_speech(), "--precision",       precision,        "--no-cache",
                                   "--hash",        folder_ / "hash.txt"};
    words.insert(words.end(), more.begin(), more.end());
    return framegen(words);
  }
  TemporaryFolder folder_;
  std::filesystem::path avatar_ = copy_of_mini_avatar(folder_);
};

TEST_F(Calibrate, IsAskedForWhereItIsMissing) {
  const auto run = render("int8", {"--backend", "native"});
  if (run.exit_code == 0) GTEST_SKIP() << "this CPU has no instructions for bytes: it needs no calibration";
  EXPECT_EQ(run.exit_code, 4);
  EXPECT_THAT(run.err, HasSubstr("calibration.json: is not there"));
  EXPECT_THAT(run.err, HasSubstr("run framegen calibrate"));
}

TEST_F(Calibrate, LetsTheAvatarSpeakInBytes) {
  const auto run =
      framegen({"calibrate", "--avatar", avatar_.string(), "--audio", golden_speech(), "--faces", "6"});
  ASSERT_EQ(run.exit_code, 0) << run.err;
  EXPECT_THAT(run.out, AllOf(HasSubstr("likeness to fp32 (SSIM of 6 faces): bf16 0.9"),
                             HasSubstr("--precision auto takes here ")));
  const auto rendered = render("int8", {"--report", folder_ / "report.json"});
  ASSERT_EQ(rendered.exit_code, 0) << rendered.err;
  const auto report = nlohmann::json::parse(*read_text_file(folder_ / "report.json"));
  EXPECT_THAT(report["backend"]["name"].get<std::string>(),
              AnyOf(StartsWith("native-int8/"), StartsWith("native-bf16/"), StartsWith("native/")));
  EXPECT_EQ(report["options"]["precision"], "int8");
}

TEST_F(Calibrate, TellsWhatAutoChooses) {
  const auto unknown = render("auto", {"--report", folder_ / "report.json"});
  ASSERT_EQ(unknown.exit_code, 0) << unknown.err;
  EXPECT_THAT(unknown.err, HasSubstr("framegen: mini speaks in fp32"));
  const auto report = nlohmann::json::parse(*read_text_file(folder_ / "report.json"));
  EXPECT_EQ(report["options"]["precision"], "auto");
  EXPECT_EQ(report["backend"]["precision"], "fp32");
  EXPECT_THAT(report["backend"]["precision_why"].get<std::string>(), StartsWith("fp32"));
  EXPECT_THAT(render("auto", {"-q", "-y"}).err, ::testing::IsEmpty());
  for (const auto& [command, precision] :
       {std::pair("serve", "auto"), std::pair("stream", "auto"), std::pair("render", "fp32")}) {
    SCOPED_TRACE(command);
    // CLI11 of Debian 12, of Debian 13.
    const std::string words = "{auto,fp32,bf16,int8,fp16}";
    EXPECT_THAT(
        framegen({command, "--help"}).out,
        ::testing::AnyOf(HasSubstr(words + "=" + precision), HasSubstr(words + " [" + precision + "]")));
  }
}

TEST_F(Calibrate, WritesNothingWhereTheSpeechIsNone) {
  std::ofstream(folder_ / "text.wav") << "no sound";
  const auto run = framegen({"calibrate", "--avatar", avatar_.string(), "--audio", folder_ / "text.wav"});
  EXPECT_EQ(run.exit_code, 3);
  EXPECT_THAT(run.err, HasSubstr("text.wav"));
  EXPECT_FALSE(std::filesystem::exists(avatar_ / "calibration.json"));
}

}  // namespace
}  // namespace framegen::test
