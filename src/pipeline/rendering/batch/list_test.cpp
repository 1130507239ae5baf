// list_test.cpp: job lists in both forms; wrong lines keep their number, wrong lists are refused.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/files.hpp"
#include "framegen/batch.hpp"
#include "support/program.hpp"

namespace framegen {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

class BatchListTest : public ::testing::Test {
 protected:
  test::TemporaryFolder folder_;

  Result<BatchList> read(const std::string& name, const std::string& text, BatchListOptions options = {}) {
    EXPECT_TRUE(write_file(folder_ / name, text).ok());
    if (options.default_avatar.empty()) options.default_avatar = "ava";
    return read_batch_list(folder_ / name, options);
  }
  // The one wrong line's message.
  std::string complaint(const std::string& line) {
    const auto list = read("jobs.jsonl", line + "\n");
    EXPECT_TRUE(list.ok());
    if (!list || list->bad_lines.size() != 1) return "no complaint";
    EXPECT_TRUE(list->jobs.empty());
    EXPECT_EQ(list->bad_lines[0].error.code, ErrorCode::kBadInput);
    return list->bad_lines[0].message();
  }
};

TEST_F(BatchListTest, ReadsEveryKeyOfAJsonLine) {
  const auto list =
      read("jobs.jsonl", R"({"audio":"in/a.wav","avatar":"anna","output":"x/b.mp4","hash":"b.txt",)"
                         R"("range":"10:20","start_frame":3,"crf":0,"preset":"fast","mark":false})");
  ASSERT_TRUE(list.ok()) << list.error().message();
  ASSERT_EQ(list->jobs.size(), 1u);
  const BatchJob& job = list->jobs[0];
  EXPECT_EQ(job.line, 1);
  EXPECT_EQ(job.avatar, folder_ / "anna");
  EXPECT_EQ(job.render.audio, folder_ / "in/a.wav");
  EXPECT_EQ(job.render.video, "x/b.mp4");
  EXPECT_EQ(job.render.hash, "b.txt");
  EXPECT_EQ(job.render.first_frame, 10);
  EXPECT_EQ(job.render.end_frame, 20);
  EXPECT_EQ(job.render.start_frame, 3);
  EXPECT_EQ(job.render.crf, 0);
  EXPECT_EQ(job.render.preset, "fast");
  EXPECT_FALSE(job.render.mark);
}

TEST_F(BatchListTest, TakesTheOptionsWhereALineNamesNone) {
  const auto list = read("jobs.jsonl", "{\"audio\":\"a.wav\"}\n{\"audio\":\"b.wav\",\"crf\":9}\n",
                         {.default_avatar = "ava", .crf = 1, .preset = "slow"});
  ASSERT_TRUE(list.ok());
  EXPECT_EQ(list->jobs[0].render.crf, 1);
  EXPECT_EQ(list->jobs[0].render.preset, "slow");
  EXPECT_EQ(list->jobs[1].render.crf, 9);
}

TEST_F(BatchListTest, ReadsACsvWithQuotesByteOrderMarkAndCarriageReturns) {
  const auto list = read("jobs.csv",
                         "\xEF\xBB\xBF"
                         "audio,output,crf\r\n\"a, \"\"b\"\".wav\",,\r\n\r\nc.wav,d.mp4,7\r\n");
  ASSERT_TRUE(list.ok()) << list.error().message();
  ASSERT_EQ(list->jobs.size(), 2u);
  EXPECT_EQ(list->jobs[0].render.audio, folder_ / "a, \"b\".wav");
  EXPECT_EQ(list->jobs[0].render.video, "a, \"b\".mp4");
  EXPECT_EQ(list->jobs[0].render.crf, 20);
  EXPECT_EQ(list->jobs[1].line, 4);
  EXPECT_EQ(list->jobs[1].render.crf, 7);
}

TEST_F(BatchListTest, KeepsGoodLinesAndNumbersTheBadOnes) {
  const auto list =
      read("jobs.jsonl", "{\"audio\":\"a.wav\"}\nnonsense\n\n[1]\n{\"audio\":\"b.wav\"}\n{\"audio\":1.5}");
  ASSERT_TRUE(list.ok()) << list.error().message();
  EXPECT_EQ(list->jobs.size(), 2u);
  std::vector<std::int64_t> numbers;
  for (const BatchFailure& failure : list->bad_lines) numbers.push_back(failure.line);
  EXPECT_THAT(numbers, ElementsAre(2, 4, 6));
}

TEST_F(BatchListTest, SaysWhatIsWrongWithALine) {
  EXPECT_THAT(complaint(R"({"audio":"a.wav","crff":3})"), AllOf(HasSubstr("line 1: "), HasSubstr("crff")));
  EXPECT_THAT(complaint(R"({"output":"a.mp4"})"), HasSubstr("names no audio"));
  EXPECT_THAT(complaint(R"({"audio":"a.wav","crf":52})"), HasSubstr("crf \"52\""));
  EXPECT_THAT(complaint(R"({"audio":"a.wav","start_frame":"1x"})"), HasSubstr("start_frame \"1x\""));
  EXPECT_THAT(complaint(R"({"audio":"a.wav","range":"9:3"})"), HasSubstr("range 9:3"));
  EXPECT_THAT(complaint(R"({"audio":"a.wav","mark":"no"})"), HasSubstr("neither true nor false"));
}

TEST_F(BatchListTest, LetsNoOutputLeaveTheFolder) {
  for (const char* path : {"../a.mp4", "/tmp/a.mp4", "x/../../a.mp4", "x/", "."}) {
    SCOPED_TRACE(path);
    EXPECT_THAT(complaint(std::string(R"({"audio":"a.wav","output":")") + path + "\"}"),
                HasSubstr("does not lie inside"));
  }
}

TEST_F(BatchListTest, RefusesTwoJobsThatWriteOneOutput) {
  const auto list = read("jobs.jsonl",
                         "{\"audio\":\"a.wav\"}\n{\"audio\":\"b.wav\"}\n"
                         "{\"audio\":\"c.wav\",\"output\":\"x/../a.mp4\"}\n");
  ASSERT_FALSE(list.ok());
  EXPECT_EQ(list.error().code, ErrorCode::kBadUse);
  EXPECT_THAT(list.error().message(), HasSubstr("lines 1 and 3 both write a.mp4"));
}

TEST_F(BatchListTest, RefusesThemInDifferentShardsToo) {
  const auto list = read("jobs.jsonl", "{\"audio\":\"a.wav\"}\n{\"audio\":\"d/a.wav\"}\n",
                         {.default_avatar = "ava", .shard = 0, .shards = 2});
  EXPECT_FALSE(list.ok());
}

TEST_F(BatchListTest, ShardsAreAllOfTheListAndNothingTwice) {
  std::string text;
  for (int i = 0; i < 11; ++i) text += "{\"audio\":\"" + std::to_string(i) + ".wav\"}\n";
  std::vector<std::int64_t> lines;
  for (int shard = 0; shard < 3; ++shard) {
    const auto list = read("jobs.jsonl", text, {.default_avatar = "ava", .shard = shard, .shards = 3});
    ASSERT_TRUE(list.ok());
    for (const BatchJob& job : list->jobs) lines.push_back(job.line);
  }
  EXPECT_THAT(lines, ::testing::UnorderedElementsAre(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11));
}

TEST_F(BatchListTest, RefusesACsvWhoseHeaderIsWrong) {
  EXPECT_THAT(read("jobs.csv", "audio,audio\n").error().message(), HasSubstr("one key twice"));
  EXPECT_FALSE(read("jobs.csv", "\"audio\n").ok());
  EXPECT_FALSE(read_batch_list(folder_ / "none.jsonl").ok());
}

TEST_F(BatchListTest, NumbersACsvLineWithTooFewFields) {
  const auto list = read("jobs.csv", "audio,output\na.wav\nb.wav,b.mp4\nc\"x,d\n\"e,f\n");
  ASSERT_TRUE(list.ok());
  EXPECT_EQ(list->jobs.size(), 1u);
  ASSERT_EQ(list->bad_lines.size(), 3u);
  EXPECT_THAT(list->bad_lines[0].message(), HasSubstr("line 2: has 1 fields, the header 2"));
}

TEST_F(BatchListTest, NoOutputWouldBeTakenForAJournal) {
  EXPECT_THAT(complaint(R"({"audio":"a.wav","hash":"batch.jsonl"})"), HasSubstr("taken for a journal"));
  EXPECT_THAT(complaint(R"({"audio":"a.wav","output":"x/batch-3-20.jsonl"})"),
              HasSubstr("taken for a journal"));
}

}  // namespace
}  // namespace framegen
