// describe.cpp: counts nodes, multiply-adds and bytes.
#include "nn/graph/describe.hpp"

#include <set>

#include "nn/graph/macs.hpp"
#include "nn/graph/passes.hpp"

namespace framegen::graph {

GraphFigures describe(const Graph& graph, std::string_view changing_input) {
  const std::vector<bool> changes = depends_on(graph, changing_input);
  GraphFigures figures;
  std::set<ValueId> counted;
  for (const Node& node : graph.nodes) {
    PartFigures& part = changes[static_cast<std::size_t>(node.output)] ? figures.audio : figures.image;
    ++part.nodes[std::string(op_name(node.op))];
    part.macs += macs(graph, node);
    part.tensor_bytes += element_count(graph.value(node.output).shape) * sizeof(float);
    for (const ValueId id : node.inputs) {
      if (id == kAbsent || !graph.value(id).constant || !counted.insert(id).second) continue;
      part.weight_bytes += graph.value(id).constant->floats.size() * sizeof(float);
    }
  }
  for (const ValueId id :
       changing_input.empty() ? std::vector<ValueId>{} : kept_values(graph, changing_input)) {
    const Value& value = graph.value(id);
    figures.kept.push_back({value.name, value.shape, element_count(value.shape) * sizeof(float)});
  }
  return figures;
}

}  // namespace framegen::graph
