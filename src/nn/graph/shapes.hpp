// shapes.hpp: what shape each operation's output has, and whether its inputs fit together.
#pragma once

#include <cstdint>

#include "nn/graph/graph.hpp"

namespace framegen::graph {

// The output shape of one node whose inputs' shapes are known. Errors: kBadAvatar naming the node and what
// was expected; is_unsupported() where the shape would depend on what is computed at run time.
Result<Shape> infer_shape(const Graph& graph, const Node& node);
// Sets type and shape of the node's output.
Status infer_node(Graph& graph, const Node& node);
// Sets type and shape of every node's output, in order.
Status infer_shapes(Graph& graph);

// What a Slice takes of each dimension: element start, then start + step, `count` of them.
struct SliceRange {
  std::int64_t start = 0, step = 1, count = 0;
};
Result<std::vector<SliceRange>> slice_ranges(const Graph& graph, const Node& node);

}  // namespace framegen::graph
