// network.cpp: counts of a graph before and after each pass.
#include "inspect/network.hpp"

#include <map>

#include "nn/graph/load.hpp"
#include "nn/graph/macs.hpp"
#include "nn/graph/passes.hpp"
#include "nn/graph/shapes.hpp"

namespace framegen::app {
namespace {

using Json = nlohmann::ordered_json;

Json tensors(const graph::Graph& network, const std::vector<graph::ValueId>& ids) {
  Json list = Json::object();
  for (const graph::ValueId id : ids) {
    Shape shape = network.value(id).shape;
    if (network.symbolic_batch && !shape.empty()) shape.front() = -1;
    list[network.value(id).name] = to_string(shape);
  }
  return list;
}

Json operators(const graph::Graph& network) {
  std::map<std::string, int> counts;
  for (const graph::Node& node : network.nodes) ++counts[std::string(graph::op_name(node.op))];
  Json list = Json::object();
  for (const auto& [name, count] : counts) list[name] = count;
  return list;
}

std::uint64_t weights(const graph::Graph& network) {
  std::uint64_t count = 0;
  for (const graph::Value& value : network.values)
    if (value.constant != nullptr) count += value.constant->floats.size();
  return count;
}

std::int64_t all_macs(const graph::Graph& network) {
  std::int64_t count = 0;
  for (const graph::Node& node : network.nodes) count += graph::macs(network, node);
  return count;
}

}  // namespace

Result<Json> inspect_network(const std::filesystem::path& file, bool with_passes) {
  graph::Graph network = FRAMEGEN_TRY(graph::load_onnx(file));
  FRAMEGEN_TRY(graph::infer_shapes(network));
  Json facts = Json::object();
  facts["network"] = file.string();
  facts["parameters"] = weights(network);
  facts["inputs"] = tensors(network, network.inputs);
  facts["outputs"] = tensors(network, network.outputs);
  facts["nodes"] = network.nodes.size();
  facts["million multiply-adds"] = static_cast<double>(all_macs(network)) * 1e-6;
  facts["operators"] = operators(network);
  if (!with_passes) return facts;
  graph::PassOptions options;
  if (network.inputs.size() == 2) options.changing_input = network.value(network.inputs[1]).name;
  Json passes = Json::object();
  for (const graph::PassReport& pass : FRAMEGEN_TRY(graph::run_passes(network, options)))
    passes[pass.name] = std::to_string(pass.changes) + " changes, then " + std::to_string(pass.nodes) +
                        " nodes, " + std::to_string(pass.macs / 1000000) + " million multiply-adds";
  facts["passes"] = passes;
  facts["operators after"] = operators(network);
  return facts;
}

}  // namespace framegen::app
