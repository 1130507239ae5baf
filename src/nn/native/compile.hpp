// compile.hpp: a rewritten graph, or one part of it, → steps.
#pragma once

#include <vector>

#include "kernels/network/product_precision.hpp"
#include "nn/graph/graph.hpp"
#include "nn/native/channel_ranges.hpp"
#include "nn/native/packed_weights.hpp"
#include "nn/native/program.hpp"

namespace framegen::native {

// Which nodes, and what goes in and out.
struct Section {
  std::vector<bool> nodes;              // by node
  std::vector<graph::ValueId> inputs;   // the caller's, [channels][height][width]
  std::vector<graph::ValueId> outputs;  // the same
  std::vector<graph::ValueId> kept;     // written by the image part, read by the audio part; channels last
  std::vector<bool> kept_scaled;        // by kept value: stored as scaled rows
  bool writes_kept = false;
  ProductPrecision precision = ProductPrecision::kFloat32;  // of dense convolutions and blocks
  // For bytes; where they miss something, and next to the picture, `otherwise` is the precision.
  const ChannelRanges* ranges = nullptr;
  ProductPrecision otherwise = ProductPrecision::kFloat32;
};

// `packed`: what other programs of the same network have packed already. Errors: is_unsupported() naming the
// node.
Result<Program> compile(const graph::Graph& graph, const Section& section, PackedWeights& packed);

}  // namespace framegen::native
