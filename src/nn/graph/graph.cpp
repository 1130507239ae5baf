// graph.cpp: looking round in a graph and editing it.
#include "nn/graph/graph.hpp"

#include <algorithm>

namespace framegen::graph {
namespace {

constexpr std::string_view kUnsupported = "unsupported ";

}  // namespace

std::string_view op_name(Op op) {
  switch (op) {
    case Op::kAdd:
      return "Add";
    case Op::kBatchNormalization:
      return "BatchNormalization";
    case Op::kCast:
      return "Cast";
    case Op::kConcat:
      return "Concat";
    case Op::kConstantOfShape:
      return "ConstantOfShape";
    case Op::kConv:
      return "Conv";
    case Op::kDiv:
      return "Div";
    case Op::kFlatten:
      return "Flatten";
    case Op::kGather:
      return "Gather";
    case Op::kIdentity:
      return "Identity";
    case Op::kMaxPool:
      return "MaxPool";
    case Op::kMul:
      return "Mul";
    case Op::kPRelu:
      return "PRelu";
    case Op::kPad:
      return "Pad";
    case Op::kRelu:
      return "Relu";
    case Op::kReshape:
      return "Reshape";
    case Op::kResize:
      return "Resize";
    case Op::kShape:
      return "Shape";
    case Op::kSigmoid:
      return "Sigmoid";
    case Op::kSlice:
      return "Slice";
    case Op::kSqueeze:
      return "Squeeze";
    case Op::kSub:
      return "Sub";
    case Op::kTranspose:
      return "Transpose";
    case Op::kUnsqueeze:
      return "Unsqueeze";
    case Op::kInvertedResidual:
      return "InvertedResidual";
  }
  return "?";
}

const Array* Graph::constant(const Node& node, std::size_t input) const {
  const ValueId id = node.input(input);
  return id == kAbsent ? nullptr : value(id).constant.get();
}

ValueId Graph::add_value(std::string name, Type type, Shape shape) {
  values.push_back({std::move(name), type, std::move(shape), nullptr});
  return static_cast<ValueId>(values.size()) - 1;
}

ValueId Graph::add_constant(std::string name, Array array) {
  const ValueId id = add_value(std::move(name), array.type, array.shape);
  value(id).constant = std::make_shared<const Array>(std::move(array));
  return id;
}

std::vector<int> producers(const Graph& graph) {
  std::vector<int> result(graph.values.size(), -1);
  for (std::size_t i = 0; i < graph.nodes.size(); ++i)
    result[static_cast<std::size_t>(graph.nodes[i].output)] = static_cast<int>(i);
  return result;
}

std::vector<int> use_counts(const Graph& graph) {
  std::vector<int> result(graph.values.size(), 0);
  for (const Node& node : graph.nodes)
    for (const ValueId id : node.inputs)
      if (id != kAbsent) ++result[static_cast<std::size_t>(id)];
  for (const ValueId id : graph.outputs) ++result[static_cast<std::size_t>(id)];
  return result;
}

void replace_uses(Graph& graph, ValueId from, ValueId to) {
  for (Node& node : graph.nodes) std::replace(node.inputs.begin(), node.inputs.end(), from, to);
  std::replace(graph.outputs.begin(), graph.outputs.end(), from, to);
}

void erase_nodes(Graph& graph, const std::vector<bool>& dead) {
  std::size_t kept = 0;
  for (std::size_t i = 0; i < graph.nodes.size(); ++i) {
    if (dead[i]) continue;
    if (kept != i) graph.nodes[kept] = std::move(graph.nodes[i]);
    ++kept;
  }
  graph.nodes.resize(kept);
}

void sort_nodes(Graph& graph) {
  const std::vector<int> made_by = producers(graph);
  std::vector<bool> done(graph.nodes.size(), false);
  std::vector<Node> sorted;
  sorted.reserve(graph.nodes.size());
  std::vector<std::size_t> stack;  // explicit: a deep graph must not overflow the call stack
  for (std::size_t root = 0; root < graph.nodes.size(); ++root) {
    stack.push_back(root);
    while (!stack.empty()) {
      const std::size_t i = stack.back();
      bool ready = true;
      for (auto id = graph.nodes[i].inputs.rbegin(); !done[i] && id != graph.nodes[i].inputs.rend(); ++id) {
        const int from = *id == kAbsent ? -1 : made_by[static_cast<std::size_t>(*id)];
        if (from < 0 || done[static_cast<std::size_t>(from)]) continue;
        stack.push_back(static_cast<std::size_t>(from));
        ready = false;
      }
      if (!ready) continue;
      stack.pop_back();
      if (done[i]) continue;
      done[i] = true;
      sorted.push_back(graph.nodes[i]);
    }
  }
  graph.nodes = std::move(sorted);
}

std::string quote(std::string_view name) {
  std::string text = "'" + std::string(name.substr(0, 120)) + (name.size() > 120 ? "…'" : "'");
  for (char& c : text)
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) c = '?';
  return text;
}

std::string describe_node(const Node& node) {
  return "node " + quote(node.name) + " (" + std::string(op_name(node.op)) + ")";
}

Error unsupported(const Node& node, const std::string& what) {
  return {ErrorCode::kBadAvatar, describe_node(node), std::string(kUnsupported) + what,
          "use the onnxruntime backend"};
}

bool is_unsupported(const Error& error) { return error.what.starts_with(kUnsupported); }

}  // namespace framegen::graph
