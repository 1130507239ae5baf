// network_info.hpp: a graph's inputs and outputs as its users see them.
#pragma once

#include "nn/graph/graph.hpp"
#include "nn/network.hpp"

namespace framegen::native {

// With −1 for a batch that the file leaves open.
inline NetworkInfo network_info(const graph::Graph& graph) {
  const auto shape_of = [&](graph::ValueId id) {
    Shape shape = graph.value(id).shape;
    if (graph.symbolic_batch && !shape.empty()) shape[0] = -1;
    return shape;
  };
  NetworkInfo info;
  for (const graph::ValueId id : graph.inputs) info.inputs.push_back({graph.value(id).name, shape_of(id)});
  for (std::size_t i = 0; i < graph.outputs.size(); ++i)
    info.outputs.push_back({graph.output_names[i], shape_of(graph.outputs[i])});
  return info;
}

}  // namespace framegen::native
