// partial_test.cpp: nobody's file is written through a link, nobody's living output is swept, every leftover
// is.
#include "core/partial.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>

#include "core/files.hpp"
#include "support/program.hpp"

namespace framegen {
namespace {

namespace fs = std::filesystem;

void touch(const fs::path& path) { std::ofstream(path) << "left"; }

TEST(Partial, TwoOfOneNameAreTwoFiles) {
  const test::TemporaryFolder folder;
  auto one = PartialFile::beside(folder / "a.mp4"), two = PartialFile::beside(folder / "a.mp4");
  ASSERT_TRUE(one.ok() && two.ok());
  EXPECT_NE(one->path(), two->path());
  ASSERT_TRUE(one->write(std::vector<std::uint8_t>(10, 1)).ok());
  ASSERT_TRUE(two->write(std::vector<std::uint8_t>(20, 2)).ok());
  ASSERT_TRUE(one->commit().ok());
  EXPECT_EQ(fs::file_size(folder / "a.mp4"), 10u);
  ASSERT_TRUE(two->commit().ok());
  EXPECT_EQ(folder.entries(), std::vector<std::string>{"a.mp4"});
}

// In two containers two processes have the same id. A child that was forked has the same serial numbers.
TEST(Partial, TwoProcessesNeverShareAName) {
  const test::TemporaryFolder folder;
  int ends[2], over[2];
  ASSERT_EQ(::pipe(ends), 0);
  ASSERT_EQ(::pipe(over), 0);
  const pid_t child = ::fork();
  auto mine = PartialFile::beside(folder / "a.mp4");
  if (child == 0) {
    ::close(over[1]);
    const std::string name = mine ? mine->path().filename().string() : "";
    const bool told = ::write(ends[1], name.data(), name.size()) == static_cast<ssize_t>(name.size());
    char nothing;  // ours is made while it lives, or it would sweep the child's away
    while (::read(over[0], &nothing, 1) < 0) {
    }
    ::_exit(told ? 0 : 1);  // as killed: it is left
  }
  ::close(over[0]);
  char theirs[256] = {};
  ASSERT_GT(::read(ends[0], theirs, sizeof theirs - 1), 0);
  ::close(over[1]);
  ::waitpid(child, nullptr, 0);
  ASSERT_TRUE(mine.ok());
  const auto without_pid = [](std::string name) { return name.substr(name.rfind('-') - 1); };
  EXPECT_NE(without_pid(mine->path().filename().string()), without_pid(theirs));
  EXPECT_TRUE(fs::exists(folder / theirs));
  sweep_partials(folder.path());
  EXPECT_FALSE(fs::exists(folder / theirs));
  EXPECT_TRUE(fs::exists(mine->path()));
}

TEST(Partial, WritesThroughNoLink) {
  const test::TemporaryFolder folder;
  touch(folder / "victim");
  // The names of earlier versions could be known before.
  for (int i = 0; i < 64; ++i)
    fs::create_symlink(folder / "victim", folder / (".a.partial-" + std::to_string(::getpid()) + "-" +
                                                    std::to_string(i) + ".mp4"));
  auto partial = PartialFile::beside(folder / "a.mp4");
  ASSERT_TRUE(partial.ok());
  EXPECT_FALSE(fs::is_symlink(partial->path()));
  ASSERT_TRUE(partial->write(std::vector<std::uint8_t>(100, 1)).ok());
  ASSERT_TRUE(partial->commit().ok());
  EXPECT_EQ(*read_text_file(folder / "victim"), "left");
}

TEST(Partial, WhatAKilledProcessLeftIsSweptByTheNext) {
  const test::TemporaryFolder folder;
  touch(folder / ".a.partial-1-0.mp4");
  touch(folder / ".other.partial-0123456789abcdef.mp4");
  fs::create_directory(folder / ".frames.partial-00112233445566ff");
  touch(folder / ".frames.partial-00112233445566ff/000000.png");
  const std::vector<std::string> others = {".a.partial-", ".a.partial-mine.mp4", "a.partial-1-0.mp4",
                                           "b.mp4"};
  for (const std::string& name : others) touch(folder / name);
  const int reader = ::mkfifo((folder / ".p.partial-1-1").c_str(), 0600);
  EXPECT_EQ(reader, 0);
  { ASSERT_TRUE(PartialFile::beside(folder / "c.mp4").ok()); }
  std::vector<std::string> left = others;
  left.insert(left.begin() + 2, ".p.partial-1-1");
  EXPECT_EQ(folder.entries(), left);
}

TEST(Partial, AFolderInUseIsNotSwept) {
  const test::TemporaryFolder folder;
  auto used = PartialFolder::beside(folder / "frames");
  ASSERT_TRUE(used.ok());
  touch(used->path() / "000000.png");
  sweep_partials(folder.path());
  EXPECT_TRUE(fs::exists(used->path() / "000000.png"));
  { const PartialFolder gone = *std::move(used); }
  EXPECT_TRUE(folder.entries().empty());
}

TEST(Partial, APipeIsToldFromAFileWithoutWaiting) {
  const test::TemporaryFolder folder;
  ASSERT_EQ(::mkfifo((folder / "pipe").c_str(), 0600), 0);
  EXPECT_EQ(read_file(folder / "pipe").error().code, ErrorCode::kBadInput);
  EXPECT_EQ(file_sha256(folder / "pipe").error().code, ErrorCode::kBadInput);
  EXPECT_EQ(read_first_bytes(folder / "pipe", 1).error().code, ErrorCode::kBadInput);
}

}  // namespace
}  // namespace framegen
