// passes.cpp: the passes in their order.
#include "nn/graph/passes.hpp"

#include <algorithm>

#include "nn/graph/macs.hpp"
#include "nn/graph/shapes.hpp"

namespace framegen::graph {

std::span<const Pass> passes() {
  static constexpr Pass kPasses[] = {
      {"fold-constants", "calculates what does not depend on any input", fold_constants},
      {"remove-identities", "removes operations that change nothing, such as empty pads", remove_identities},
      {"fold-batch-norm", "puts batch normalisation into the convolution before it", fold_batch_norm},
      {"split-pointwise", "moves 1x1 convolutions below bilinear upsampling and splits them over Concat",
       split_pointwise},
      {"fuse-blocks", "makes one operation of each inverted residual block", fuse_blocks},
      {"fuse-activations", "makes one operation of convolution, sum and activation", fuse_activations},
      {"remove-dead", "removes what no output needs", remove_dead},
  };
  return kPasses;
}

Result<std::vector<PassReport>> run_passes(Graph& graph, const PassOptions& options) {
  for (const std::string& name : options.off)
    if (std::none_of(passes().begin(), passes().end(), [&](const Pass& pass) { return pass.name == name; }))
      return Error{ErrorCode::kBadUse, "pass '" + name + "'", "is not known",
                   "framegen inspect --graph lists them"};
  if (!options.changing_input.empty() &&
      std::none_of(graph.inputs.begin(), graph.inputs.end(),
                   [&](ValueId id) { return graph.value(id).name == options.changing_input; }))
    return Error{ErrorCode::kBadAvatar, "input '" + options.changing_input + "'",
                 "is not an input of the network", "name the tensors in avatar.json as the network does"};
  std::vector<PassReport> reports;
  for (const Pass& pass : passes()) {
    if (std::find(options.off.begin(), options.off.end(), pass.name) != options.off.end()) continue;
    PassReport report{std::string(pass.name), FRAMEGEN_TRY(pass.run(graph, options)), 0, 0};
    FRAMEGEN_TRY(infer_shapes(graph));
    report.nodes = graph.nodes.size();
    for (const Node& node : graph.nodes) report.macs += macs(graph, node);
    reports.push_back(std::move(report));
  }
  return reports;
}

std::vector<bool> depends_on(const Graph& graph, std::string_view input) {
  std::vector<bool> depends(graph.values.size(), false);
  for (const ValueId id : graph.inputs)
    if (graph.value(id).name == input) depends[static_cast<std::size_t>(id)] = true;
  for (const Node& node : graph.nodes)
    for (const ValueId id : node.inputs)
      if (id != kAbsent && depends[static_cast<std::size_t>(id)])
        depends[static_cast<std::size_t>(node.output)] = true;
  return depends;
}

std::vector<ValueId> kept_values(const Graph& graph, std::string_view input) {
  const std::vector<bool> depends = depends_on(graph, input);
  std::vector<ValueId> kept;
  const auto keep = [&](ValueId id) {
    if (id == kAbsent || depends[static_cast<std::size_t>(id)] || graph.value(id).constant) return;
    if (std::find(kept.begin(), kept.end(), id) == kept.end()) kept.push_back(id);
  };
  for (const Node& node : graph.nodes)
    if (depends[static_cast<std::size_t>(node.output)])
      for (const ValueId id : node.inputs) keep(id);
  for (const ValueId id : graph.outputs) keep(id);
  return kept;
}

}  // namespace framegen::graph
