// load_tensor.cpp: ONNX tensors and input shapes, checked against the bytes that are there.
#include <algorithm>
#include <cstring>
#include <optional>
#include <string_view>

#include "core/half.hpp"
#include "nn/graph/limits.hpp"
#include "nn/graph/load_parts.hpp"
#include "nn/onnx/onnx_schema.hpp"

namespace framegen::graph {
namespace {

namespace element = onnx_schema::tensor;

Error tensor_error(const std::string& where, std::string what,
                   std::string remedy = "export the network again") {
  return {ErrorCode::kBadAvatar, where, std::move(what), std::move(remedy)};
}

// The elements of raw_data (little-endian, as is every machine we run on) or of the typed field.
template <class Stored, class Element, class Listed>
Status read_elements(const onnx_file::Tensor& tensor, const std::string& where,
                     const std::vector<Listed>& list, std::size_t count, std::vector<Element>& out) {
  const std::string_view raw = tensor.raw_data.value_or(std::string_view{});
  const bool is_raw = tensor.raw_data.has_value();
  const std::size_t there = is_raw ? raw.size() / sizeof(Stored) : list.size();
  if (there != count || (is_raw && raw.size() % sizeof(Stored) != 0))
    return tensor_error(where,
                        "holds " + std::to_string(there) + " elements, expected " + std::to_string(count));
  out.resize(count);
  for (std::size_t i = 0; i < count; ++i) {
    if (!is_raw) {
      out[i] = static_cast<Element>(list[i]);
      continue;
    }
    Stored value;
    std::memcpy(&value, raw.data() + i * sizeof(Stored), sizeof(Stored));
    out[i] = static_cast<Element>(value);
  }
  return {};
}

}  // namespace

Result<Array> load_tensor(const onnx_file::Tensor& tensor) {
  const std::string where = "tensor " + quote(std::string(tensor.name));
  if (tensor.external)
    return tensor_error(where, "keeps its data in another file", "export the network as one file");
  Array array;
  array.shape.assign(tensor.dims.begin(), tensor.dims.end());
  const std::int64_t bounded = bounded_count(array.shape);
  if (bounded < 0 || array.shape.size() > kMaxRank)
    return tensor_error(where, "has the impossible shape " + to_string(array.shape));
  const auto count = static_cast<std::size_t>(bounded);
  Status status;
  array.type = Type::kInteger;
  switch (tensor.data_type) {
    case element::kFloat:
      array.type = Type::kFloat;
      status = read_elements<float>(tensor, where, tensor.float_data, count, array.floats);
      break;
    case element::kFloat16: {  // weights stored small; a Cast follows, which is nothing to us
      std::vector<std::uint16_t> halves;
      status = read_elements<std::uint16_t>(tensor, where, tensor.int32_data, count, halves);
      array.type = Type::kFloat;
      array.floats.resize(halves.size());
      std::transform(halves.begin(), halves.end(), array.floats.begin(), half_to_float);
      break;
    }
    case element::kInt64:
      status = read_elements<std::int64_t>(tensor, where, tensor.int64_data, count, array.integers);
      break;
    case element::kInt32:
      status = read_elements<std::int32_t>(tensor, where, tensor.int32_data, count, array.integers);
      break;
    case element::kBool:
      status = read_elements<std::uint8_t>(tensor, where, tensor.int32_data, count, array.integers);
      break;
    default:
      return tensor_error(where, "unsupported element type " + std::to_string(tensor.data_type),
                          "export the network as float32");
  }
  if (!status) return std::move(status).error();
  return array;
}

Result<Array> load_constant(const onnx_file::Node& node) {
  for (const onnx_file::Attribute& a : node.attributes) {
    Array array;
    if (a.name == "value" && a.t) return load_tensor(*a.t);
    if (a.name == "value_float") {
      array.floats = {a.f};
    } else if (a.name == "value_int") {
      array.type = Type::kInteger;
      array.integers = {a.i};
    } else if (a.name == "value_ints") {
      array.type = Type::kInteger;
      array.integers.assign(a.ints.begin(), a.ints.end());
      array.shape = {static_cast<std::int64_t>(a.ints.size())};
    } else if (a.name == "value_floats") {
      array.floats.assign(a.floats.begin(), a.floats.end());
      array.shape = {static_cast<std::int64_t>(a.floats.size())};
    } else {
      continue;
    }
    return array;
  }
  return tensor_error("", "has no value that we know");
}

Result<Shape> load_input_shape(const onnx_file::ValueInfo& input, bool& symbolic_batch) {
  const std::string where = "input " + quote(std::string(input.name));
  if (!input.has_shape) return tensor_error(where, "has no shape", "export the network with fixed sizes");
  if (input.element_type != element::kFloat)
    return tensor_error(where, "unsupported element type, expected float32", "use the onnxruntime backend");
  Shape shape;
  for (const std::optional<std::int64_t>& dim : input.dims) {
    const bool known = dim && *dim > 0;
    if (!known && !shape.empty())
      return tensor_error(
          where,
          "unsupported symbolic dimension " + std::to_string(shape.size()) + ": only the batch may be open",
          "export the network with fixed sizes");
    symbolic_batch = symbolic_batch || !known;
    shape.push_back(known ? *dim : 1);
  }
  if (bounded_count(shape) < 1 || shape.size() > kMaxRank)
    return tensor_error(where, "has the impossible shape " + to_string(shape));
  return shape;
}

}  // namespace framegen::graph
