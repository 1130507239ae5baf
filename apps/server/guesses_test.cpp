#include "guesses.hpp"

#include <gtest/gtest.h>

namespace framegen::server {
namespace {

using namespace std::chrono_literals;

TEST(Guesses, AFewMistakesCostNothingAndMoreAMinute) {
  Guesses guesses;
  const Guesses::Clock::time_point begin{};
  for (int i = 0; i < Guesses::kMost; ++i) {
    EXPECT_EQ(guesses.wait_s("192.0.2.1", begin + 1s), 0) << i;
    guesses.add("192.0.2.1", begin + 1s);
  }
  EXPECT_EQ(guesses.wait_s("192.0.2.1", begin + 1s), 60);
  EXPECT_EQ(guesses.wait_s("192.0.2.1", begin + 60s + 500ms), 1);
  EXPECT_EQ(guesses.wait_s("192.0.2.1", begin + 61s), 0);
  EXPECT_EQ(guesses.wait_s("192.0.2.2", begin + 1s), 0);
}

TEST(Guesses, AMinuteLaterTheCountBeginsAnew) {
  Guesses guesses;
  const Guesses::Clock::time_point begin{};
  for (int i = 0; i < Guesses::kMost; ++i) guesses.add("::1", begin);
  guesses.add("::1", begin + 61s);
  EXPECT_EQ(guesses.wait_s("::1", begin + 61s), 0);
}

TEST(Guesses, RemembersSoManyAddressesAndForgetsTheOldest) {
  Guesses guesses;
  const Guesses::Clock::time_point begin{};
  const auto guess = [&](int address, Guesses::Clock::time_point now) {
    for (int i = 0; i < Guesses::kMost; ++i) guesses.add(std::to_string(address), now);
  };
  for (int i = 0; i <= static_cast<int>(Guesses::kMostAddresses); ++i) guess(i, begin + i * 1ms);
  EXPECT_EQ(guesses.wait_s("0", begin + 2s), 0);
  EXPECT_GT(guesses.wait_s("1", begin + 2s), 0);
  EXPECT_GT(guesses.wait_s(std::to_string(Guesses::kMostAddresses), begin + 2s), 0);
}

}  // namespace
}  // namespace framegen::server
