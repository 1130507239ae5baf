// match.hpp: what the rewriting passes look for.
#pragma once

#include <algorithm>
#include <cstdint>

#include "nn/graph/graph.hpp"

namespace framegen::graph {

// Who makes and who reads each value; valid until the graph's nodes change.
class Neighbours {
 public:
  explicit Neighbours(const Graph& graph)
      : graph_(graph),
        made_by_(producers(graph)),
        uses_(use_counts(graph)),
        reader_(graph.values.size(), -1) {
    for (std::size_t i = 0; i < graph.nodes.size(); ++i)
      for (const ValueId id : graph.nodes[i].inputs)
        if (id != kAbsent) reader_[static_cast<std::size_t>(id)] = static_cast<int>(i);
  }
  // The node that makes `id`, if it is of that operation and nobody else reads `id`; else −1.
  int sole_producer(ValueId id, Op op) const {
    if (id == kAbsent || uses_[static_cast<std::size_t>(id)] != 1) return -1;
    const int made_by = made_by_[static_cast<std::size_t>(id)];
    return made_by >= 0 && graph_.nodes[static_cast<std::size_t>(made_by)].op == op ? made_by : -1;
  }
  // The only node that reads `id`, if it is of that operation; else −1.
  int sole_reader(ValueId id, Op op) const {
    if (uses_[static_cast<std::size_t>(id)] != 1) return -1;
    const int reader = reader_[static_cast<std::size_t>(id)];
    return reader >= 0 && graph_.nodes[static_cast<std::size_t>(reader)].op == op ? reader : -1;
  }

 private:
  const Graph& graph_;
  std::vector<int> made_by_, uses_, reader_;
};

// A 1×1 convolution of every pixel on its own, with weights that are known.
inline bool is_pointwise(const Graph& graph, const Node& node) {
  if (node.op != Op::kConv || node.attributes.groups != 1 || node.attributes.activation != Activation::kNone)
    return false;
  const Array* weight = graph.constant(node, conv_input::kWeight);
  if (weight == nullptr || weight->shape[2] != 1 || weight->shape[3] != 1) return false;
  if (node.input(conv_input::kBias) != kAbsent && !graph.constant(node, conv_input::kBias)) return false;
  return node.attributes.strides == std::array<std::int64_t, 2>{1, 1} &&
         node.attributes.pads == std::array<std::int64_t, 4>{} && node.input(conv_input::kAddend) == kAbsent;
}

// Depthwise 3×3, padding 1, stride 1 or 2.
inline bool is_depthwise3x3(const Graph& graph, const Node& node) {
  if (node.op != Op::kConv || node.attributes.activation != Activation::kNone) return false;
  const Array* weight = graph.constant(node, conv_input::kWeight);
  const std::int64_t channels = graph.value(node.input(conv_input::kX)).shape[1];
  if (weight == nullptr || weight->shape != Shape{channels, 1, 3, 3} || node.attributes.groups != channels)
    return false;
  if (node.input(conv_input::kBias) != kAbsent && !graph.constant(node, conv_input::kBias)) return false;
  const Attributes& a = node.attributes;
  return a.pads == std::array<std::int64_t, 4>{1, 1, 1, 1} &&
         a.dilations == std::array<std::int64_t, 2>{1, 1} && a.strides[0] == a.strides[1] &&
         a.strides[0] <= 2 && node.input(conv_input::kAddend) == kAbsent;
}

// Bilinear ×2 with aligned corners (the loader lets no other interpolation through).
inline bool is_doubling(const Graph& graph, const Node& node) {
  if (node.op != Op::kResize) return false;
  const Shape &in = graph.value(node.input(0)).shape, &out = graph.value(node.output).shape;
  return in.size() == 4 && out == Shape{in[0], in[1], 2 * in[2], 2 * in[3]};
}

}  // namespace framegen::graph
