// load.cpp: an ONNX file's graph, node by node, every size checked against what is there (docs/reference.md
// §6).
#include "nn/graph/load.hpp"

#include <onnx/onnx_pb.h>

#include <algorithm>
#include <climits>
#include <unordered_map>

#include "core/files.hpp"
#include "nn/graph/limits.hpp"
#include "nn/graph/load_parts.hpp"

namespace framegen::graph {
namespace {

constexpr int kOldestOpset = 11, kNewestOpset = 21;

struct Loader {
  const onnx::GraphProto& from;
  std::int64_t opset;
  Graph graph{};
  std::unordered_map<std::string, ValueId> names{};

  Status define(const std::string& name, ValueId id, const std::string& where) {
    if (names.emplace(name, id).second) return {};
    return Error{ErrorCode::kBadAvatar, where, "tensor " + quote(name) + " is made twice",
                 "export the network again"};
  }

  Status add_initializers() {
    for (const onnx::TensorProto& tensor : from.initializer()) {
      Array array = FRAMEGEN_TRY(load_tensor(tensor));
      FRAMEGEN_TRY(define(tensor.name(), graph.add_constant(tensor.name(), std::move(array)), "initializer"));
    }
    return {};
  }

  Status add_inputs() {
    for (const onnx::ValueInfoProto& input : from.input()) {
      if (names.contains(input.name())) continue;  // IR version 3 lists initialisers among the inputs
      bool symbolic = false;
      Shape shape = FRAMEGEN_TRY(load_input_shape(input, symbolic));
      graph.symbolic_batch = graph.symbolic_batch || symbolic;
      const ValueId id = graph.add_value(input.name(), Type::kFloat, std::move(shape));
      graph.inputs.push_back(id);
      FRAMEGEN_TRY(define(input.name(), id, "input"));
    }
    return {};
  }

  Status add_node(const onnx::NodeProto& proto) {
    const std::string where = "node " + quote(proto.name()) + " (" + proto.op_type() + ")";
    if (proto.op_type() == "Constant") return add_constant(proto, where);
    Node node = FRAMEGEN_TRY(load_node(proto));
    for (const std::string& input : proto.input()) {
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
    if (proto.output_size() == 0 || proto.output(0).empty())
      return Error{ErrorCode::kBadAvatar, where, "has no output", "export the network again"};
    if (proto.output_size() > 1) return unsupported(node, "second output " + quote(proto.output(1)));
    node.output = graph.add_value(proto.output(0));
    FRAMEGEN_TRY(define(proto.output(0), node.output, where));
    graph.nodes.push_back(std::move(node));
    return {};
  }

  Status add_constant(const onnx::NodeProto& proto, const std::string& where) {
    if (proto.output_size() != 1)
      return Error{ErrorCode::kBadAvatar, where,
                   "has " + std::to_string(proto.output_size()) + " outputs, expected 1",
                   "export the network again"};
    auto array = load_constant(proto);
    if (!array) return std::move(array).error().within(where);
    return define(proto.output(0), graph.add_constant(proto.output(0), *std::move(array)), where);
  }

  Status add_outputs() {
    for (const onnx::ValueInfoProto& output : from.output()) {
      const auto found = names.find(output.name());
      if (found == names.end())
        return Error{ErrorCode::kBadAvatar, "output " + quote(output.name()), "no node makes it",
                     "export the network again"};
      graph.outputs.push_back(found->second);
      graph.output_names.push_back(output.name());
    }
    if (graph.outputs.empty())
      return Error{ErrorCode::kBadAvatar, "graph", "has no outputs", "export the network again"};
    return {};
  }

  Result<Graph> load() {
    if (from.node_size() > kMaxNodes)
      return Error{
          ErrorCode::kBadAvatar, "graph",
          "has " + std::to_string(from.node_size()) + " nodes, more than " + std::to_string(kMaxNodes), ""};
    FRAMEGEN_TRY(add_initializers());
    FRAMEGEN_TRY(add_inputs());
    for (const onnx::NodeProto& node : from.node()) FRAMEGEN_TRY(add_node(node));
    FRAMEGEN_TRY(add_outputs());
    return std::move(graph);
  }
};

Result<std::int64_t> opset_of(const onnx::ModelProto& model) {
  std::int64_t opset = 0;
  for (const onnx::OperatorSetIdProto& set : model.opset_import())
    if (set.domain().empty() || set.domain() == "ai.onnx") opset = set.version();
  if (opset < kOldestOpset || opset > kNewestOpset)
    return Error{ErrorCode::kBadAvatar, "opset_import",
                 "unsupported opset " + std::to_string(opset) + ", known are " +
                     std::to_string(kOldestOpset) + " to " + std::to_string(kNewestOpset),
                 "use the onnxruntime backend"};
  return opset;
}

}  // namespace

Result<Graph> load_onnx(std::span<const std::uint8_t> bytes) {
  if (bytes.size() > kMaxFileBytes || bytes.size() > INT_MAX)
    return Error{ErrorCode::kBadAvatar, "", "is larger than 1 GiB", ""};
  try {
    onnx::ModelProto model;  // protobuf bounds the nesting itself (100 levels)
    if (!model.ParseFromArray(bytes.data(), static_cast<int>(bytes.size())) || !model.has_graph())
      return Error{ErrorCode::kBadAvatar, "", "is not an ONNX model, or is cut short",
                   "copy or export it again"};
    const std::int64_t opset = FRAMEGEN_TRY(opset_of(model));
    return Loader{model.graph(), opset}.load();
  } catch (const std::bad_alloc&) {
    return Error{ErrorCode::kInternal, "", "not enough memory to read it",
                 "free memory or use a smaller network"};
  } catch (const std::exception& e) {  // protobuf
    return Error{ErrorCode::kBadAvatar, "", std::string("cannot be read: ") + e.what(),
                 "copy or export it again"};
  }
}

Result<Graph> load_onnx(const std::filesystem::path& path) {
  auto file = MappedFile::open(path);
  if (!file) {
    file.error().code = ErrorCode::kBadAvatar;
    return std::move(file).error();
  }
  auto graph = load_onnx(file->bytes());
  if (!graph) return std::move(graph).error().within(path.string());
  return graph;
}

}  // namespace framegen::graph
