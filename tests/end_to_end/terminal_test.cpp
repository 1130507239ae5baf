// terminal_test.cpp: what somebody at a terminal is asked and shown, and nobody else.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "core/files.hpp"
#include "mini_avatar.hpp"

namespace framegen::test {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

class Terminal : public ::testing::Test {
 protected:
  TemporaryFolder folder_;

  void SetUp() override {
    if (run_program({"script", "-qec", "true", "/dev/null"}).exit_code != 0)
      GTEST_SKIP() << "there is no script(1) of util-linux, which is a terminal";
  }
  // A render of three frames into old.mp4, at a terminal where `typed` is typed.
  ProgramRun render(const std::string& typed, const std::string& words = "") {
    const std::string line = std::string(FRAMEGEN_PROGRAM) + " render --no-cache --avatar " +
                             mini_avatar().string() + " --frames 3 -o " + file("old.mp4") + " " + words +
                             " " + golden_speech();
    return run_program(
        {"sh", "-c",
         "{ sleep 0.2; printf '%s' '" + typed + "'; sleep 1; } | script -qec '" + line + "' /dev/null"});
  }
  std::string file(const std::string& name) const { return (folder_ / name).string(); }
};

TEST_F(Terminal, WhoIsAskedDecides) {
  std::ofstream(file("old.mp4")) << "precious";
  for (const std::string no : {"n\n", "\n", "what\n"}) {
    const auto kept = render(no);
    EXPECT_EQ(kept.exit_code, 5) << kept.out;
    EXPECT_THAT(kept.out,
                AllOf(HasSubstr("old.mp4 exists. Replace it? [y/N]"), HasSubstr("was not replaced")));
  }
  const auto unasked = render("y\n", "-n");
  EXPECT_EQ(unasked.exit_code, 5);
  EXPECT_THAT(unasked.out, Not(HasSubstr("[y/N]")));
  EXPECT_EQ(*read_text_file(file("old.mp4")), "precious");
  const auto replaced = render("y\n");
  EXPECT_EQ(replaced.exit_code, 0) << replaced.out;
  EXPECT_GT(std::filesystem::file_size(file("old.mp4")), 1000u);
}

TEST_F(Terminal, ManyAreNamedAndAskedForAtOnce) {
  for (const char* name : {"old.mp4", "a.txt", "b.json", "c.bgr"}) std::ofstream(file(name)) << "precious";
  const std::string words =
      "--hash " + file("a.txt") + " --report " + file("b.json") + " --raw " + file("c.bgr");
  const auto kept = render("n\n", words);
  EXPECT_EQ(kept.exit_code, 5);
  EXPECT_THAT(kept.out,
              AllOf(HasSubstr(" and 1 more exist. Replace them? [y/N]"), HasSubstr("-y to replace them")));
  for (const char* name : {"old.mp4", "a.txt", "b.json", "c.bgr"})
    EXPECT_EQ(*read_text_file(file(name)), "precious");
}

TEST_F(Terminal, ProgressIsABarAndGoneInTheEnd) {
  const auto run = render("");
  ASSERT_EQ(run.exit_code, 0) << run.out;
  EXPECT_THAT(run.out, AllOf(HasSubstr("opening the avatar …"), HasSubstr("/3 frames  "), HasSubstr(" left"),
                             HasSubstr("3 frames in "), HasSubstr("× real time")));
  EXPECT_GT(run.out.rfind("3 frames in "), run.out.rfind("\r\x1b[K"));
  const auto quiet = render("", "-q -y");
  EXPECT_EQ(quiet.exit_code, 0);
  EXPECT_EQ(quiet.out, "");
}

}  // namespace
}  // namespace framegen::test
