// fold_constants.cpp: the export's pad arithmetic and whatever else is known beforehand (docs/reference.md
// §6).
#include "nn/graph/evaluate.hpp"
#include "nn/graph/limits.hpp"
#include "nn/graph/passes.hpp"
#include "nn/graph/shapes.hpp"

namespace framegen::graph {
namespace {

// A small file must not be able to ask for much memory.
constexpr std::int64_t kMaxFolded = std::int64_t{1} << 24;

bool is_known(const Graph& graph, const Node& node) {
  if (node.op == Op::kShape) return true;
  bool known = !node.inputs.empty();
  for (const ValueId id : node.inputs) known = known && (id == kAbsent || graph.value(id).constant);
  return known;
}

Result<Array> fold(const Graph& graph, const Node& node) {
  if (node.op == Op::kShape) {
    const Shape& shape = graph.value(node.input(0)).shape;
    return Array{Type::kInteger, {static_cast<std::int64_t>(shape.size())}, {}, shape};
  }
  std::vector<const Array*> inputs;
  for (std::size_t i = 0; i < node.inputs.size(); ++i) inputs.push_back(graph.constant(node, i));
  return evaluate(graph, node, inputs);
}

}  // namespace

Result<int> fold_constants(Graph& graph, const PassOptions&) {
  std::vector<bool> folded(graph.nodes.size(), false);
  int changes = 0;
  std::int64_t total = 0;
  for (std::size_t i = 0; i < graph.nodes.size(); ++i) {
    const Node& node = graph.nodes[i];
    // Shapes further down may depend on what is folded here: both go along together.
    FRAMEGEN_TRY(infer_node(graph, node));
    if (!is_known(graph, node)) continue;
    total += bounded_count(graph.value(node.output).shape);
    if (total > kMaxFolded)
      return unsupported(node, "constant of more than 64 MiB that is not stored in the file");
    auto array = fold(graph, node);
    if (!array && is_unsupported(array.error())) continue;  // Conv of constants: let it run
    if (!array) return std::move(array).error();
    graph.value(node.output).constant = std::make_shared<const Array>(*std::move(array));
    folded[i] = true;
    ++changes;
  }
  erase_nodes(graph, folded);
  return changes;
}

}  // namespace framegen::graph
