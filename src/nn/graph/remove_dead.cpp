// remove_dead.cpp: what no output needs.
#include "nn/graph/passes.hpp"

namespace framegen::graph {

Result<int> remove_dead(Graph& graph, const PassOptions&) {
  std::vector<bool> needed(graph.values.size(), false);
  for (const ValueId id : graph.outputs) needed[static_cast<std::size_t>(id)] = true;
  std::vector<bool> dead(graph.nodes.size(), false);
  int changes = 0;
  for (std::size_t i = graph.nodes.size(); i-- > 0;) {
    const Node& node = graph.nodes[i];
    dead[i] = !needed[static_cast<std::size_t>(node.output)];
    changes += dead[i] ? 1 : 0;
    for (const ValueId id : node.inputs)
      if (id != kAbsent && !dead[i]) needed[static_cast<std::size_t>(id)] = true;
  }
  erase_nodes(graph, dead);
  for (std::size_t v = 0; v < graph.values.size(); ++v)  // weights that were folded into others
    if (!needed[v]) graph.values[v].constant.reset();
  return changes;
}

}  // namespace framegen::graph
