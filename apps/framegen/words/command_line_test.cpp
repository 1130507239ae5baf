#include "words/command_line.hpp"

#include <gtest/gtest.h>

namespace framegen::app {
namespace {

std::string what_of(const std::string& thrown) {
  const CLI::App program("speech to video", "framegen");
  return parse_error(program, CLI::ValidationError(thrown)).what;
}

// As Debian 12's CLI11 2.1 says it, and 2.4 of Debian 13.
TEST(ParseError, SaysARangeAlikeForEveryRelease) {
  EXPECT_EQ(what_of("--threads: Value -3 not in range 0 to 1024"), "--threads -3 is not in 0 … 1024");
  EXPECT_EQ(what_of("--threads: Value -3 not in range [0 - 1024]"), "--threads -3 is not in 0 … 1024");
}

TEST(ParseError, SaysWhichWordsThereAre) {
  EXPECT_EQ(what_of("--format: gif not in {mp4,mkv}"), "--format gif is none of mp4,mkv");
}

}  // namespace
}  // namespace framegen::app
