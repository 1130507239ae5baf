// onnx_builder.cpp: ONNX's messages, written field by field in the order of their numbers.
#include "nn/onnx/onnx_builder.hpp"

#include <bit>
#include <cassert>
#include <limits>
#include <new>

#include "nn/onnx/onnx_schema.hpp"
#include "nn/onnx/wire.hpp"

namespace framegen {
namespace {

namespace schema = onnx_schema;
using wire::Writer;

constexpr int kIrVersion = 7;
constexpr int kOpset = 13;

// The file is little-endian, and the weights are copied into it as they lie in memory.
static_assert(std::endian::native == std::endian::little);

Writer written(const TensorInfo& tensor, OnnxElement element) {
  Writer shape;
  for (const std::int64_t size : tensor.shape) {
    Writer dimension;
    if (size < 0)
      dimension.add_bytes(schema::dimension::kSymbol, "batch");
    else
      dimension.add_integer(schema::dimension::kValue, size);
    shape.add_bytes(schema::shape::kDimension, dimension.bytes());
  }
  Writer tensor_type, type, info;
  tensor_type.add_integer(schema::tensor_type::kElementType, onnx_number(element));
  tensor_type.add_bytes(schema::tensor_type::kShape, shape.bytes());
  type.add_bytes(schema::type::kTensorType, tensor_type.bytes());
  info.add_bytes(schema::value_info::kName, tensor.name);
  info.add_bytes(schema::value_info::kType, type.bytes());
  return info;
}

Writer written(const OnnxAttribute& attribute) {
  namespace is = schema::attribute;
  Writer to;
  to.add_bytes(is::kName, attribute.name);
  if (const auto* integer = std::get_if<std::int64_t>(&attribute.value)) {
    to.add_integer(is::kInteger, *integer);
    to.add_integer(is::kType, is::kTypeInteger);
  } else if (const auto* number = std::get_if<float>(&attribute.value)) {
    to.add_float(is::kFloat, *number);
    to.add_integer(is::kType, is::kTypeFloat);
  } else if (const auto* text = std::get_if<std::string>(&attribute.value)) {
    to.add_bytes(is::kText, *text);
    to.add_integer(is::kType, is::kTypeText);
  } else {
    for (const std::int64_t i : std::get<std::vector<std::int64_t>>(attribute.value))
      to.add_integer(is::kIntegers, i);
    to.add_integer(is::kType, is::kTypeIntegers);
  }
  return to;
}

}  // namespace

// The graph's fields, each kind on its own: they stand in the file in the order of their numbers.
struct OnnxBuilder::Impl {
  std::string name;
  Writer nodes, initializers, inputs, outputs;

  template <class T>
  void add_initializer(const std::string& tensor_name, std::span<const std::int64_t> shape,
                       OnnxElement element, std::span<const T> values) {
    namespace is = schema::tensor;
    assert(values.size() == element_count(shape));
    Writer tensor;
    for (const std::int64_t size : shape) tensor.add_integer(is::kDims, size);
    tensor.add_integer(is::kDataType, onnx_number(element));
    tensor.add_bytes(is::kName, tensor_name);
    tensor.add_bytes(is::kRawData, {reinterpret_cast<const char*>(values.data()), values.size_bytes()});
    initializers.add_bytes(schema::graph::kInitializer, tensor.bytes());
  }
};

std::int64_t onnx_number(OnnxElement element) {
  switch (element) {
    case OnnxElement::kFloat16:
      return schema::tensor::kFloat16;
    case OnnxElement::kInt32:
      return schema::tensor::kInt32;
    case OnnxElement::kInt64:
      return schema::tensor::kInt64;
    case OnnxElement::kFloat32:
      break;
  }
  return schema::tensor::kFloat;
}

OnnxBuilder::OnnxBuilder(const std::string& graph_name) : impl_(std::make_unique<Impl>()) {
  impl_->name = graph_name;
}
OnnxBuilder::OnnxBuilder(OnnxBuilder&&) noexcept = default;
OnnxBuilder& OnnxBuilder::operator=(OnnxBuilder&&) noexcept = default;
OnnxBuilder::~OnnxBuilder() = default;

void OnnxBuilder::add_input(const TensorInfo& tensor, OnnxElement element) {
  impl_->inputs.add_bytes(schema::graph::kInput, written(tensor, element).bytes());
}

void OnnxBuilder::add_output(const TensorInfo& tensor, OnnxElement element) {
  impl_->outputs.add_bytes(schema::graph::kOutput, written(tensor, element).bytes());
}

void OnnxBuilder::add_initializer(const std::string& name, std::span<const std::int64_t> shape,
                                  std::span<const float> values) {
  impl_->add_initializer(name, shape, OnnxElement::kFloat32, values);
}

void OnnxBuilder::add_initializer(const std::string& name, std::span<const std::int64_t> shape,
                                  std::span<const std::int64_t> values) {
  impl_->add_initializer(name, shape, OnnxElement::kInt64, values);
}

void OnnxBuilder::add_half_initializer(const std::string& name, std::span<const std::int64_t> shape,
                                       std::span<const std::uint16_t> values) {
  impl_->add_initializer(name, shape, OnnxElement::kFloat16, values);
}

void OnnxBuilder::add_node(const OnnxNode& node) {
  namespace is = schema::node;
  Writer to;
  for (const std::string& input : node.inputs) to.add_bytes(is::kInput, input);
  to.add_bytes(is::kOutput, node.output);
  to.add_bytes(is::kName, node.name);
  to.add_bytes(is::kOpType, node.op);
  for (const OnnxAttribute& attribute : node.attributes)
    to.add_bytes(is::kAttribute, written(attribute).bytes());
  impl_->nodes.add_bytes(schema::graph::kNode, to.bytes());
}

Result<std::vector<std::uint8_t>> OnnxBuilder::bytes() const {
  try {
    Writer name, head, graph, opset, sets;
    name.add_bytes(schema::graph::kName, impl_->name);
    std::string fields = impl_->nodes.bytes() + name.bytes();
    fields.reserve(fields.size() + impl_->initializers.bytes().size() + impl_->inputs.bytes().size() +
                   impl_->outputs.bytes().size());
    fields.append(impl_->initializers.bytes()).append(impl_->inputs.bytes()).append(impl_->outputs.bytes());
    opset.add_bytes(schema::opset::kDomain, "");
    opset.add_integer(schema::opset::kVersion, kOpset);
    sets.add_bytes(schema::model::kOpsetImport, opset.bytes());
    head.add_integer(schema::model::kIrVersion, kIrVersion);
    head.add_bytes(schema::model::kProducerName, "framegen");
    graph.add_bytes(schema::model::kGraph, fields);
    const std::size_t size = head.bytes().size() + graph.bytes().size() + sets.bytes().size();
    if (size > static_cast<std::size_t>(std::numeric_limits<std::int32_t>::max()))
      return Error{ErrorCode::kBadInput, impl_->name, "network exceeds the 2 GiB of an ONNX file", ""};
    std::vector<std::uint8_t> bytes;
    bytes.reserve(size);
    for (const Writer* part : {&head, &graph, &sets})
      bytes.insert(bytes.end(), part->bytes().begin(), part->bytes().end());
    return bytes;
  } catch (const std::bad_alloc&) {
    return Error{ErrorCode::kInternal, impl_->name, "out of memory while writing the network", ""};
  }
}

}  // namespace framegen
