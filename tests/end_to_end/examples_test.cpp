// examples_test.cpp: the programs under examples/ do what they say.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "mini_avatar.hpp"

namespace framegen::test {
namespace {

using ::testing::HasSubstr;

// One second of silence has 24 pictures (docs/reference.md §3).
class LiveExample : public ::testing::TestWithParam<const char*> {};
INSTANTIATE_TEST_SUITE_P(Languages, LiveExample,
                         ::testing::Values(FRAMEGEN_EXAMPLE_LIVE, FRAMEGEN_EXAMPLE_LIVE_C),
                         [](const auto& example) { return std::string(example.index == 0 ? "Cpp" : "C"); });

TEST_P(LiveExample, SpeaksASecond) {
  const TemporaryFolder folder;
  std::ofstream(folder / "second.s16", std::ios::binary) << std::string(2 * 16000, '\0');
  const auto run = run_program({GetParam(), mini_avatar().string(), (folder / "second.s16").string()});
  EXPECT_EQ(run.exit_code, 0) << run.err;
  EXPECT_EQ(run.out, "24 pictures spoke 1000 ms\n");
}

TEST_P(LiveExample, SaysWhatIsWrong) {
  const TemporaryFolder folder;
  std::ofstream(folder / "none.s16");
  const auto run = run_program({GetParam(), "there/is/none", (folder / "none.s16").string()});
  EXPECT_EQ(run.exit_code, 4);
  EXPECT_THAT(run.err, HasSubstr("there/is/none"));
}

}  // namespace
}  // namespace framegen::test
