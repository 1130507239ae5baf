// cut.cpp: a kept value's own part of the graph, and what it costs.
#include "nn/graph/cut.hpp"

#include <cstdint>

#include "nn/graph/macs.hpp"
#include "nn/graph/passes.hpp"
#include "nn/graph/shapes.hpp"

namespace framegen::graph {
namespace {

// The nodes that `value` is computed by, from the graph's inputs and constants on. Nodes stand in the order
// in which they can be run.
std::vector<bool> makers_of(const Graph& graph, ValueId value) {
  std::vector<bool> wanted(graph.values.size(), false), makers(graph.nodes.size(), false);
  wanted[static_cast<std::size_t>(value)] = true;
  for (std::size_t n = graph.nodes.size(); n-- > 0;) {
    const Node& node = graph.nodes[n];
    if (!wanted[static_cast<std::size_t>(node.output)]) continue;
    makers[n] = true;
    for (const ValueId id : node.inputs)
      if (id != kAbsent) wanted[static_cast<std::size_t>(id)] = true;
  }
  return makers;
}

}  // namespace

Cut cut_of(const Graph& graph, std::string_view changing_input, double bytes_per_mac) {
  Cut cut{{}, std::vector<bool>(graph.nodes.size(), false)};
  for (const ValueId id : kept_values(graph, changing_input)) {
    const std::vector<bool> makers = makers_of(graph, id);
    std::int64_t all_macs = 0;
    for (std::size_t n = 0; n < makers.size(); ++n)
      if (makers[n]) all_macs += macs(graph, graph.nodes[n]);
    const auto bytes = static_cast<double>(element_count(graph.value(id).shape) * sizeof(float));
    if (all_macs == 0 || bytes <= bytes_per_mac * static_cast<double>(all_macs)) {
      cut.kept.push_back(id);
      continue;
    }
    for (std::size_t n = 0; n < makers.size(); ++n) cut.again[n] = cut.again[n] || makers[n];
  }
  return cut;
}

}  // namespace framegen::graph
