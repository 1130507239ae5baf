// onnx_file.hpp: what an ONNX file says, as far as we use it; nothing is judged yet (src/nn/graph/load.cpp
// does).
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "framegen/result.hpp"

namespace framegen::onnx_file {

// Text and raw data are borrowed from the file's bytes.
struct Tensor {
  std::string_view name;
  std::vector<std::int64_t> dims;
  std::int32_t data_type = 0;
  bool external = false;                     // the data lies in another file
  std::optional<std::string_view> raw_data;  // little-endian; else one of the lists
  std::vector<float> float_data;
  std::vector<std::int32_t> int32_data;
  std::vector<std::int64_t> int64_data;
};

struct Attribute {
  std::string_view name;
  std::int32_t type = 0;
  float f = 0;
  std::int64_t i = 0;
  std::string_view s;
  std::optional<Tensor> t;
  std::vector<float> floats;
  std::vector<std::int64_t> ints;
};

struct Node {
  std::string_view name, op_type, domain;
  std::vector<std::string_view> inputs, outputs;
  std::vector<Attribute> attributes;
};

// A graph's input or output.
struct ValueInfo {
  std::string_view name;
  bool has_shape = false;  // of a tensor: no other type has one
  std::int32_t element_type = 0;
  std::vector<std::optional<std::int64_t>> dims;  // without a value: a symbol
};

struct Graph {
  std::vector<Node> nodes;
  std::vector<Tensor> initializers;
  std::vector<ValueInfo> inputs, outputs;
};

struct OperatorSet {
  std::string_view domain;
  std::int64_t version = 0;
};

struct Model {
  std::vector<OperatorSet> operator_sets;
  Graph graph;
};

// Borrows `bytes`. As protobuf does it: unknown fields are stepped over, of a field that stands twice the
// last counts, and a message that stands twice is joined. Errors: kBadAvatar (no ONNX, cut short, more than a
// million parts). May throw bad_alloc.
Result<Model> read_model(std::span<const std::uint8_t> bytes);

}  // namespace framegen::onnx_file
