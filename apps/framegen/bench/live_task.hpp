// live_task.hpp: what the process does that measures one precision of framegen bench --live.
#pragma once

#include "bench/child.hpp"
#include "framegen/avatar.hpp"

namespace framegen::app {

Result<Json> measure_live(const BenchTask& task);

// A row must not bear the name of a precision that did not compute it. Errors: kBadUse.
Status check_precision(const BenchTask& task, const AvatarInfo& info);

}  // namespace framegen::app
