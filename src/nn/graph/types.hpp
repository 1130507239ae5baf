// types.hpp: of which type each operation's output is, and whether its inputs are of the types that it takes.
#pragma once

#include "nn/graph/graph.hpp"

namespace framegen::graph {

// Of a node whose inputs' types are known.
Type output_type(const Graph& graph, const Node& node);
// Whether the inputs that are calculated with are of the type that they must be.
bool types_fit(const Graph& graph, const Node& node);

}  // namespace framegen::graph
