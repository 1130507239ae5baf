// load_node.cpp: ONNX operations and their attributes → ours.
#include <algorithm>
#include <optional>
#include <string_view>

#include "nn/graph/load_parts.hpp"
#include "nn/onnx/onnx_schema.hpp"

namespace framegen::graph {
namespace {

std::optional<Op> op_from(std::string_view name) {
  for (int i = 0; i < static_cast<int>(Op::kInvertedResidual); ++i)
    if (op_name(static_cast<Op>(i)) == name) return static_cast<Op>(i);
  if (name == "Dropout") return Op::kIdentity;  // what it is outside training
  return std::nullopt;
}

// Kernel steps, paddings and groups of more than 2^20 have no honest use and would overflow sums of sizes.
constexpr std::int64_t kLargestAttribute = std::int64_t{1} << 20;

template <std::size_t n>
bool read_into(const onnx_file::Attribute& a, std::array<std::int64_t, n>& out) {
  if (a.ints.size() != n) return false;
  if (std::any_of(a.ints.begin(), a.ints.end(),
                  [](std::int64_t v) { return v < 0 || v > kLargestAttribute; }))
    return false;
  std::copy(a.ints.begin(), a.ints.end(), out.begin());
  return true;
}

Type type_from(std::int64_t to) {
  return to == onnx_schema::tensor::kFloat || to == onnx_schema::tensor::kDouble ? Type::kFloat
                                                                                 : Type::kInteger;
}

// An attribute that says how the operation is meant; any other value than these is another operation.
bool known_word(const Node& node, const onnx_file::Attribute& a) {
  if (a.name == "auto_pad") return a.s == "NOTSET";
  if (node.op == Op::kPad) return a.s == "constant";
  if (a.name == "coordinate_transformation_mode") return a.s == "align_corners";
  if (a.name == "mode") return a.s == "linear";
  return a.name == "nearest_mode";  // without meaning for linear
}

bool read_attribute(const onnx_file::Attribute& a, Node& node) {
  Attributes& to = node.attributes;
  const std::string_view name = a.name;
  if (name == "strides") return read_into(a, to.strides);
  if (name == "dilations") return read_into(a, to.dilations);
  if (name == "pads" && (node.op == Op::kConv || node.op == Op::kMaxPool)) return read_into(a, to.pads);
  if (name == "kernel_shape" && node.op == Op::kMaxPool) return read_into(a, to.kernel);
  if (name == "kernel_shape") return a.ints.size() == 2;  // the weight's shape says it again
  if (name == "group") return to.groups = a.i, a.i > 0 && a.i <= kLargestAttribute;
  if (name == "epsilon") return to.epsilon = a.f, true;
  if (name == "axis") return to.axis = a.i, true;
  if (name == "perm" || name == "axes") return to.axes.assign(a.ints.begin(), a.ints.end()), true;
  if (name == "to") return to.to = type_from(a.i), true;
  if (a.type == onnx_schema::attribute::kTypeText) return known_word(node, a);
  if (name == "training_mode" || name == "allowzero" || name == "exclude_outside" || name == "antialias" ||
      name == "keep_aspect_ratio_policy" || name == "ceil_mode" || name == "storage_order")
    return a.i == 0;
  // No influence on what we compute; the two coefficients belong to Resize modes that known_word refuses.
  return name == "momentum" || name == "spatial" || name == "ratio" || name == "seed" ||
         name == "cubic_coeff_a" || name == "extrapolation_value";
}

}  // namespace

Result<Node> load_node(const onnx_file::Node& from) {
  Node node;
  node.name = from.name.empty() && !from.outputs.empty() ? from.outputs[0] : from.name;
  const auto op = from.domain.empty() || from.domain == "ai.onnx" ? op_from(from.op_type) : std::nullopt;
  if (!op)
    return Error{ErrorCode::kBadAvatar, "node " + quote(node.name),
                 "unsupported operation " + quote(std::string(from.op_type)), "use the onnxruntime backend"};
  node.op = *op;
  if (node.op == Op::kFlatten) node.attributes.axis = 1;
  int resize_words = 0;  // left out, they would mean nearest and half_pixel
  for (const onnx_file::Attribute& a : from.attributes) {
    resize_words += a.name == "mode" || a.name == "coordinate_transformation_mode" ? 1 : 0;
    if (node.op == Op::kConstantOfShape && a.name == "value") {
      Array fill = FRAMEGEN_TRY(load_tensor(a.t ? *a.t : onnx_file::Tensor{}));
      if (fill.floats.size() + fill.integers.size() != 1)
        return unsupported(node, "value of more than one element");
      node.attributes.fill = std::make_shared<const Array>(std::move(fill));
    } else if (!read_attribute(a, node)) {
      return unsupported(node, "attribute " + quote(std::string(a.name)) +
                                   (a.s.empty() ? "" : " = " + quote(std::string(a.s))));
    }
  }
  if (node.op == Op::kResize && resize_words != 2)
    return unsupported(node, "mode, known is linear with align_corners");
  return node;
}

}  // namespace framegen::graph
