// macs.cpp: weights times the pixels that each is used for.
#include "nn/graph/macs.hpp"

#include "nn/graph/limits.hpp"

namespace framegen::graph {

std::int64_t macs(const Graph& graph, const Node& node) {
  const auto count = [&](ValueId id) { return id == kAbsent ? 0 : bounded_count(graph.value(id).shape); };
  const auto pixels = [&](ValueId id) {
    const Shape& shape = graph.value(id).shape;
    return shape.size() == 4 ? shape[2] * shape[3] : 1;
  };
  if (node.op == Op::kConv) return count(node.input(conv_input::kWeight)) * pixels(node.output);
  if (node.op != Op::kInvertedResidual) return 0;
  const std::int64_t source = pixels(node.input(block_input::kSource));
  return count(node.input(block_input::kExpandWeight)) * source +
         count(node.input(block_input::kSkipWeight)) * source * (node.attributes.upsampled ? 4 : 1) +
         (count(node.input(block_input::kDepthwiseWeight)) + count(node.input(block_input::kProjectWeight))) *
             pixels(node.output);
}

}  // namespace framegen::graph
