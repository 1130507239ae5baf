// fuse_blocks.cpp: 1×1 → ReLU → depthwise 3×3 → ReLU → 1×1 (→ Add) becomes one operation, whose kernel never
// writes the expanded tensor to memory (docs/architecture.md).
#include <array>
#include <optional>

#include "nn/graph/match.hpp"
#include "nn/graph/passes.hpp"
#include "nn/graph/shapes.hpp"

namespace framegen::graph {
namespace {

struct Matcher {
  const Graph& graph;
  const Neighbours& near;
  const PassOptions& options;
  const std::vector<bool>& changing;
  Node block{};
  std::vector<int> replaced{};

  const Node& node(int i) const { return graph.nodes[static_cast<std::size_t>(i)]; }
  bool changes(ValueId id) const { return changing[static_cast<std::size_t>(id)]; }
  int pointwise(ValueId id) const {
    const int i = near.sole_producer(id, Op::kConv);
    return i >= 0 && is_pointwise(graph, node(i)) ? i : -1;
  }

  bool expand_from_conv(int conv) {
    if (conv < 0) return false;
    block.inputs[block_input::kSource] = node(conv).input(conv_input::kX);
    block.inputs[block_input::kExpandWeight] = node(conv).input(conv_input::kWeight);
    block.inputs[block_input::kExpandBias] = node(conv).input(conv_input::kBias);
    replaced.push_back(conv);
    return true;
  }

  // Whether Wₛ·s rather than s is kept.
  bool keeps_product(const Node& conv) const {
    const Shape& weight = graph.value(conv.input(conv_input::kWeight)).shape;
    const auto out = static_cast<double>(weight[0]), in = static_cast<double>(weight[1]);
    return (out - in) * sizeof(float) <= options.bytes_per_mac * out * in;  // per pixel
  }

  // up(expand·source) + the other, in this order of the two.
  bool expand_from_doubled(ValueId doubled, ValueId other) {
    const int up = near.sole_producer(doubled, Op::kResize);
    if (up < 0 || !is_doubling(graph, node(up))) return false;
    block.attributes.upsampled = true;
    replaced.push_back(up);
    if (!expand_from_conv(pointwise(node(up).input(0))))
      block.inputs[block_input::kSource] = node(up).input(0);
    const int skip = pointwise(other);
    if (skip < 0 || changes(other) || keeps_product(node(skip))) {
      block.inputs[block_input::kAddend] = other;
      return true;
    }
    if (block.inputs[block_input::kExpandBias] != kAbsent && node(skip).input(conv_input::kBias) != kAbsent) {
      block.inputs[block_input::kAddend] = other;  // two biases: rare, and not worth a slot
      return true;
    }
    block.inputs[block_input::kSkip] = node(skip).input(conv_input::kX);
    block.inputs[block_input::kSkipWeight] = node(skip).input(conv_input::kWeight);
    if (block.inputs[block_input::kExpandBias] == kAbsent)
      block.inputs[block_input::kExpandBias] = node(skip).input(conv_input::kBias);
    replaced.push_back(skip);
    return true;
  }

  bool expand(ValueId id) {
    if (expand_from_conv(pointwise(id))) return true;
    const int sum = near.sole_producer(id, Op::kAdd);
    if (sum < 0) return false;
    const ValueId a = node(sum).input(0), b = node(sum).input(1);
    if (graph.value(a).shape != graph.value(b).shape) return false;
    replaced.push_back(sum);
    if (expand_from_doubled(a, b) || expand_from_doubled(b, a)) return true;
    const bool second = changes(b) && !changes(a);  // the one that changes is calculated inside
    block.inputs[block_input::kAddend] = second ? a : b;
    return expand_from_conv(pointwise(second ? b : a));
  }

  void residual() {
    const int sum = near.sole_reader(block.output, Op::kAdd);
    if (sum < 0) return;
    const ValueId a = node(sum).input(0), b = node(sum).input(1), other = a == block.output ? b : a;
    if (graph.value(other).shape != graph.value(block.output).shape) return;
    block.inputs[block_input::kResidual] = other;
    block.output = node(sum).output;
    replaced.push_back(sum);
  }

  bool match(int project) {
    if (!is_pointwise(graph, node(project))) return false;
    block = Node{Op::kInvertedResidual,
                 node(project).name,
                 std::vector<ValueId>(block_input::kCount, kAbsent),
                 node(project).output,
                 {}};
    const int relu2 = near.sole_producer(node(project).input(conv_input::kX), Op::kRelu);
    const int depthwise = relu2 < 0 ? -1 : near.sole_producer(node(relu2).input(0), Op::kConv);
    if (depthwise < 0 || !is_depthwise3x3(graph, node(depthwise))) return false;
    const int relu1 = near.sole_producer(node(depthwise).input(conv_input::kX), Op::kRelu);
    if (relu1 < 0) return false;
    replaced = {project, relu2, depthwise, relu1};
    if (!expand(node(relu1).input(0))) return false;
    block.attributes.strides = node(depthwise).attributes.strides;
    block.inputs[block_input::kDepthwiseWeight] = node(depthwise).input(conv_input::kWeight);
    block.inputs[block_input::kDepthwiseBias] = node(depthwise).input(conv_input::kBias);
    block.inputs[block_input::kProjectWeight] = node(project).input(conv_input::kWeight);
    block.inputs[block_input::kProjectBias] = node(project).input(conv_input::kBias);
    residual();
    return true;
  }
};

}  // namespace

Result<int> fuse_blocks(Graph& graph, const PassOptions& options) {
  const Neighbours near(graph);
  const std::vector<bool> changing = depends_on(graph, options.changing_input);
  std::vector<bool> dead(graph.nodes.size(), false);
  std::vector<Node> blocks;
  for (std::size_t i = 0; i < graph.nodes.size(); ++i) {
    Matcher matcher{graph, near, options, changing};
    if (!matcher.match(static_cast<int>(i))) continue;
    bool taken = false;  // a node can be part of one block only
    for (const int part : matcher.replaced) taken = taken || dead[static_cast<std::size_t>(part)];
    if (taken) continue;
    for (const int part : matcher.replaced) dead[static_cast<std::size_t>(part)] = true;
    blocks.push_back(std::move(matcher.block));
  }
  const auto changes = static_cast<int>(blocks.size());
  erase_nodes(graph, dead);
  for (Node& block : blocks) graph.nodes.push_back(std::move(block));
  sort_nodes(graph);
  FRAMEGEN_TRY(infer_shapes(graph));
  return changes;
}

}  // namespace framegen::graph
