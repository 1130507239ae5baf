// live_figures_test.cpp: minutes, rates and the search, by figures worked out by hand; the table holds them.
#include "bench/live_figures.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "bench/live.hpp"

namespace framegen::app {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

// Pictures at so many a second in each part of a session, one rate for each `length` seconds.
SpokenFor spoken(double length, const std::vector<int>& rates) {
  SpokenFor spoken;
  for (const int rate : rates) {
    for (int i = 0; i < static_cast<int>(length) * rate; ++i)
      spoken.talking_s.push_back(spoken.seconds + double(i) / rate);
    spoken.seconds += length;
  }
  return spoken;
}

TEST(LiveFigures, FindTheSlowestMinute) {
  const SpokenFor three = spoken(60, {25, 20, 25});
  EXPECT_DOUBLE_EQ(slowest_minute(three), 20);
  EXPECT_NEAR(talking_per_second(three), 70.0 / 3, 1e-9);
  EXPECT_DOUBLE_EQ(slowest_minute(spoken(10, {25})), 25) << "less than a minute is one";
  EXPECT_NEAR(slowest_minute(spoken(45, {25, 25, 25})), 25, 0.01) << "135 s are two of 67.5";
  EXPECT_EQ(slowest_minute({}), 0);
}

TEST(LiveFigures, AreHeldAtTwentyFiveWithOneInAHundredAmiss) {
  SpokenFor session = spoken(10, {25});
  EXPECT_TRUE(is_held(session));
  session.talking_s.resize(248);
  EXPECT_TRUE(is_held(session));
  session.talking_s.resize(247);
  EXPECT_FALSE(is_held(session));
  session = spoken(10, {25});
  session.dropped = 1;
  EXPECT_FALSE(is_held(session));
}

TEST(MostThat, FindsTheLastThatHolds) {
  for (int limit = 0; limit <= 40; ++limit) {
    SCOPED_TRACE(limit);
    int asked = 0;
    const auto most = most_that(32, [&](int n) -> Result<bool> {
      EXPECT_GE(n, 1);
      EXPECT_LE(n, 32);
      ++asked;
      return n <= limit;
    });
    ASSERT_TRUE(most);
    EXPECT_EQ(*most, std::min(limit, 32));
    EXPECT_LE(asked, 11);
  }
}

TEST(MostThat, EndsWithTheFirstError) {
  const auto most = most_that(8, [](int n) -> Result<bool> {
    return n < 2 ? Result<bool>(true) : Error{ErrorCode::kInternal, "x", "y", ""};
  });
  EXPECT_FALSE(most);
}

TEST(LiveTable, ShowsEveryFigureAndWhatDidNotRun) {
  const Json row = Json::parse(R"({"precision":"int8","backend":"native-int8/avx3","real_time":3.2,
    "first_idle_ms":{"median":6.2,"lowest":5,"highest":9},"first_talking_ms":{"median":44.4,"lowest":40,"highest":51},
    "silence_ms":{"median":21,"lowest":3,"highest":42},
    "hold":{"seconds":600,"pictures_per_s":24.99,"slowest_minute":24.9,"late":1,"dropped":0,"cores":0.62},
    "sessions":{"held":3,"cores":1.91,"tried":[]},"resident_bytes":1483000000,"peak_bytes":1500000000})");
  const Json report{{"machine", {{"cpu", "a fast one"}}},
                    {"setup", {{"avatar", "ava"}}},
                    {"live", {row, {{"precision", "bf16"}, {"not_run", "no instructions"}}}}};
  EXPECT_THAT(live_to_markdown(report),
              AllOf(HasSubstr("a fast one"),
                    HasSubstr("| int8 | 3.20 | 24.99 | 24.90 | 1, 0 | 6 ms (5–9) | 44 ms (40–51) | 21 ms "
                              "(3–42) | 3 | 0.62 | 1.91 | 1483 MB |"),
                    HasSubstr("- bf16: no instructions")));
}

}  // namespace
}  // namespace framegen::app
