// load.cpp: an ONNX file's graph, node by node, every size checked against what is there (docs/reference.md
// §6).
#include "nn/graph/load.hpp"

#include <algorithm>
#include <string_view>
#include <unordered_map>

#include "core/files.hpp"
#include "nn/graph/limits.hpp"
#include "nn/graph/load_parts.hpp"

namespace framegen::graph {
namespace {

constexpr int kOldestOpset = 11, kNewestOpset = 21;

struct Loader {
  const onnx_file::Graph& from;
  std::int64_t opset;
  Graph graph{};
  std::unordered_map<std::string, ValueId> names{};

  Status define(const std::string& name, ValueId id, const std::string& where) {
    if (names.emplace(name, id).second) return {};
    return Error{ErrorCode::kBadAvatar, where, "tensor " + quote(name) + " is made twice",
                 "export the network again"};
  }

  Status add_initializers() {
    for (const onnx_file::Tensor& tensor : from.initializers) {
      Array array = FRAMEGEN_TRY(load_tensor(tensor));
      const std::string name(tensor.name);
      FRAMEGEN_TRY(define(name, graph.add_constant(name, std::move(array)), "initializer"));
    }
    return {};
  }

  Status add_inputs() {
    for (const onnx_file::ValueInfo& input : from.inputs) {
      const std::string name(input.name);
      if (names.contains(name)) continue;  // IR version 3 lists initialisers among the inputs
      bool symbolic = false;
      Shape shape = FRAMEGEN_TRY(load_input_shape(input, symbolic));
      graph.symbolic_batch = graph.symbolic_batch || symbolic;
      const ValueId id = graph.add_value(name, Type::kFloat, std::move(shape));
      graph.inputs.push_back(id);
      FRAMEGEN_TRY(define(name, id, "input"));
    }
    return {};
  }

  Status add_node(const onnx_file::Node& proto) {
    if (proto.op_type == "Constant")
      return add_constant(proto, "node " + quote(std::string(proto.name)) + " (Constant)");
    Node node = FRAMEGEN_TRY(load_node(proto));
    const std::string where = describe_node(node);
    for (const std::string_view name : proto.inputs) {
      const std::string input(name);
      const auto found = names.find(input);
      if (input.empty()) {
        node.inputs.push_back(kAbsent);
      } else if (found == names.end()) {
        return Error{ErrorCode::kBadAvatar, where,
                     "reads tensor " + quote(input) + ", which nothing before it makes",
                     "export the network again"};
      } else {
        node.inputs.push_back(found->second);
      }
    }
    if (node.op == Op::kConv && node.inputs.size() > 3) return unsupported(node, "fourth input");
    if (proto.outputs.empty() || proto.outputs[0].empty())
      return Error{ErrorCode::kBadAvatar, where, "has no output", "export the network again"};
    const std::string output(proto.outputs[0]);
    if (proto.outputs.size() > 1)
      return unsupported(node, "second output " + quote(std::string(proto.outputs[1])));
    node.output = graph.add_value(output);
    FRAMEGEN_TRY(define(output, node.output, where));
    graph.nodes.push_back(std::move(node));
    return {};
  }

  Status add_constant(const onnx_file::Node& proto, const std::string& where) {
    if (proto.outputs.size() != 1)
      return Error{ErrorCode::kBadAvatar, where,
                   "has " + std::to_string(proto.outputs.size()) + " outputs, expected 1",
                   "export the network again"};
    auto array = load_constant(proto);
    if (!array) return std::move(array).error().within(where);
    const std::string output(proto.outputs[0]);
    return define(output, graph.add_constant(output, *std::move(array)), where);
  }

  Status add_outputs() {
    for (const onnx_file::ValueInfo& output : from.outputs) {
      const std::string name(output.name);
      const auto found = names.find(name);
      if (found == names.end())
        return Error{ErrorCode::kBadAvatar, "output " + quote(name), "no node makes it",
                     "export the network again"};
      graph.outputs.push_back(found->second);
      graph.output_names.push_back(name);
    }
    if (graph.outputs.empty())
      return Error{ErrorCode::kBadAvatar, "graph", "has no outputs", "export the network again"};
    return {};
  }

  Result<Graph> load() {
    if (from.nodes.size() > kMaxNodes)
      return Error{
          ErrorCode::kBadAvatar, "graph",
          "has " + std::to_string(from.nodes.size()) + " nodes, more than " + std::to_string(kMaxNodes), ""};
    FRAMEGEN_TRY(add_initializers());
    FRAMEGEN_TRY(add_inputs());
    for (const onnx_file::Node& node : from.nodes) FRAMEGEN_TRY(add_node(node));
    FRAMEGEN_TRY(add_outputs());
    return std::move(graph);
  }
};

Result<std::int64_t> opset_of(const onnx_file::Model& model) {
  std::int64_t opset = 0;
  for (const onnx_file::OperatorSet& set : model.operator_sets)
    if (set.domain.empty() || set.domain == "ai.onnx") opset = set.version;
  if (opset < kOldestOpset || opset > kNewestOpset)
    return Error{ErrorCode::kBadAvatar, "opset_import",
                 "unsupported opset " + std::to_string(opset) + ", known are " +
                     std::to_string(kOldestOpset) + " to " + std::to_string(kNewestOpset),
                 "use the onnxruntime backend"};
  return opset;
}

}  // namespace

Result<Graph> load_onnx(std::span<const std::uint8_t> bytes) {
  if (bytes.size() > kMaxFileBytes) return Error{ErrorCode::kBadAvatar, "", "is larger than 1 GiB", ""};
  try {
    const onnx_file::Model model = FRAMEGEN_TRY(onnx_file::read_model(bytes));
    const std::int64_t opset = FRAMEGEN_TRY(opset_of(model));
    return Loader{model.graph, opset}.load();
  } catch (const std::bad_alloc&) {
    return Error{ErrorCode::kInternal, "", "not enough memory to read it",
                 "free memory or use a smaller network"};
  }
}

Result<Graph> load_onnx(const std::filesystem::path& path) {
  auto file = read_file(path, kMaxFileBytes);
  if (!file) {
    file.error().code = ErrorCode::kBadAvatar;
    return std::move(file).error();
  }
  auto graph = load_onnx(*file);
  if (!graph) return std::move(graph).error().within(path.string());
  return graph;
}

}  // namespace framegen::graph
