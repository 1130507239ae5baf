// evaluate.hpp: operations that move numbers or calculate with few of them, done before the network runs.
#pragma once

#include <span>

#include "nn/graph/graph.hpp"

namespace framegen::graph {

// The output of a node whose inputs are `inputs` (null where left out) and whose shapes are inferred. Errors:
// is_unsupported() for operations that only the network itself runs (Conv and the like); kBadAvatar for
// indices out of range and divisions by zero.
Result<Array> evaluate(const Graph& graph, const Node& node, std::span<const Array* const> inputs);

}  // namespace framegen::graph
