// sandbox_test.cpp: the program with and without its sandbox.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "core/files.hpp"
#include "mini_avatar.hpp"

namespace framegen::test {
namespace {

using ::testing::HasSubstr;

class SandboxRender : public ::testing::Test {
 protected:
  ProgramRun render(std::vector<std::string> words) {
    const std::vector<std::string> common{"render",     "--avatar",      mini_avatar().string(),
                                          "--no-cache", golden_speech(), "-y"};
    words.insert(words.begin(), common.begin(), common.end());
    return framegen(std::move(words));
  }
  std::string file(const std::string& name) { return (folder_ / name).string(); }
  TemporaryFolder folder_;
};

TEST_F(SandboxRender, MakesTheSameVideoWithoutAndWithIt) {
  const auto with = render({"-o", file("with.mp4"), "--report", file("with.json")});
  ASSERT_EQ(with.exit_code, 0) << with.err;
  const auto without = render({"-o", file("without.mp4"), "--report", file("without.json"), "--no-sandbox"});
  ASSERT_EQ(without.exit_code, 0) << without.err;
  EXPECT_EQ(*read_text_file(file("with.mp4")), *read_text_file(file("without.mp4")));
  const auto word = [&](const std::string& name) {
    return nlohmann::json::parse(*read_text_file(file(name)))["options"]["sandbox"].get<std::string>();
  };
  EXPECT_EQ(word("without.json"), "none");
  EXPECT_NE(word("with.json"), "none");
}

// The batch goes on behind a file that no decoder can read, and names it.
TEST_F(SandboxRender, ABatchGoesOnBehindABadFile) {
  std::ofstream(file("bad.wav")) << "RIFF but nothing of a WAV";
  const auto run = framegen({"batch", file("bad.wav"), golden_speech(), "-o", file("out"), "--avatar",
                             mini_avatar().string(), "--no-cache"});
  EXPECT_EQ(run.exit_code, 1);
  EXPECT_THAT(run.err, HasSubstr("bad.wav"));
  EXPECT_TRUE(std::filesystem::exists(folder_ / "out/speech.mp4"));
}

}  // namespace
}  // namespace framegen::test
