// bench_test.cpp: a small bench has every row, figures that are possible, and pictures that agree.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <set>

#include "core/files.hpp"
#include "mini_avatar.hpp"

namespace framegen::test {
namespace {

using ::testing::HasSubstr;
using Json = nlohmann::json;

Json bench(const std::filesystem::path& json, std::vector<std::string> words) {
  words.insert(words.begin(), {"bench", "--avatar", mini_avatar().string(), "--audio", golden_speech(),
                               "--threads", "2", "--rounds", "1", "--json", json.string()});
  const auto run = framegen(words);
  EXPECT_EQ(run.exit_code, 0) << run.err;
  return Json::parse(read_text_file(json).value(), nullptr, false);
}

TEST(Bench, MeasuresEveryRowAndComparesItsPictures) {
  const TemporaryFolder folder;
  const Json report = bench(folder / "bench.json",
                            {"--frames", "8", "--distinct", "9", "--plot", (folder / "bench.svg").string(),
                             "--markdown", (folder / "bench.md").string()});
  ASSERT_TRUE(report.is_object());
  std::set<std::string> ran, not_run;
  for (const Json& row : report["rows"]) {
    SCOPED_TRACE(row.dump());
    (row.contains("not_run") ? not_run : ran).insert(row["name"].get<std::string>());
    if (row.contains("not_run")) {
      EXPECT_NE(row["not_run"], "");
      continue;
    }
    EXPECT_GT(row["generator_fps"]["median"], 0);
    EXPECT_GT(row["mp4_fps"]["median"], 0);
    EXPECT_GT(row["peak_bytes"], 10'000'000);
    EXPECT_EQ(row["agreement"]["frames"], 8);
    const bool lower = row["name"] == "native bf16";
    EXPECT_GE(row["agreement"]["identical"], lower ? 0.1 : 0.99);
    EXPECT_LE(row["agreement"]["largest"], lower ? 16 : 1);
    EXPECT_GE(row["agreement"]["ssim"], 0.99);
    EXPECT_GT(row["every_frame_new"]["fps"]["median"], 0);
    EXPECT_GT(row["every_frame_new"]["cpu_s"]["median"], 0);
    EXPECT_EQ(row["every_frame_new"]["agreement"]["frames"], 9);
    EXPECT_LE(row["every_frame_new"]["agreement"]["largest"], lower ? 16 : 1);
  }
  for (const char* name : {"sequential", "mutex", "session-pool", "shared-session", "native fp32"})
    EXPECT_TRUE(ran.contains(name)) << name;
  EXPECT_EQ(ran.size() + not_run.size(), 10u);
  EXPECT_THAT(read_text_file(folder / "bench.svg").value(), HasSubstr("native fp32"));
  EXPECT_THAT(read_text_file(folder / "bench.md").value(), HasSubstr("| native fp32 |"));
  EXPECT_THAT(read_text_file(folder / "bench.md").value(), HasSubstr("**Every frame new**"));
}

TEST(Bench, RunsTheRowsThatWereNamedLongerThanTheSpeech) {
  const TemporaryFolder folder;
  const Json report = bench(folder / "bench.json", {"--frames", "50", "--distinct", "0", "--frames-per-round",
                                                    "4", "--rows", "native fp32"});
  ASSERT_EQ(report["rows"].size(), 1u);
  EXPECT_TRUE(report["rows"][0]["agreement"].is_null());
  EXPECT_THAT(report["setup"]["pictures were not compared"].get<std::string>(), HasSubstr("sequential"));
}

TEST(Bench, SweepsThreadsAndBatches) {
  const TemporaryFolder folder;
  const Json report =
      bench(folder / "bench.json", {"--frames", "2", "--distinct", "0", "--frames-per-round", "2", "--rows",
                                    "session-pool", "--sweep", "--cpu", "sse4"});
  std::set<std::string> measured;
  for (const Json& point : report["sweep"]) {
    EXPECT_GT(point["generator_fps"]["median"], 0) << point;
    measured.insert(point["row"].get<std::string>() + " " + point["axis"].get<std::string>() +
                    std::to_string(point["value"].get<int>()));
  }
  for (const char* point :
       {"session-pool threads1", "session-pool threads2", "session-pool batch1", "session-pool batch30"})
    EXPECT_TRUE(measured.contains(point)) << point << " of " << report["sweep"];
}

TEST(Bench, SeededNetworksAreMeasuredInAnAvatarsPlace) {
  const TemporaryFolder folder;
  const Json report = bench(folder / "bench.json", {"--width", "0.5", "--frames", "4", "--distinct", "2",
                                                    "--rows", "sequential", "native int8"});
  ASSERT_EQ(report["rows"].size(), 2u);
  EXPECT_THAT(report["setup"]["avatar"].get<std::string>(), HasSubstr("seeded networks of width 0.5"));
  EXPECT_GT(report["rows"][0]["generator_fps"]["median"], 0);
}

TEST(Bench, MeasuresALivePresenter) {
  const TemporaryFolder folder;
  const auto run = framegen({"bench", "--live", "--avatar", mini_avatar().string(), "--audio",
                             golden_speech(), "--threads", "2", "--frames", "8", "--seconds", "2",
                             "--precision", "fp32", "--json", (folder / "live.json").string()});
  ASSERT_EQ(run.exit_code, 0) << run.err;
  EXPECT_THAT(run.out, HasSubstr("| fp32 | "));
  const Json report = Json::parse(read_text_file(folder / "live.json").value(), nullptr, false);
  ASSERT_EQ(report["live"].size(), 1u) << report;
  const Json& row = report["live"][0];
  ASSERT_FALSE(row.contains("not_run")) << row;
  EXPECT_GT(row["real_time"], 0);
  for (const char* moment : {"first_idle_ms", "first_talking_ms", "silence_ms"}) {
    SCOPED_TRACE(moment);
    EXPECT_GT(row[moment]["median"], 0);
    EXPECT_LE(row[moment]["lowest"], row[moment]["median"]);
  }
  EXPECT_GT(row["hold"]["pictures_per_s"], 0);
  EXPECT_LE(row["hold"]["pictures_per_s"], 26);
  EXPECT_EQ(row["hold"]["pictures_per_s"], row["hold"]["slowest_minute"]) << "less than a minute is one";
  EXPECT_GT(row["hold"]["cores"], 0);
  EXPECT_GT(row["resident_bytes"], 10'000'000);
  ASSERT_FALSE(row["sessions"]["tried"].empty());
  EXPECT_EQ(row["sessions"]["tried"][0]["sessions"], 1);
}

TEST(Bench, SaysWhatALivePresenterIsNotMeasuredWith) {
  const auto plot = framegen({"bench", "--live", "--avatar", mini_avatar().string(), "--plot", "live.svg"});
  EXPECT_EQ(plot.exit_code, 2);
  EXPECT_THAT(plot.err, HasSubstr("--plot"));
  EXPECT_EQ(framegen({"bench", "--precision", "int8"}).exit_code, 2);
  EXPECT_EQ(framegen({"bench", "--seconds", "5"}).exit_code, 2);
}

TEST(Bench, RefusesARowThatDoesNotExist) {
  const auto run = framegen({"bench", "--avatar", mini_avatar().string(), "--rows", "magic"});
  EXPECT_EQ(run.exit_code, 2);
  EXPECT_THAT(run.err, HasSubstr("session-pool"));
}

TEST(Bench, ProfilesTheLayersOfTheNativeGenerator) {
  const auto run = framegen({"bench", "--layers", "--avatar", mini_avatar().string()});
  ASSERT_EQ(run.exit_code, 0) << run.err;
  EXPECT_THAT(run.out, ::testing::AllOf(HasSubstr("| epilogue |"), HasSubstr("| block"),
                                        HasSubstr("Roofline: "), HasSubstr("GFLOP/s")));
}

TEST(Bench, ProfilesTheLayersOfASeededNetworkInBytes) {
  const auto run = framegen({"bench", "--layers", "--avatar", mini_avatar().string(), "--audio",
                             golden_speech(), "--width", "0.5", "--precision", "int8"});
  ASSERT_EQ(run.exit_code, 0) << run.err;
  EXPECT_THAT(run.out,
              ::testing::AllOf(HasSubstr("seeded network of width 0.5, int8"), HasSubstr("| block")));
}

}  // namespace
}  // namespace framegen::test
