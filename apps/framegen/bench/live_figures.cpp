// live_figures.cpp: rates, minutes, and the search for how many.
#include "bench/live_figures.hpp"

#include <algorithm>

#include "core/frame_rate.hpp"

namespace framegen::app {
namespace {

constexpr double kMinute = 60;
constexpr double kHeldShare = 0.99;

}  // namespace

double talking_per_second(const SpokenFor& spoken) {
  return spoken.seconds > 0 ? static_cast<double>(spoken.talking_s.size()) / spoken.seconds : 0;
}

double slowest_minute(const SpokenFor& spoken) {
  if (spoken.seconds <= 0) return 0;
  const auto minutes = static_cast<std::size_t>(std::max(1.0, spoken.seconds / kMinute));
  const double length = spoken.seconds / static_cast<double>(minutes);
  std::vector<int> pictures(minutes);
  for (const double at : spoken.talking_s)
    ++pictures[std::min(minutes - 1, static_cast<std::size_t>(std::max(0.0, at) / length))];
  return *std::min_element(pictures.begin(), pictures.end()) / length;
}

bool is_held(const SpokenFor& spoken) {
  return spoken.dropped == 0 && talking_per_second(spoken) >= kHeldShare * kFramesPerSecond;
}

Result<int> most_that(int most, const std::function<Result<bool>(int)>& holds) {
  int held = 0, failed = most + 1;
  for (int n = 1; n < failed; n = std::min(2 * n, most)) {
    if (!FRAMEGEN_TRY(holds(n))) {
      failed = n;
      break;
    }
    held = n;
    if (n == most) break;
  }
  while (failed - held > 1 && held > 0) {
    const int n = held + (failed - held) / 2;
    (FRAMEGEN_TRY(holds(n)) ? held : failed) = n;
  }
  return held;
}

}  // namespace framegen::app
