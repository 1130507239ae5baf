// passes.hpp: rewrites that make a graph smaller or cheaper and leave its numbers alone
// (docs/architecture.md).
#pragma once

#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "nn/graph/graph.hpp"

namespace framegen::graph {

inline constexpr double kEveryProduct = std::numeric_limits<double>::infinity();
inline constexpr double kNoProduct = 0;

struct PassOptions {
  // The input whose dependants form the audio part ("audio"); empty: the network is not split.
  std::string changing_input;
  // A kept skip enters a block either as itself or as its product with the block's 1×1 weights: more to keep
  // per template frame, less to calculate per video frame. The product is kept where it costs no more than
  // this many further bytes (of float32) per multiply-add that it saves.
  double bytes_per_mac = kEveryProduct;
  std::vector<std::string> off;  // names of passes not to run
};

struct PassReport {
  std::string name;
  int changes = 0;        // nodes rewritten, folded or removed
  std::size_t nodes = 0;  // afterwards
  std::int64_t macs = 0;  // afterwards
};

struct Pass {
  std::string_view name;
  std::string_view what;  // one line for people
  Result<int> (*run)(Graph&, const PassOptions&);
};
// In the order in which they run.
std::span<const Pass> passes();

// Infers shapes and runs the passes. Errors: those of shape inference; kBadUse for an unknown name in `off`
// or an unknown changing input.
Result<std::vector<PassReport>> run_passes(Graph& graph, const PassOptions& options);

// The passes themselves; each returns how many changes it made and leaves shapes inferred.
Result<int> fold_constants(Graph& graph, const PassOptions& options);
Result<int> remove_identities(Graph& graph, const PassOptions& options);
Result<int> fold_batch_norm(Graph& graph, const PassOptions& options);
Result<int> split_pointwise(Graph& graph, const PassOptions& options);
Result<int> fuse_blocks(Graph& graph, const PassOptions& options);
Result<int> fuse_activations(Graph& graph, const PassOptions& options);
Result<int> remove_dead(Graph& graph, const PassOptions& options);

// For each value, whether it depends on the graph input of that name. Constants never do.
std::vector<bool> depends_on(const Graph& graph, std::string_view input);
// Values that do not depend on the input and are read by nodes that do, or are graph outputs: what is kept
// per template frame. Constants and graph inputs that are read directly are included if they are inputs, not
// constants.
std::vector<ValueId> kept_values(const Graph& graph, std::string_view input);

}  // namespace framegen::graph
