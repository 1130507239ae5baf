// batch_test.cpp: batches through the library: every job done, failures apart, whole outputs skipped.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <nlohmann/json.hpp>

#include "core/files.hpp"
#include "support/golden.hpp"
#include "support/program.hpp"
#include "support/test_avatar.hpp"

namespace framegen {
namespace {

using ::testing::HasSubstr;

class BatchTest : public ::testing::Test {
 protected:
  test::TemporaryFolder folder_;
  Engine engine_ = test::quiet_engine();

  static BatchJob job(std::int64_t line, const std::string& output) {
    BatchJob job;
    job.line = line;
    job.avatar = test::golden_avatar();
    job.render.audio = test::golden("pipeline/speech.wav");
    job.render.video = output;
    job.render.preset = "ultrafast";
    job.render.end_frame = 4;
    return job;
  }
  BatchReport run(const BatchList& list, bool resume = false) {
    auto report = run_batch(engine_, list, {.folder = folder_ / "out", .resume = resume, .at_once = 2});
    EXPECT_TRUE(report.ok()) << (report ? "" : report.error().message());
    return report ? *report : BatchReport();
  }
};

TEST_F(BatchTest, RendersTheGoodJobsAndListsTheOthersInOrder) {
  BatchList list;
  list.jobs = {job(1, "a.mp4"), job(2, "b.mp4"), job(4, "sub/c.mp4")};
  list.jobs[1].render.audio = "none.wav";
  list.jobs[2].render.hash = "sub/c.txt";
  list.bad_lines = {{3, "", {ErrorCode::kBadInput, "", "is not a JSON object", ""}}};
  const BatchReport report = run(list);
  ASSERT_EQ(report.results.size(), 2u);
  EXPECT_EQ(report.results[1].output, "sub/c.mp4");
  EXPECT_EQ(report.results[1].frames, 4);
  EXPECT_EQ(report.results[1].sha256, *file_sha256(folder_ / "out" / "sub" / "c.mp4"));
  EXPECT_EQ(report.frames(), 8);
  ASSERT_EQ(report.failures.size(), 2u);
  EXPECT_THAT(report.failures[0].message(), HasSubstr("line 2: b.mp4: none.wav: cannot be read"));
  EXPECT_THAT(report.failures[1].message(), HasSubstr("line 3: is not a JSON object"));
  const auto json = nlohmann::json::parse(report.to_json());
  EXPECT_EQ(json["jobs"], 4);
  EXPECT_EQ(json["failures"][0]["code"], 3);
}

TEST_F(BatchTest, MakesTheBytesThatASingleRenderMakes) {
  BatchList list;
  list.jobs = {job(1, "a.mp4"), job(2, "b.mp4")};
  list.jobs[1].render.start_frame = 3;
  const BatchReport report = run(list);
  ASSERT_EQ(report.results.size(), 2u);
  RenderJob alone = list.jobs[1].render;
  alone.video = folder_ / "alone.mp4";
  ASSERT_TRUE(render(engine_, *Avatar::open(engine_, test::golden_avatar()), alone).ok());
  EXPECT_EQ(report.results[1].sha256, *file_sha256(folder_ / "alone.mp4"));
  EXPECT_NE(report.results[0].sha256, report.results[1].sha256);
}

TEST_F(BatchTest, ResumeSkipsOnlyWhatIsWholeAndFromTheSameInputs) {
  BatchList list;
  list.jobs = {job(1, "same.mp4"), job(2, "changed.mp4"), job(3, "torn.mp4"), job(4, "other.mp4")};
  ASSERT_EQ(run(list).results.size(), 4u);
  const auto torn = folder_ / "out" / "torn.mp4", leftover = folder_ / "out" / ".torn.partial-1-0.mp4";
  std::filesystem::resize_file(torn, std::filesystem::file_size(torn) - 1);
  ASSERT_TRUE(write_file(leftover, "x").ok());
  list.jobs[1].render.end_frame = 5;
  list.jobs[3].render.audio = folder_ / "other.wav";
  std::filesystem::copy_file(test::golden("pipeline/speech.wav"), folder_ / "other.wav");
  std::filesystem::resize_file(folder_ / "other.wav", 20000);
  const BatchReport report = run(list, true);
  ASSERT_EQ(report.results.size(), 4u);
  EXPECT_TRUE(report.results[0].skipped);
  EXPECT_EQ(report.results[0].frames, 4);
  for (std::size_t i = 1; i < 4; ++i) EXPECT_FALSE(report.results[i].skipped) << i;
  EXPECT_FALSE(std::filesystem::exists(leftover));
  EXPECT_EQ(run(list, true).skipped(), 4);
}

TEST_F(BatchTest, ResumeMakesAnewWhatWasMadeInAnotherWay) {
  BatchList list;
  list.jobs = {job(1, "a.mp4")};
  ASSERT_EQ(run(list).results.size(), 1u);
  EXPECT_TRUE(run(list, true).results[0].skipped);
  list.jobs[0].render.blend = Blend::kFeather;
  EXPECT_FALSE(run(list, true).results[0].skipped);
  EXPECT_TRUE(run(list, true).results[0].skipped);
  const auto with = [&](const auto& change) {
    EngineOptions options = engine_.options();
    change(options);
    engine_ = *Engine::create(options);
    return run(list, true).results[0].skipped;
  };
  EXPECT_TRUE(with([](EngineOptions& o) { o.threads = 1; }));  // any number gives the same bytes
  EXPECT_FALSE(with([](EngineOptions& o) { o.memory_budget_bytes = std::uint64_t{64} << 20; }));
  EXPECT_FALSE(with([](EngineOptions& o) { o.backend = Backend::kOnnxRuntime; }));
  EXPECT_FALSE(with([](EngineOptions& o) { o.mode = Mode::kMutex; }));
  EXPECT_TRUE(with([](EngineOptions&) {}));
}

TEST_F(BatchTest, APipeAsAudioFailsItsOwnJobAlone) {
  ASSERT_EQ(::mkfifo((folder_ / "pipe.wav").c_str(), 0600), 0);
  BatchList list;
  list.jobs = {job(1, "a.mp4"), job(2, "b.mp4")};
  list.jobs[0].render.audio = folder_ / "pipe.wav";
  const BatchReport report = run(list);  // nobody writes it: waiting would be for ever
  ASSERT_EQ(report.failures.size(), 1u);
  EXPECT_THAT(report.failures[0].message(), HasSubstr("not a regular file"));
  EXPECT_EQ(report.results.size(), 1u);
}

TEST_F(BatchTest, ABrokenAvatarFailsItsOwnJobsAlone) {
  BatchList list;
  list.jobs = {job(1, "a.mp4"), job(2, "b.mp4"), job(3, "c.mp4")};
  list.jobs[0].avatar = list.jobs[2].avatar = folder_ / "nobody";
  const BatchReport report = run(list);
  ASSERT_EQ(report.failures.size(), 2u);
  EXPECT_EQ(report.failures[0].error.code, ErrorCode::kBadAvatar);
  EXPECT_EQ(report.results.size(), 1u);
}

TEST_F(BatchTest, CountsItsFramesAndStopsWhenAsked) {
  BatchList list;
  for (int i = 1; i <= 3; ++i) list.jobs.push_back(job(i, std::to_string(i) + ".mp4"));
  std::int64_t last = 0;
  const auto whole = run_batch(engine_, list, {.folder = folder_ / "out"}, [&](const BatchProgress& p) {
    EXPECT_LE(p.frames.frames_done, p.frames.frames_all.value_or(12));
    EXPECT_LE(p.frames.frames_all.value_or(12), 12);  // known as soon as the files' headers are read
    EXPECT_GE(p.frames.frames_done, last);
    last = p.frames.frames_done;
    return true;
  });
  ASSERT_TRUE(whole.ok());
  EXPECT_EQ(whole->frames(), 12);
  EXPECT_EQ(last, 12);  // however quick they were made: the last word counts all
  const auto stopped =
      run_batch(engine_, list, {.folder = folder_ / "out"}, [](const BatchProgress&) { return false; });
  EXPECT_EQ(stopped.error().code, ErrorCode::kCancelled);
}

TEST_F(BatchTest, RefusesAFolderThatCannotBeMade) {
  ASSERT_TRUE(write_file(folder_ / "file", "x").ok());
  BatchList list;
  list.jobs = {job(1, "a.mp4")};
  EXPECT_EQ(run_batch(engine_, list, {.folder = folder_ / "file"}).error().code, ErrorCode::kBadOutput);
  EXPECT_EQ(run_batch(engine_, list, {.folder = folder_ / "o", .journal = "x/y.jsonl"}).error().code,
            ErrorCode::kBadUse);
}

}  // namespace
}  // namespace framegen
