#include "sandbox/records.hpp"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <csignal>

namespace framegen::sandbox {
namespace {

using ::testing::HasSubstr;
using namespace std::chrono_literals;

struct Ends {
  std::array<int, 2> fd{-1, -1};
  Ends() { EXPECT_EQ(::pipe(fd.data()), 0); }
  ~Ends() { hang_up(); }
  void hang_up() {
    if (fd[1] >= 0) ::close(fd[1]);
    fd[1] = -1;
  }
  RecordWriter writer() const { return RecordWriter(fd[1]); }
  RecordReader reader(std::size_t most = 1000, std::chrono::milliseconds patience = 5s) const {
    return {fd[0], most, patience};
  }
};

TEST(Records, ComeAsTheyWereGiven) {
  Ends ends;
  RecordReader reader = ends.reader();
  ends.writer().data(BytesOut().number(std::int32_t{-7}).number(0.25).text("Zürich"));
  ends.writer().warning("half of it is missing");
  ends.writer().end();
  std::string warned;
  const Log log = [&](LogLevel, std::string_view text) { warned = text; };
  const auto first = next_data(reader, "a.wav", log);
  ASSERT_TRUE(first.ok() && first->has_value());
  BytesIn in((*first)->bytes);
  EXPECT_EQ(in.number<std::int32_t>(), -7);
  EXPECT_EQ(in.number<double>(), 0.25);
  EXPECT_EQ(in.text(), "Zürich");
  EXPECT_EQ(in.number<std::uint8_t>(), std::nullopt);
  const auto last = next_data(reader, "a.wav", log);
  ASSERT_TRUE(last.ok());
  EXPECT_FALSE(last->has_value());
  EXPECT_EQ(warned, "half of it is missing");
}

TEST(Records, AnErrorIsWhatItWas) {
  Ends ends;
  RecordReader reader = ends.reader();
  ends.writer().error({ErrorCode::kBadInput, "a.wav", "is no sound", "give sound"});
  const auto error = next_data(reader, "a.wav");
  ASSERT_FALSE(error.ok());
  EXPECT_EQ(error.error().code, ErrorCode::kBadInput);
  EXPECT_EQ(error.error().message(), "a.wav: is no sound; give sound");
}

// A child that was taken over says what it likes: it is short and plain, and no fault of an output or avatar.
TEST(Records, WhatAChildSaysIsMadePlain) {
  Ends ends;
  RecordReader reader = ends.reader(1 << 20);
  ends.writer().error({ErrorCode::kBadInput, "", "\x1b[2J" + std::string(5000, 'x') + "\n", ""});
  const auto error = next_data(reader, "a.wav");
  ASSERT_FALSE(error.ok());
  EXPECT_THAT(error.error().message(), HasSubstr("a.wav:  [2Jxxx"));
  EXPECT_LT(error.error().message().size(), 1100U);
  ends.writer().error({ErrorCode::kBadOutput, "out.mp4", "cannot be written", "buy a disk"});
  EXPECT_THAT(next_data(reader, "a.wav").error().message(), HasSubstr("say what no decoder says"));
}

TEST(Records, NonsenseSilenceAndAnEarlyEndAreErrors) {
  const auto message = [](const std::string& bytes, std::chrono::milliseconds patience, bool over) {
    Ends ends;
    RecordReader reader = ends.reader(1000, patience);
    EXPECT_EQ(::write(ends.fd[1], bytes.data(), bytes.size()), static_cast<ssize_t>(bytes.size()));
    if (over) ends.hang_up();
    const auto record = next_data(reader, "a.wav");
    return record.ok() ? "" : record.error().message();
  };
  EXPECT_THAT(message(std::string("\1\0\0\0\xff\xff\xff\xff", 8), 5s, true),
              HasSubstr("what no decoder says"));
  EXPECT_THAT(message(std::string("\1\0\0\0\4\0\0\0ab", 10), 5s, true), HasSubstr("a.wav: broke off"));
  EXPECT_THAT(message("", 5s, true), HasSubstr("a.wav: broke off"));
  EXPECT_THAT(message("ab", 50ms, false), HasSubstr("has said nothing for 0 s"));
  EXPECT_THAT(message(std::string("\x63\0\0\0\0\0\0\0", 8), 5s, true), HasSubstr("what no decoder says"));
  EXPECT_THAT(message(std::string("\6\0\0\0\4\0\0\0\x0b\0\0\0", 12), 5s, true), HasSubstr("(signal 11)"));
  EXPECT_THAT(message(std::string("\6\0\0\0\4\0\0\0", 8) + static_cast<char>(SIGSYS) + std::string(3, '\0'),
                      5s, true),
              HasSubstr("may not have (a system call whose name it hid)"));
}

}  // namespace
}  // namespace framegen::sandbox
