// fuse_activations.cpp: convolution (→ Add) (→ Relu or Sigmoid) becomes one operation.
#include "nn/graph/match.hpp"
#include "nn/graph/passes.hpp"
#include "nn/graph/shapes.hpp"

namespace framegen::graph {
namespace {

Activation activation_of(Op op) { return op == Op::kRelu ? Activation::kRelu : Activation::kSigmoid; }

}  // namespace

Result<int> fuse_activations(Graph& graph, const PassOptions& options) {
  const Neighbours near(graph);
  const std::vector<bool> changing = depends_on(graph, options.changing_input);
  std::vector<bool> dead(graph.nodes.size(), false);
  int changes = 0;
  for (std::size_t i = 0; i < graph.nodes.size(); ++i) {
    Node& conv = graph.nodes[i];
    if (conv.op != Op::kConv || conv.attributes.activation != Activation::kNone) continue;
    const int sum = near.sole_reader(conv.output, Op::kAdd);
    if (sum >= 0 && !dead[static_cast<std::size_t>(sum)] && conv.input(conv_input::kAddend) == kAbsent) {
      const Node& add = graph.nodes[static_cast<std::size_t>(sum)];
      const ValueId other = add.input(0) == conv.output ? add.input(1) : add.input(0);
      // A convolution that can be done once must not wait for something that changes.
      if (graph.value(other).shape == graph.value(conv.output).shape &&
          changing[static_cast<std::size_t>(add.output)] == changing[static_cast<std::size_t>(conv.output)]) {
        conv.inputs.resize(conv_input::kCount, kAbsent);
        conv.inputs[conv_input::kAddend] = other;
        conv.output = add.output;
        dead[static_cast<std::size_t>(sum)] = true;
        ++changes;
      }
    }
    int activation = near.sole_reader(conv.output, Op::kRelu);
    if (activation < 0) activation = near.sole_reader(conv.output, Op::kSigmoid);
    if (activation < 0) continue;
    conv.attributes.activation = activation_of(graph.nodes[static_cast<std::size_t>(activation)].op);
    conv.output = graph.nodes[static_cast<std::size_t>(activation)].output;
    dead[static_cast<std::size_t>(activation)] = true;
    ++changes;
  }
  erase_nodes(graph, dead);
  sort_nodes(graph);
  FRAMEGEN_TRY(infer_shapes(graph));
  return changes;
}

}  // namespace framegen::graph
