// batch_test.cpp: framegen batch, split and join as a user runs them: killed and resumed, split and joined.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <nlohmann/json.hpp>
#include <sstream>
#include <thread>

#include "core/files.hpp"
#include "mini_avatar.hpp"

namespace framegen::test {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

class Batch : public ::testing::Test {
 protected:
  TemporaryFolder folder_;
  std::string out_ = (folder_ / "out").string();

  std::string list(const std::string& text) {
    EXPECT_TRUE(write_file(folder_ / "jobs.jsonl", text).ok());
    return (folder_ / "jobs.jsonl").string();
  }
  std::string speech() const { return std::filesystem::absolute(golden_speech()).string(); }
  std::string job(const std::string& output, int frames = 36) const {
    return nlohmann::json({{"audio", speech()},
                           {"output", output},
                           {"hash", output + ".txt"},
                           {"range", ":" + std::to_string(frames)}})
               .dump() +
           "\n";
  }
  std::vector<std::string> words(const std::string& jobs) const {
    return {"batch", jobs, "-o", out_, "--avatar", mini_avatar().string(), "--no-cache", "--threads", "2"};
  }
  std::string video_hash(const std::filesystem::path& mp4) {
    const auto run = run_program(
        {"ffmpeg", "-v", "error", "-i", mp4.string(), "-map", "0:v", "-f", "hash", "-hash", "sha256", "-"});
    EXPECT_EQ(run.err, "");
    return run.out;
  }
};

TEST_F(Batch, ListsBadJobsWithTheirLinesAndFinishesTheOthers) {
  const auto run =
      framegen(words(list(job("a.mp4") + "not a job\n" + job("b.mp4") + "{\"audio\":\"none.wav\"}\n")));
  EXPECT_EQ(run.exit_code, 1);
  EXPECT_THAT(run.out, HasSubstr("2 jobs done, of them 0 whole before; 2 failed; 72 frames"));
  EXPECT_THAT(run.err, AllOf(HasSubstr("error: line 2: "), HasSubstr("error: line 4: none.mp4: ")));
  EXPECT_TRUE(std::filesystem::exists(folder_ / "out" / "a.mp4"));
  EXPECT_EQ(*file_sha256(folder_ / "out" / "a.mp4.txt"), *file_sha256(folder_ / "out" / "b.mp4.txt"));
}

// Two machines that share a folder: each does its own lines and writes its own journal.
TEST_F(Batch, AShardDoesItsLinesAndNotTheOthers) {
  auto run_words = words(list(job("a.mp4", 3) + job("b.mp4", 3) + job("c.mp4", 3)));
  run_words.insert(run_words.end(), {"--shard", "1/2"});
  const auto run = framegen(run_words);
  ASSERT_EQ(run.exit_code, 0) << run.err;
  EXPECT_THAT(run.out, HasSubstr("1 jobs done"));
  EXPECT_FALSE(std::filesystem::exists(folder_ / "out" / "a.mp4"));
  EXPECT_TRUE(std::filesystem::exists(folder_ / "out" / "b.mp4"));
  EXPECT_TRUE(std::filesystem::exists(folder_ / "out" / "batch-1-2.jsonl"));
  for (const std::string shard : {"2/2", "-1/2", "1", "1/0", "1/2x", "a/b"}) {
    SCOPED_TRACE(shard);
    run_words.back() = shard;
    const auto refused = framegen(run_words);
    EXPECT_EQ(refused.exit_code, 2);
    EXPECT_THAT(refused.err,
                HasSubstr("--shard " + shard + ": is not K/N with 0 ≤ K < N; give such as 0/20"));
  }
}

TEST_F(Batch, ADryRunSaysWhatWouldBeDoneAndWritesNothing) {
  auto run_words = words(list(job("a.mp4", 3) + "{\"audio\":\"none.wav\"}\n"));
  run_words.push_back("--dry-run");
  const auto run = framegen(run_words);
  EXPECT_EQ(run.exit_code, 1);
  EXPECT_THAT(run.out, AllOf(HasSubstr("line 1: "), HasSubstr("a.mp4  3 frames, avatar ")));
  EXPECT_THAT(run.err, AllOf(HasSubstr("error: line 2: "), HasSubstr("none.wav: cannot be read")));
  EXPECT_FALSE(std::filesystem::exists(out_));
  const auto empty = framegen(words(list("\n\n")));
  EXPECT_EQ(empty.exit_code, 3);
  EXPECT_THAT(empty.err, HasSubstr("holds no jobs; write one a line"));
}

TEST_F(Batch, RefusesTwoJobsWithOneOutput) {
  const auto run = framegen(words(list(job("a.mp4") + job("a.mp4"))));
  EXPECT_EQ(run.exit_code, 2);
  EXPECT_THAT(run.err, HasSubstr("lines 1 and 2 both write a.mp4"));
  EXPECT_FALSE(std::filesystem::exists(out_));
}

TEST_F(Batch, KilledInTheMiddleGoesOnWhereItStood) {
  std::string jobs;
  for (int i = 0; i < 6; ++i) jobs += job(std::to_string(i) + ".mp4", 20);
  auto arguments = words(list(jobs));
  arguments.insert(arguments.end(), {"--at-once", "1"});
  arguments.insert(arguments.begin(), FRAMEGEN_PROGRAM);
  const pid_t child = ::fork();
  if (child == 0) {
    std::vector<char*> argv;
    for (std::string& word : arguments) argv.push_back(word.data());
    argv.push_back(nullptr);
    ::execv(argv.front(), argv.data());
    ::_exit(127);
  }
  const auto second = folder_ / "out" / "1.mp4";  // two jobs are whole then, the third is under way
  for (int i = 0; i < 6000 && !std::filesystem::exists(second); ++i)
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  ::kill(child, SIGKILL);
  int status = 0;
  ::waitpid(child, &status, 0);
  ASSERT_TRUE(WIFSIGNALED(status)) << "it was done before it could be killed";
  arguments.erase(arguments.begin());
  arguments.push_back("--resume");
  arguments.insert(arguments.end(), {"--report", (folder_ / "report.json").string()});
  const auto run = framegen(arguments);
  ASSERT_EQ(run.exit_code, 0) << run.err;
  const auto report = nlohmann::json::parse(*read_text_file(folder_ / "report.json"));
  EXPECT_GE(report["skipped"], 1);
  EXPECT_LT(report["skipped"], 6);
  for (int i = 1; i < 6; ++i)
    EXPECT_EQ(*file_sha256(folder_ / "out" / (std::to_string(i) + ".mp4")),
              *file_sha256(folder_ / "out" / "0.mp4"));
  for (const auto& entry : std::filesystem::directory_iterator(out_))
    EXPECT_NE(entry.path().filename().string().front(), '.') << entry.path();
}

TEST_F(Batch, SplitRenderedAndJoinedIsTheUnsplitVideo) {
  EXPECT_EQ(framegen({"split", golden_speech(), "--parts", "3"}).out, "0:12\n12:24\n24:36\n");
  EXPECT_EQ(framegen({"split", golden_speech(), "--parts", "2", "--json"}).out,
            "{\"frames\":36,\"ranges\":[\"0:18\",\"18:36\"]}\n");
  std::istringstream lines(framegen({"split", golden_speech(), "--parts", "3", "--jobs"}).out);
  std::string jobs;
  std::vector<std::string> join = {"join"};
  for (std::string line; std::getline(lines, line);) {
    auto part = nlohmann::json::parse(line);
    part["crf"] = 0;
    jobs += part.dump() + "\n";
    join.insert(join.begin() + 1, (folder_ / "out" / part["output"]).string());  // in any order
  }
  ASSERT_EQ(join.size(), 4u);
  ASSERT_EQ(framegen(words(list(jobs))).exit_code, 0);
  const auto joined = folder_ / "joined.mp4", whole = folder_ / "whole.mp4";
  join.insert(join.end(), {"--audio", golden_speech(), "-o", joined.string()});
  const auto run = framegen(join);
  ASSERT_EQ(run.exit_code, 0) << run.err;
  ASSERT_EQ(framegen({"render", "--avatar", mini_avatar().string(), "--audio", golden_speech(), "--crf", "0",
                      "-o", whole.string(), "--no-cache"})
                .exit_code,
            0);
  EXPECT_THAT(video_hash(whole), HasSubstr("SHA256="));
  EXPECT_EQ(video_hash(joined), video_hash(whole));

  join.emplace_back("-y");
  auto overlap = join, gap = join;
  overlap.insert(overlap.begin() + 1, join[1]);
  EXPECT_THAT(framegen(overlap).err, HasSubstr("holds frames 24:36, which are in"));
  gap.erase(gap.begin() + 2);  // the second part
  const auto refused = framegen(gap);
  EXPECT_EQ(refused.exit_code, 3);
  EXPECT_THAT(refused.err, HasSubstr("frames 12:24 are in no part"));
}

}  // namespace
}  // namespace framegen::test
