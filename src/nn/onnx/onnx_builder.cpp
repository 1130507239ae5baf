// onnx_builder.cpp: ONNX's protocol buffer, filled field by field.
#include "nn/onnx/onnx_builder.hpp"

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>
#include <onnx/onnx_pb.h>

#include <bit>
#include <cassert>
#include <limits>
#include <new>

namespace framegen {
namespace {

constexpr int kIrVersion = 7;
constexpr int kOpset = 13;

// The file is little-endian, and the weights are copied into it as they lie in memory.
static_assert(std::endian::native == std::endian::little);

void fill(const TensorInfo& tensor, onnx::ValueInfoProto& proto) {
  proto.set_name(tensor.name);
  auto& type = *proto.mutable_type()->mutable_tensor_type();
  type.set_elem_type(onnx::TensorProto::FLOAT);
  auto& shape = *type.mutable_shape();
  for (const std::int64_t size : tensor.shape) {
    if (size < 0)
      shape.add_dim()->set_dim_param("batch");
    else
      shape.add_dim()->set_dim_value(size);
  }
}

void fill(const OnnxAttribute& attribute, onnx::AttributeProto& proto) {
  proto.set_name(attribute.name);
  if (const auto* integer = std::get_if<std::int64_t>(&attribute.value)) {
    proto.set_type(onnx::AttributeProto::INT);
    proto.set_i(*integer);
  } else if (const auto* text = std::get_if<std::string>(&attribute.value)) {
    proto.set_type(onnx::AttributeProto::STRING);
    proto.set_s(*text);
  } else {
    proto.set_type(onnx::AttributeProto::INTS);
    for (const std::int64_t i : std::get<std::vector<std::int64_t>>(attribute.value)) proto.add_ints(i);
  }
}

}  // namespace

struct OnnxBuilder::Impl {
  onnx::ModelProto model;
};

OnnxBuilder::OnnxBuilder(const std::string& graph_name) : impl_(std::make_unique<Impl>()) {
  impl_->model.set_ir_version(kIrVersion);
  impl_->model.set_producer_name("framegen");
  impl_->model.mutable_graph()->set_name(graph_name);
  auto& opset = *impl_->model.add_opset_import();
  opset.set_domain("");
  opset.set_version(kOpset);
}
OnnxBuilder::OnnxBuilder(OnnxBuilder&&) noexcept = default;
OnnxBuilder& OnnxBuilder::operator=(OnnxBuilder&&) noexcept = default;
OnnxBuilder::~OnnxBuilder() = default;

void OnnxBuilder::add_input(const TensorInfo& tensor) {
  fill(tensor, *impl_->model.mutable_graph()->add_input());
}

void OnnxBuilder::add_output(const TensorInfo& tensor) {
  fill(tensor, *impl_->model.mutable_graph()->add_output());
}

void OnnxBuilder::add_initializer(const std::string& name, std::span<const std::int64_t> shape,
                                  std::span<const float> values) {
  assert(values.size() == element_count(shape));
  auto& tensor = *impl_->model.mutable_graph()->add_initializer();
  for (const std::int64_t size : shape) tensor.add_dims(size);
  tensor.set_data_type(onnx::TensorProto::FLOAT);
  tensor.set_name(name);
  tensor.set_raw_data(values.data(), values.size_bytes());
}

void OnnxBuilder::add_node(const OnnxNode& node) {
  auto& proto = *impl_->model.mutable_graph()->add_node();
  proto.set_op_type(node.op);
  proto.set_name(node.name);
  for (const std::string& input : node.inputs) proto.add_input(input);
  proto.add_output(node.output);
  for (const OnnxAttribute& attribute : node.attributes) fill(attribute, *proto.add_attribute());
}

Result<std::vector<std::uint8_t>> OnnxBuilder::bytes() const {
  try {
    const std::size_t size = impl_->model.ByteSizeLong();
    if (size > static_cast<std::size_t>(std::numeric_limits<std::int32_t>::max()))
      return Error{ErrorCode::kBadInput, impl_->model.graph().name(),
                   "network exceeds the 2 GiB of an ONNX file", ""};
    std::vector<std::uint8_t> bytes(size);
    google::protobuf::io::ArrayOutputStream array(bytes.data(), static_cast<int>(size));
    google::protobuf::io::CodedOutputStream stream(&array);
    stream.SetSerializationDeterministic(true);
    if (!impl_->model.SerializeToCodedStream(&stream))
      return Error{ErrorCode::kInternal, impl_->model.graph().name(), "the network cannot be serialised", ""};
    return bytes;
  } catch (const std::bad_alloc&) {
    return Error{ErrorCode::kInternal, impl_->model.graph().name(), "out of memory while writing the network",
                 ""};
  }
}

}  // namespace framegen
