// sinks_test.cpp: a frame rate as the fraction that is meant by it.
#include "pipeline/rendering/sinks.hpp"

#include <gtest/gtest.h>

#include <tuple>

namespace framegen {
namespace {

TEST(FrameRate, IsTheFractionThatIsMeant) {
  for (const auto& [fps, numerator, denominator] :
       {std::tuple{25.0, 25, 1}, std::tuple{30.0, 30, 1}, std::tuple{240.0, 240, 1}, std::tuple{12.5, 25, 2},
        std::tuple{29.97, 30000, 1001}, std::tuple{23.976, 24000, 1001}, std::tuple{59.94, 60000, 1001},
        std::tuple{119.88, 120000, 1001}, std::tuple{30000.0 / 1001, 30000, 1001},
        std::tuple{14.985, 15000, 1001}, std::tuple{24.5, 49, 2}, std::tuple{0.001, 1, 1000},
        std::tuple{1e-9, 1, 1000}}) {
    SCOPED_TRACE(fps);
    const FrameRate rate = frame_rate_of(fps);
    EXPECT_EQ(rate.numerator, numerator);
    EXPECT_EQ(rate.denominator, denominator);
  }
}

}  // namespace
}  // namespace framegen
