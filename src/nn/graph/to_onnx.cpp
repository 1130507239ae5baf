// to_onnx.cpp: values get names of their own, nodes their attributes back, inputs and outputs the form that
// was asked for.
#include "nn/graph/to_onnx.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>

#include "core/half.hpp"
#include "nn/onnx/onnx_builder.hpp"

namespace framegen::graph {
namespace {

using Attributes = std::vector<OnnxAttribute>;
using Integers = std::vector<std::int64_t>;

// Operations whose batch may be any, with what of them is no input. Nothing else remains of a generator once
// the passes have run.
std::optional<std::vector<OnnxAttribute>> attributes_of(const Node& node) {
  const graph::Attributes& a = node.attributes;
  switch (node.op) {
    case Op::kAdd:
    case Op::kSub:
    case Op::kMul:
    case Op::kDiv:
    case Op::kIdentity:
    case Op::kPRelu:
    case Op::kRelu:
    case Op::kSigmoid:
      return Attributes{};
    case Op::kBatchNormalization:
      return Attributes{{"epsilon", a.epsilon}};
    case Op::kConcat:
      if (a.axis == 0) return std::nullopt;
      return Attributes{{"axis", a.axis}};
    case Op::kConv:
      if (a.activation != Activation::kNone || node.input(conv_input::kAddend) != kAbsent)
        return std::nullopt;
      return Attributes{{"dilations", Integers(a.dilations.begin(), a.dilations.end())},
                        {"group", a.groups},
                        {"pads", Integers(a.pads.begin(), a.pads.end())},
                        {"strides", Integers(a.strides.begin(), a.strides.end())}};
    case Op::kMaxPool:
      return Attributes{{"kernel_shape", Integers(a.kernel.begin(), a.kernel.end())},
                        {"pads", Integers(a.pads.begin(), a.pads.end())},
                        {"strides", Integers(a.strides.begin(), a.strides.end())}};
    case Op::kResize:
      if (node.inputs.size() > 3 && node.input(3) != kAbsent) return std::nullopt;  // by sizes: of one batch
      return Attributes{{"coordinate_transformation_mode", std::string("align_corners")},
                        {"mode", std::string("linear")}};
    default:
      return std::nullopt;
  }
}

class OnnxWriter {
 public:
  OnnxWriter(const Graph& graph, const WrittenForm& form)
      : graph_(graph),
        form_(form),
        element_(form.half ? OnnxElement::kFloat16 : OnnxElement::kFloat32),
        names_(graph.values.size()),
        builder_("framegen") {}

  Result<std::vector<std::uint8_t>> write() {
    for (const ValueId id : graph_.inputs) add_input(id);
    for (const Node& node : graph_.nodes) FRAMEGEN_TRY(add_node(node));
    for (std::size_t i = 0; i < graph_.outputs.size(); ++i)
      add_output(graph_.outputs[i], graph_.output_names[i]);
    if (!form_.pixels.empty()) add_pixels(graph_.outputs[0]);
    return builder_.bytes();
  }

 private:
  bool is_kept(const std::string& name) const {
    return std::ranges::find(form_.kept, name) != form_.kept.end();
  }
  std::string& name_of(ValueId id) { return names_[static_cast<std::size_t>(id)]; }
  Shape batched(ValueId id) const {
    Shape shape = graph_.value(id).shape;
    if (!shape.empty()) shape[0] *= static_cast<std::int64_t>(form_.batch);
    return shape;
  }

  void cast(const std::string& from, const std::string& to, OnnxElement element) {
    builder_.add_node({"Cast", to, {from}, to, {{"to", onnx_number(element)}}});
  }

  void add_input(ValueId id) {
    const Value& value = graph_.value(id);
    name_of(id) = value.name;
    if (is_kept(value.name)) return add_kept_input(id);
    builder_.add_input({value.name, batched(id)});
    if (!form_.half) return;
    name_of(id) = value.name + ".half";
    cast(value.name, name_of(id), OnnxElement::kFloat16);
  }

  void add_kept_input(ValueId id) {
    const Value& value = graph_.value(id);
    std::vector<std::string> each;
    for (std::size_t k = 0; k < form_.batch; ++k) {
      each.push_back(value.name + "." + std::to_string(k));
      builder_.add_input({each.back(), value.shape}, element_);
    }
    if (form_.batch == 1)
      name_of(id) = each.front();
    else
      builder_.add_node({"Concat", value.name, each, value.name, {{"axis", std::int64_t{0}}}});
  }

  // The device makes one picture's part at a time: no batch.
  void add_output(ValueId id, const std::string& name) {
    if (is_kept(name)) {
      builder_.add_output({name, graph_.value(id).shape}, element_);
      builder_.add_node({"Identity", name, {name_of(id)}, name, {}});
    } else {
      builder_.add_output({name, batched(id)});
      cast(name_of(id), name, OnnxElement::kFloat32);
    }
  }

  // Sums of whole numbers below 2^24 are exact in float32, in any order.
  void add_pixels(ValueId id) {
    const std::string& name = form_.pixels;
    builder_.add_initializer(name + ".levels", Shape{1}, std::array{255.0F});
    builder_.add_initializer(name + ".places", Shape{1, 3, 1, 1}, std::array{1.0F, 256.0F, 65536.0F});
    cast(name_of(id), name + ".numbers", OnnxElement::kFloat32);
    builder_.add_node({"Mul", name + ".scaled", {name + ".numbers", name + ".levels"}, name + ".scaled", {}});
    builder_.add_initializer(name + ".least", Shape{}, std::array{0.0F});
    builder_.add_initializer(name + ".most", Shape{}, std::array{255.0F});
    builder_.add_node({"Clip",
                       name + ".bounded",
                       {name + ".scaled", name + ".least", name + ".most"},
                       name + ".bounded",
                       {}});
    cast(name + ".bounded", name + ".whole", OnnxElement::kInt32);
    cast(name + ".whole", name + ".bytes", OnnxElement::kFloat32);
    builder_.add_node({"Conv", name + ".packed", {name + ".bytes", name + ".places"}, name + ".packed", {}});
    cast(name + ".packed", name, OnnxElement::kInt32);
    Shape shape = batched(id);
    shape[1] = 1;
    builder_.add_output({name, shape}, OnnxElement::kInt32);
  }

  Status add_node(const Node& node) {
    const auto attributes = attributes_of(node);
    if (!attributes) return unsupported(node, "operation is not given to a device");
    OnnxNode written{std::string(op_name(node.op)), "n" + std::to_string(node.output), {}, "", *attributes};
    for (std::size_t i = 0; i < node.inputs.size(); ++i)
      written.inputs.push_back(FRAMEGEN_TRY(input_name(node, i)));
    name_of(node.output) = "v" + std::to_string(node.output);
    written.output = name_of(node.output);
    builder_.add_node(written);
    return {};
  }

  // A constant is written where it is first read.
  Result<std::string> input_name(const Node& node, std::size_t i) {
    const ValueId id = node.inputs[i];
    if (id == kAbsent) return std::string();
    const Array* array = graph_.constant(node, i);
    if (array == nullptr || !name_of(id).empty()) return name_of(id);
    const std::string name = "c" + std::to_string(id);
    const bool scales = node.op == Op::kResize;  // float32 in any network
    if (array->type == Type::kInteger)
      builder_.add_initializer(name, array->shape, array->integers);
    else if (form_.half && !scales)
      FRAMEGEN_TRY(add_half(node, name, *array));
    else
      builder_.add_initializer(name, array->shape, array->floats);
    return name_of(id) = name;
  }

  Status add_half(const Node& node, const std::string& name, const Array& array) {
    std::vector<std::uint16_t> halves(array.floats.size());
    std::ranges::transform(array.floats, halves.begin(), float_to_half);
    for (std::size_t i = 0; i < halves.size(); ++i)
      if (std::isfinite(array.floats[i]) && !std::isfinite(half_to_float(halves[i])))
        return Error{ErrorCode::kBadAvatar, describe_node(node), "has weights beyond what float16 can say",
                     "use --precision fp32"};
    builder_.add_half_initializer(name, array.shape, halves);
    return {};
  }

  const Graph& graph_;
  const WrittenForm& form_;
  OnnxElement element_;
  std::vector<std::string> names_;
  OnnxBuilder builder_;
};

}  // namespace

Result<std::vector<std::uint8_t>> to_onnx(const Graph& graph, const WrittenForm& form) {
  return OnnxWriter(graph, form).write();
}

}  // namespace framegen::graph
