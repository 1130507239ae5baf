// result_test.cpp: medians, spread and ratios from figures worked out by hand; tables, JSON and picture
// hold them.
#include "bench/result.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace framegen::app {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

BenchRowResult row(const std::string& name, const std::vector<double>& generator_fps) {
  BenchRowResult result;
  result.row = {name, {"--mode", name}};
  result.backend = "onnxruntime/" + name;
  result.workers = 2;
  result.batch = 1;
  for (const double fps : generator_fps)
    result.rounds.push_back(BenchRound{1.5, fps, fps / 2, fps / 4, 100'000'000, 200'000'000});
  return result;
}

// The pool's rounds speed up while native's slow down, as on a machine that does other things meanwhile.
BenchReport report() {
  BenchReport report;
  report.machine = {{"cpu", "a <fast> one"}, {"cores", "2"}};
  report.setup = {{"avatar", "ava"}, {"threads", "2"}};
  report.frames = 250;
  report.rows = {row("sequential", {8, 8, 8}), row("session-pool", {10, 20, 40}),
                 row("native fp32", {30, 50, 80})};
  report.rows[0].agreement = BenchAgreement{250, 1, 1, 0, {}, 1, true};
  report.rows[1].agreement = BenchAgreement{250, 1, 1, 0, {}, 1, false};
  report.rows[2].agreement = BenchAgreement{250, 0.9995, 1, 1, 81.25, 0.999999, false};
  report.rows[2].weight_bytes = 46'000'000;
  report.rows[2].working_bytes = 30'000'000;
  report.rows[2].kept_bytes = 12'500'000;
  report.rows.push_back(row("cuda", {}));
  report.rows.back().not_run = "--provider cuda: the installed ONNX Runtime does not have it";
  return report;
}

TEST(BenchSpread, IsTheMiddleAndBothEnds) {
  const Spread odd = *spread_of({3, 1, 2});
  EXPECT_EQ(odd.median, 2);
  EXPECT_EQ(odd.lowest, 1);
  EXPECT_EQ(odd.highest, 3);
  EXPECT_EQ(spread_of({4, 1, 2, 3})->median, 2.5);
  EXPECT_FALSE(spread_of(std::vector<double>{}).has_value());
}

TEST(BenchSpread, LeavesOutRoundsThatFailed) {
  BenchRowResult r = row("x", {10, 30});
  r.rounds.emplace_back();
  EXPECT_EQ(spread_of(r, &BenchRound::generator_fps)->median, 20);
}

TEST(BenchRatio, IsTakenRoundByRound) {
  const BenchReport r = report();
  // 30/10, 50/20, 80/40: the ratio of the medians would be 50/20 only by chance.
  const Spread ratio = *ratio_to_baseline(r, r.rows[2], &BenchRound::generator_fps);
  EXPECT_EQ(ratio.median, 2.5);
  EXPECT_EQ(ratio.lowest, 2);
  EXPECT_EQ(ratio.highest, 3);
  EXPECT_EQ(ratio_to_baseline(r, r.rows[0], &BenchRound::generator_fps)->median, 0.4);
}

BenchReport with_new_frames() {
  BenchReport r = report();
  r.distinct = 250;
  r.rows.push_back(row("shared-session", {10, 10, 10}));
  const auto add = [&](std::size_t i, std::vector<double> fps) {
    for (const double rate : fps)
      r.rows[i].new_frames.push_back(NewFramesRound{rate, rate / 2, 2 / rate, 1000});
  };
  add(1, {10, 20});
  add(4, {20, 10});
  add(2, {30, 50});
  return r;
}

TEST(BenchRatio, OfNewFramesIsAgainstTheBetterOfTwoInEachRound) {
  const BenchReport r = with_new_frames();
  EXPECT_EQ(ratio_to_better(r, r.rows[2], &NewFramesRound::fps)->lowest, 1.5);
  EXPECT_EQ(ratio_to_better(r, r.rows[2], &NewFramesRound::fps)->highest, 2.5);
  EXPECT_EQ(ratio_to_better(r, r.rows[2], &NewFramesRound::cpu_s)->highest, 2.5)
      << "fewer seconds are better";
  EXPECT_EQ(ratio_to_better(r, r.rows[1], &NewFramesRound::fps)->lowest, 0.5);
}

TEST(BenchMarkdown, ShowsNewFramesFirst) {
  const std::string text = to_markdown(with_new_frames());
  EXPECT_LT(text.find("**Every frame new**"), text.find("**The loop repeated**"));
  EXPECT_THAT(text, HasSubstr("| native fp32 | **40.0** (30.0–50.0) | 2.00× | 53.3 | 2.00× | **20.0** "));
  EXPECT_THAT(to_markdown(report()), Not(HasSubstr("Every frame new")));
  EXPECT_EQ(to_json(with_new_frames())["rows"][2]["every_frame_new"]["fps_ratio"]["median"], 2);
}

TEST(BenchRatio, IsUnknownWithoutTheBaseline) {
  BenchReport r = report();
  r.rows.erase(r.rows.begin() + 1);
  EXPECT_FALSE(ratio_to_baseline(r, r.rows[1], &BenchRound::generator_fps).has_value());
}

TEST(BenchRatio, SkipsARoundInWhichEitherFailed) {
  BenchReport r = report();
  r.rows[1].rounds[0].reset();
  EXPECT_EQ(ratio_to_baseline(r, r.rows[2], &BenchRound::generator_fps)->highest, 2.5);
}

TEST(BenchJson, HoldsEveryFigureAndEveryRound) {
  const Json json = Json::parse(to_json(report()).dump());
  const Json& native = json["rows"][2];
  EXPECT_EQ(native["generator_fps"]["median"], 50);
  EXPECT_EQ(native["generator_ratio"]["median"], 2.5);
  EXPECT_EQ(native["seconds"], 10);            // 250 frames at 25 a second
  EXPECT_EQ(native["real_time_factor"], 0.5);  // 12.5 to MP4, of 25
  EXPECT_EQ(native["rounds"].size(), 3u);
  EXPECT_EQ(native["agreement"]["psnr_db"], 81.25);
  EXPECT_TRUE(json["rows"][1]["agreement"]["psnr_db"].is_null());
  EXPECT_EQ(json["rows"][3]["not_run"], "--provider cuda: the installed ONNX Runtime does not have it");
  EXPECT_FALSE(json["rows"][3].contains("generator_fps"));
}

TEST(BenchMarkdown, ShowsMedianSpreadAndRatio) {
  const std::string text = to_markdown(report());
  EXPECT_THAT(text, HasSubstr("| native fp32 | **50.0** (30.0–80.0) | 2.50× | **25.0** (15.0–40.0) | 2.50× | "
                              "**12.5** (7.5–20.0) | 2.50× | 0.50 | 10.00 s |"));
  EXPECT_THAT(text, HasSubstr("| native fp32 | onnxruntime/native fp32, 2 workers, batch 1 | 100 MB | 46 MB "
                              "| 30 MB | 12.5 MB | 1.5 s |"));
  EXPECT_THAT(text, HasSubstr("| native fp32 | 99.9500 % | 100.0000 % | 1 | 81.25 dB | 0.999999 |"));
  EXPECT_THAT(text, HasSubstr("| session-pool | 100.0000 % | 100.0000 % | 0 | ∞ | 1.000000 |"));
  EXPECT_THAT(text, HasSubstr("| sequential | the reference |"));
}

TEST(BenchMarkdown, SaysWhatWasNotRunAndWhy) {
  const std::string text = to_markdown(report());
  EXPECT_THAT(text, HasSubstr("- cuda: --provider cuda: the installed ONNX Runtime does not have it\n"));
  EXPECT_THAT(text, Not(HasSubstr("| cuda |")));
}

TEST(BenchPlot, DrawsABarPerRowThatRan) {
  const std::string svg = to_svg(report());
  EXPECT_THAT(svg, AllOf(HasSubstr("<svg "), HasSubstr("</svg>"), HasSubstr("native fp32"),
                         HasSubstr("50.0  (2.50×)"), HasSubstr("a &lt;fast> one"), Not(HasSubstr("cuda"))));
  std::size_t bars = 0;
  for (std::size_t at = svg.find("<rect x="); at != std::string::npos; at = svg.find("<rect x=", at + 1))
    ++bars;
  EXPECT_EQ(bars, 6u);
}

TEST(BenchPlot, DrawsALinePerRowOfTheSweep) {
  BenchReport r = report();
  EXPECT_THAT(to_svg(r), Not(HasSubstr("<path ")));
  r.sweep = {{"session-pool", "threads", 1, {5, 6}},
             {"session-pool", "threads", 2, {10}},
             {"session-pool", "batch", 15, {10}}};
  const std::string svg = to_svg(r);
  EXPECT_THAT(svg, AllOf(HasSubstr("over threads"), HasSubstr("over batch sizes"), HasSubstr("<path ")));
  EXPECT_THAT(to_markdown(r), HasSubstr("| session-pool | 1 | **5.5** (5.0–6.0) |"));
}

}  // namespace
}  // namespace framegen::app
