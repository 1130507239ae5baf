// load_tensor.cpp: ONNX tensors and input shapes, checked against the bytes that are there.
#include <algorithm>
#include <cstring>

#include "core/half.hpp"
#include "nn/graph/limits.hpp"
#include "nn/graph/load_parts.hpp"

namespace framegen::graph {
namespace {

Error bad(const std::string& where, std::string what, std::string remedy = "export the network again") {
  return {ErrorCode::kBadAvatar, where, std::move(what), std::move(remedy)};
}

// The elements of raw_data (little-endian, as is every machine we run on) or of the typed field.
template <class Stored, class Element, class Field>
Status read_elements(const onnx::TensorProto& tensor, const std::string& where, const Field& field,
                     std::size_t count, std::vector<Element>& out) {
  const std::string& raw = tensor.raw_data();
  const bool is_raw = tensor.has_raw_data();
  const std::size_t there = is_raw ? raw.size() / sizeof(Stored) : static_cast<std::size_t>(field.size());
  if (there != count || (is_raw && raw.size() % sizeof(Stored) != 0))
    return bad(where, "holds " + std::to_string(there) + " elements, expected " + std::to_string(count));
  out.resize(count);
  for (std::size_t i = 0; i < count; ++i) {
    if (!is_raw) {
      out[i] = static_cast<Element>(field.Get(static_cast<int>(i)));
      continue;
    }
    Stored value;
    std::memcpy(&value, raw.data() + i * sizeof(Stored), sizeof(Stored));
    out[i] = static_cast<Element>(value);
  }
  return {};
}

}  // namespace

Result<Array> load_tensor(const onnx::TensorProto& tensor) {
  const std::string where = "tensor " + quote(tensor.name());
  if (tensor.data_location() == onnx::TensorProto::EXTERNAL || tensor.external_data_size() != 0)
    return bad(where, "keeps its data in another file", "export the network as one file");
  Array array;
  array.shape.assign(tensor.dims().begin(), tensor.dims().end());
  const std::int64_t bounded = bounded_count(array.shape);
  if (bounded < 0 || array.shape.size() > kMaxRank)
    return bad(where, "has the impossible shape " + to_string(array.shape));
  const auto count = static_cast<std::size_t>(bounded);
  Status status;
  array.type = Type::kInteger;
  switch (tensor.data_type()) {
    case onnx::TensorProto::FLOAT:
      array.type = Type::kFloat;
      status = read_elements<float>(tensor, where, tensor.float_data(), count, array.floats);
      break;
    case onnx::TensorProto::FLOAT16: {  // weights stored small; a Cast follows, which is nothing to us
      std::vector<std::uint16_t> halves;
      status = read_elements<std::uint16_t>(tensor, where, tensor.int32_data(), count, halves);
      array.type = Type::kFloat;
      array.floats.resize(halves.size());
      std::transform(halves.begin(), halves.end(), array.floats.begin(), half_to_float);
      break;
    }
    case onnx::TensorProto::INT64:
      status = read_elements<std::int64_t>(tensor, where, tensor.int64_data(), count, array.integers);
      break;
    case onnx::TensorProto::INT32:
      status = read_elements<std::int32_t>(tensor, where, tensor.int32_data(), count, array.integers);
      break;
    case onnx::TensorProto::BOOL:
      status = read_elements<std::uint8_t>(tensor, where, tensor.int32_data(), count, array.integers);
      break;
    default:
      return bad(where, "unsupported element type " + std::to_string(tensor.data_type()),
                 "export the network as float32");
  }
  if (!status) return std::move(status).error();
  return array;
}

Result<Array> load_constant(const onnx::NodeProto& node) {
  for (const onnx::AttributeProto& a : node.attribute()) {
    Array array;
    if (a.name() == "value" && a.has_t()) return load_tensor(a.t());
    if (a.name() == "value_float") {
      array.floats = {a.f()};
    } else if (a.name() == "value_int") {
      array.type = Type::kInteger;
      array.integers = {a.i()};
    } else if (a.name() == "value_ints") {
      array.type = Type::kInteger;
      array.integers.assign(a.ints().begin(), a.ints().end());
      array.shape = {a.ints_size()};
    } else if (a.name() == "value_floats") {
      array.floats.assign(a.floats().begin(), a.floats().end());
      array.shape = {a.floats_size()};
    } else {
      continue;
    }
    return array;
  }
  return bad("", "has no value that we know");
}

Result<Shape> load_input_shape(const onnx::ValueInfoProto& input, bool& symbolic_batch) {
  const std::string where = "input " + quote(input.name());
  if (!input.type().has_tensor_type() || !input.type().tensor_type().has_shape())
    return bad(where, "has no shape", "export the network with fixed sizes");
  if (input.type().tensor_type().elem_type() != onnx::TensorProto::FLOAT)
    return bad(where, "unsupported element type, expected float32", "use the onnxruntime backend");
  Shape shape;
  for (const auto& dim : input.type().tensor_type().shape().dim()) {
    const bool known = dim.has_dim_value() && dim.dim_value() > 0;
    if (!known && !shape.empty())
      return bad(
          where,
          "unsupported symbolic dimension " + std::to_string(shape.size()) + ": only the batch may be open",
          "export the network with fixed sizes");
    symbolic_batch = symbolic_batch || !known;
    shape.push_back(known ? dim.dim_value() : 1);
  }
  if (bounded_count(shape) < 1 || shape.size() > kMaxRank)
    return bad(where, "has the impossible shape " + to_string(shape));
  return shape;
}

}  // namespace framegen::graph
