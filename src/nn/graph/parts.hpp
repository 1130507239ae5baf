// parts.hpp: a network cut in two networks: what depends on the pictures alone, and the rest
// (docs/gpu.md).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "nn/graph/graph.hpp"

namespace framegen::graph {

// The image part's outputs are the audio part's inputs of the same names, in the order of `kept`; the
// audio part's last input is the changing one. Both share the whole network's constants.
struct Parts {
  Graph image, audio;
  std::vector<std::string> kept;  // "kept0", "kept1", …
};

// Of a 1×1 convolution of a kept skip the skip is kept, where that is smaller: a device computes sooner than
// it reads. Errors: kBadAvatar where the changing input is not there, does not reach the first output, or
// nothing depends on the pictures alone.
Result<Parts> split_parts(const Graph& graph, std::string_view changing_input);

}  // namespace framegen::graph
