// report.hpp: what a render says about itself.
#pragma once

#include <string>
#include <vector>

#include "framegen/render.hpp"
#include "framegen/session.hpp"

namespace framegen {

// Stages in the order of the data's way; seconds summed over threads.
std::vector<StageTime> stage_times(const SessionStats& stats, double read_s, double sink_s,
                                   const Avatar& avatar);
// A JSON object: version, machine, avatar, engine options and the backend that was used.
std::string context_json(const Engine& engine, const Avatar& avatar);

}  // namespace framegen
