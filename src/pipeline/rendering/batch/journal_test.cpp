// journal_test.cpp: what was written is found again, whatever a killed process left behind.
#include "pipeline/rendering/batch/journal.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>

#include "core/files.hpp"
#include "support/program.hpp"

namespace framegen {
namespace {

class JournalTest : public ::testing::Test {
 protected:
  test::TemporaryFolder folder_;
  void add(const std::string& file, bool fresh, const JournalEntry& entry) {
    auto journal = Journal::open(folder_ / file, fresh);
    ASSERT_TRUE(journal.ok());
    ASSERT_TRUE(journal->add(entry).ok());
  }
};

TEST_F(JournalTest, FindsEntriesOfAllJournalsInTheFolder) {
  add("a.jsonl", false, {"x.mp4", "in1", "out1", 7});
  add("b.jsonl", false, {"y \"q\".mp4", "in2", "out2", 8});
  add("a.jsonl", false, {"x.mp4", "in3", "out3", 9});
  const auto entries = read_journals(folder_.path());
  EXPECT_EQ(entries.size(), 3u);
  EXPECT_EQ(entries.count("x.mp4"), 2u);
  const auto y = entries.find("y \"q\".mp4");
  ASSERT_NE(y, entries.end());
  EXPECT_EQ(y->second.inputs, "in2");
  EXPECT_EQ(y->second.sha256, "out2");
  EXPECT_EQ(y->second.frames, 8);
}

TEST_F(JournalTest, PassesOverATornLineAndWritesTheNextOneAfterIt) {
  add("a.jsonl", false, {"x.mp4", "in", "out", 7});
  const std::string whole = *read_text_file(folder_ / "a.jsonl");
  for (std::size_t size = 1; size < whole.size(); ++size) {
    SCOPED_TRACE(size);
    ASSERT_TRUE(write_file(folder_ / "a.jsonl", whole + whole.substr(0, size)).ok());
    add("a.jsonl", false, {"z.mp4", "in", "out", 1});
    const auto entries = read_journals(folder_.path());
    EXPECT_EQ(entries.count("z.mp4"), 1u);
    EXPECT_GE(entries.count("x.mp4"), 1u);
  }
}

TEST_F(JournalTest, AFreshOneForgets) {
  add("a.jsonl", false, {"x.mp4", "in", "out", 7});
  add("a.jsonl", true, {"y.mp4", "in", "out", 7});
  EXPECT_EQ(read_journals(folder_.path()).count("x.mp4"), 0u);
}

TEST_F(JournalTest, IsReadHoweverLongItIs) {
  const std::string noise(std::size_t{1} << 20, 'x');
  {
    std::ofstream file(folder_ / "a.jsonl");
    for (int i = 0; i < 70; ++i) file << noise << '\n';  // more than a file that is read whole may have
  }
  add("a.jsonl", false, {"x.mp4", "in", "out", 7});
  EXPECT_EQ(read_journals(folder_.path()).count("x.mp4"), 1u);
}

TEST_F(JournalTest, IsWrittenThroughNoLinkAndIntoNoPipe) {
  ASSERT_TRUE(write_file(folder_ / "victim", "precious").ok());
  std::filesystem::create_symlink(folder_ / "victim", folder_ / "a.jsonl");
  ASSERT_EQ(::mkfifo((folder_ / "b.jsonl").c_str(), 0600), 0);
  for (const char* name : {"a.jsonl", "b.jsonl"})
    for (const bool fresh : {true, false})
      EXPECT_EQ(Journal::open(folder_ / name, fresh).error().code, ErrorCode::kBadOutput) << name;
  EXPECT_EQ(*read_text_file(folder_ / "victim"), "precious");
  EXPECT_TRUE(read_journals(folder_.path()).empty());  // and does not wait for the pipe
}

TEST_F(JournalTest, OfAFolderThatIsNotThereIsEmptyAndCannotBeWritten) {
  EXPECT_TRUE(read_journals(folder_ / "none").empty());
  EXPECT_EQ(Journal::open(folder_ / "none" / "a.jsonl", true).error().code, ErrorCode::kBadOutput);
}

}  // namespace
}  // namespace framegen
