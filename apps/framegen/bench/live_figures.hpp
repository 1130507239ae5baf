// live_figures.hpp: what follows from when a live session's pictures came.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "framegen/result.hpp"

namespace framegen::app {

// One session that speaks for a while.
struct SpokenFor {
  double seconds = 0;
  std::vector<double> talking_s;  // when its talking pictures came, from the beginning
  std::int64_t late = 0;          // idle pictures because a face was not ready
  std::int64_t dropped = 0;       // pictures whose sound came alone
};

double talking_per_second(const SpokenFor& spoken);
// The same of its slowest minute: it is cut into equal ones of 60 s and more; one where it is shorter.
double slowest_minute(const SpokenFor& spoken);
// 25 talking pictures a second, one in a hundred amiss, and none dropped.
bool is_held(const SpokenFor& spoken);

// The largest number from 1 to `most` for which `holds` is true, where it is true of all smaller ones; 0: not
// even of one. Asks as seldom as doubling and halving allow.
Result<int> most_that(int most, const std::function<Result<bool>(int)>& holds);

}  // namespace framegen::app
