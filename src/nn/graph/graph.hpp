// graph.hpp: a neural network as values and nodes with static shapes; what the passes rewrite and the native
// planner reads. Knows no face and no audio (docs/reference.md §6 lists the operations it must hold).
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/tensor.hpp"
#include "framegen/result.hpp"

namespace framegen::graph {

enum class Type : std::uint8_t { kFloat, kInteger };  // integers of every width (and bool) are int64 here

// Numbers that are known before the network runs: weights, and the small integers of shape arithmetic.
struct Array {
  Type type = Type::kFloat;
  Shape shape;
  std::vector<float> floats;           // element_count(shape) of them where type is kFloat, else none
  std::vector<std::int64_t> integers;  // the same for kInteger
};
using Constant = std::shared_ptr<const Array>;

using ValueId = int;
inline constexpr ValueId kAbsent = -1;  // an optional input that is left out

struct Value {
  std::string name;
  Type type = Type::kFloat;
  Shape shape;  // valid from infer_shapes on
  Constant constant;
};

enum class Op : std::uint8_t {
  kAdd,
  kBatchNormalization,
  kCast,
  kConcat,
  kConstantOfShape,
  kConv,
  kDiv,
  kFlatten,
  kGather,
  kIdentity,
  kMaxPool,
  kMul,
  kPRelu,
  kPad,
  kRelu,
  kReshape,
  kResize,
  kShape,
  kSigmoid,
  kSlice,
  kSqueeze,
  kSub,
  kTranspose,
  kUnsqueeze,
  kInvertedResidual,  // made by a pass, never in a file
};
std::string_view op_name(Op op);  // ONNX's own name

enum class Activation : std::uint8_t { kNone, kRelu, kSigmoid };

struct Attributes {
  std::array<std::int64_t, 2> strides{1, 1};
  std::array<std::int64_t, 2> kernel{1, 1};  // MaxPool; a convolution's weight says its own
  std::array<std::int64_t, 2> dilations{1, 1};
  std::array<std::int64_t, 4> pads{};  // top, left, bottom, right
  std::int64_t groups = 1;
  float epsilon = 1e-5F;
  std::int64_t axis = 0;
  std::vector<std::int64_t> axes;  // Transpose: the permutation; Squeeze, Unsqueeze before opset 13: the axes
  Type to = Type::kFloat;          // Cast
  Constant fill;                   // ConstantOfShape: one element
  Activation activation = Activation::kNone;  // fused into Conv
  bool upsampled = false;                     // InvertedResidual: expand·source is doubled bilinearly
};

// Conv: x, weight, bias, and (made by a pass) a tensor added before the activation.
namespace conv_input {
enum : std::size_t { kX, kWeight, kBias, kAddend, kCount };
}
// InvertedResidual: e = relu(up(expand·source) + skip_weight·skip + bias + addend), y =
// project·relu(depthwise(e)) + residual; `up` is bilinear ×2 where attributes.upsampled, and without an
// expand weight the source is expanded already. kAbsent where a term is missing.
namespace block_input {
enum : std::size_t {
  kSource,
  kExpandWeight,
  kExpandBias,
  kAddend,
  kSkip,
  kSkipWeight,
  kDepthwiseWeight,
  kDepthwiseBias,
  kProjectWeight,
  kProjectBias,
  kResidual,
  kCount
};
}

struct Node {
  Op op = Op::kIdentity;
  std::string name;
  std::vector<ValueId> inputs;
  ValueId output = kAbsent;  // every operation here has one
  Attributes attributes;

  ValueId input(std::size_t i) const { return i < inputs.size() ? inputs[i] : kAbsent; }
};

struct Graph {
  std::vector<Value> values;
  std::vector<Node> nodes;  // in an order in which they can run
  std::vector<ValueId> inputs;
  std::vector<ValueId> outputs;
  std::vector<std::string> output_names;  // the file's, whatever the passes make of the values
  bool symbolic_batch = false;            // the file leaves the batch open: shapes here are those of batch 1

  Value& value(ValueId id) { return values[static_cast<std::size_t>(id)]; }
  const Value& value(ValueId id) const { return values[static_cast<std::size_t>(id)]; }
  // The array behind a node's input; null where it is left out or not constant.
  const Array* constant(const Node& node, std::size_t input) const;
  ValueId add_value(std::string name, Type type = Type::kFloat, Shape shape = {});
  ValueId add_constant(std::string name, Array array);
};

// For each value, the index of the node that makes it, or −1.
std::vector<int> producers(const Graph& graph);
// For each value, how many node inputs and graph outputs read it.
std::vector<int> use_counts(const Graph& graph);
// Every reader of `from` reads `to` instead.
void replace_uses(Graph& graph, ValueId from, ValueId to);
// Removes the nodes whose flag is set.
void erase_nodes(Graph& graph, const std::vector<bool>& dead);
// Puts the nodes into an order in which they can run, keeping the present one where it can.
void sort_nodes(Graph& graph);

// A name out of a file as it may be shown: in quotes, cut to 120 characters, without control characters.
std::string quote(std::string_view name);
// "node 'up1.0.expand' (Conv)", for error messages.
std::string describe_node(const Node& node);
// The network is sound but holds something that we do not run: the caller may take another backend.
Error unsupported(const Node& node, const std::string& what);
bool is_unsupported(const Error& error);

}  // namespace framegen::graph
