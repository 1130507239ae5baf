// remove_identities.cpp: operations that hand on what they get.
#include <algorithm>

#include "nn/graph/passes.hpp"

namespace framegen::graph {
namespace {

bool changes_nothing(const Graph& graph, const Node& node) {
  const Value &in = graph.value(node.input(0)), &out = graph.value(node.output);
  if (in.shape != out.shape) return false;
  switch (node.op) {
    case Op::kIdentity:
    case Op::kReshape:
    case Op::kFlatten:
    case Op::kSqueeze:
    case Op::kUnsqueeze:
      return true;
    case Op::kConcat:
      return node.inputs.size() == 1;
    case Op::kCast:
      return in.type == out.type;
    case Op::kPad: {
      const Array* pads = graph.constant(node, 1);
      return pads != nullptr &&
             std::all_of(pads->integers.begin(), pads->integers.end(), [](std::int64_t p) { return p == 0; });
    }
    default:
      return false;
  }
}

}  // namespace

Result<int> remove_identities(Graph& graph, const PassOptions&) {
  std::vector<bool> dead(graph.nodes.size(), false);
  int changes = 0;
  for (std::size_t i = 0; i < graph.nodes.size(); ++i) {
    const Node node = graph.nodes[i];
    if (!changes_nothing(graph, node)) continue;
    replace_uses(graph, node.output, node.input(0));
    dead[i] = true;
    ++changes;
  }
  erase_nodes(graph, dead);
  return changes;
}

}  // namespace framegen::graph
