// fold_batch_norm.cpp: BatchNormalization after a convolution becomes part of its weights.
#include <cmath>

#include "nn/graph/passes.hpp"

namespace framegen::graph {
namespace {

// weight' = weight · scale/sqrt(variance + epsilon), bias' = (bias − mean) · the same + shift: in double,
// rounded once.
bool fold_one(Graph& graph, Node& conv, const Node& norm) {
  const Array* weight = graph.constant(conv, conv_input::kWeight);
  const Array* bias = graph.constant(conv, conv_input::kBias);
  const Array *scale = graph.constant(norm, 1), *shift = graph.constant(norm, 2);
  const Array *mean = graph.constant(norm, 3), *variance = graph.constant(norm, 4);
  if (!weight || (!bias && conv.input(conv_input::kBias) != kAbsent) || !scale || !shift || !mean ||
      !variance)
    return false;
  Array new_weight = *weight, new_bias;
  const auto channels = static_cast<std::size_t>(weight->shape[0]);
  const std::size_t per_channel = weight->floats.size() / channels;
  new_bias.shape = {weight->shape[0]};
  for (std::size_t c = 0; c < channels; ++c) {
    const double factor =
        static_cast<double>(scale->floats[c]) /
        std::sqrt(static_cast<double>(variance->floats[c]) + static_cast<double>(norm.attributes.epsilon));
    for (std::size_t i = c * per_channel; i < (c + 1) * per_channel; ++i)
      new_weight.floats[i] = static_cast<float>(static_cast<double>(weight->floats[i]) * factor);
    const double before =
        (bias ? static_cast<double>(bias->floats[c]) : 0.0) - static_cast<double>(mean->floats[c]);
    new_bias.floats.push_back(static_cast<float>(before * factor + static_cast<double>(shift->floats[c])));
  }
  conv.inputs.resize(3, kAbsent);
  conv.inputs[conv_input::kWeight] = graph.add_constant(conv.name + ".weight", std::move(new_weight));
  conv.inputs[conv_input::kBias] = graph.add_constant(conv.name + ".bias", std::move(new_bias));
  return true;
}

}  // namespace

Result<int> fold_batch_norm(Graph& graph, const PassOptions&) {
  const std::vector<int> made_by = producers(graph), uses = use_counts(graph);
  std::vector<bool> dead(graph.nodes.size(), false);
  int changes = 0;
  for (std::size_t i = 0; i < graph.nodes.size(); ++i) {
    const Node norm = graph.nodes[i];
    if (norm.op != Op::kBatchNormalization) continue;
    const auto source = static_cast<std::size_t>(norm.input(0));
    if (made_by[source] < 0 || uses[source] != 1) continue;
    Node& conv = graph.nodes[static_cast<std::size_t>(made_by[source])];
    if (conv.op != Op::kConv || !fold_one(graph, conv, norm)) continue;
    replace_uses(graph, norm.output, conv.output);
    dead[i] = true;
    ++changes;
  }
  erase_nodes(graph, dead);
  return changes;
}

}  // namespace framegen::graph
