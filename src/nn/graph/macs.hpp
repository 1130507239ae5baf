// macs.hpp: what a node costs.
#pragma once

#include <cstdint>

#include "nn/graph/graph.hpp"

namespace framegen::graph {

// Multiplications and additions of one node for one input; 0 for what only moves numbers.
std::int64_t macs(const Graph& graph, const Node& node);

}  // namespace framegen::graph
