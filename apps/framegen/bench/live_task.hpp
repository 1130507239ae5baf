// live_task.hpp: what the process does that measures one precision of framegen bench --live.
#pragma once

#include "bench/child.hpp"

namespace framegen::app {

Result<Json> measure_live(const BenchTask& task);

}  // namespace framegen::app
