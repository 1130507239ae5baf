// interpreter.hpp: a graph run by plain loops, the truth for every pass and for the native network. For tests
// alone.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "nn/graph/graph.hpp"

namespace framegen::graph::reference {

// Every value of the graph by its id (null where it was not needed), for the given inputs in the graph's
// order.
Result<std::vector<Constant>> run_all(const Graph& graph, const std::vector<Array>& inputs);
// The outputs alone.
Result<std::vector<Array>> run(const Graph& graph, const std::vector<Array>& inputs);

}  // namespace framegen::graph::reference
