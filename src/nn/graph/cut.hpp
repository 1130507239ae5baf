// cut.hpp: where a network is cut: what is kept of a picture, and what is rather computed again for every
// frame (docs/architecture.md).
#pragma once

#include <string_view>
#include <vector>

#include "nn/graph/graph.hpp"

namespace framegen::graph {

struct Cut {
  std::vector<ValueId> kept;  // of kept_values()
  std::vector<bool> again;    // by node: of the image part, and run for every frame too
};

// A value is not kept where that would cost more than `bytes_per_mac` bytes (of float32) for each
// multiply-add that it takes from the network's inputs on: it is large and soon computed, as the first skip
// of a U-Net is. Infinity: everything is kept.
Cut cut_of(const Graph& graph, std::string_view changing_input, double bytes_per_mac);

}  // namespace framegen::graph
