// types.cpp: floats are calculated with; integers count and choose.
#include "nn/graph/types.hpp"

namespace framegen::graph {

Type output_type(const Graph& graph, const Node& node) {
  if (node.op == Op::kShape) return Type::kInteger;
  if (node.op == Op::kCast) return node.attributes.to;
  if (node.op == Op::kConstantOfShape)
    return node.attributes.fill ? node.attributes.fill->type : Type::kFloat;
  return graph.value(node.input(0)).type;
}

bool types_fit(const Graph& graph, const Node& node) {
  const auto is = [&](std::size_t i, Type type) {
    return node.input(i) == kAbsent || graph.value(node.input(i)).type == type;
  };
  switch (node.op) {
    case Op::kConv:
    case Op::kBatchNormalization:
    case Op::kInvertedResidual:
    case Op::kMaxPool:
    case Op::kPRelu:
    case Op::kRelu:
    case Op::kSigmoid:
      for (std::size_t i = 0; i < node.inputs.size(); ++i)
        if (!is(i, Type::kFloat)) return false;
      return true;
    case Op::kResize:
      return is(0, Type::kFloat);
    case Op::kAdd:
    case Op::kSub:
    case Op::kMul:
    case Op::kDiv:
      return is(1, graph.value(node.input(0)).type);
    case Op::kConcat:
      for (std::size_t i = 0; i < node.inputs.size(); ++i)
        if (!is(i, graph.value(node.input(0)).type)) return false;
      return true;
    case Op::kGather:
      return is(1, Type::kInteger);
    default:
      return true;
  }
}

}  // namespace framegen::graph
