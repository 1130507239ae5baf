// onnx_builder.hpp: writes a network as an ONNX file, the same bytes on every machine (docs/models.md,
// "ONNX").
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "core/tensor.hpp"
#include "framegen/result.hpp"
#include "nn/network.hpp"

namespace framegen {

using OnnxValue = std::variant<std::int64_t, float, std::string, std::vector<std::int64_t>>;

// What a tensor's elements are.
enum class OnnxElement : std::uint8_t { kFloat32, kFloat16, kInt32, kInt64 };
// ONNX's number for it, as Cast's attribute `to` wants it.
std::int64_t onnx_number(OnnxElement element);

struct OnnxAttribute {
  std::string name;
  OnnxValue value;
};

struct OnnxNode {
  std::string op;
  std::string name;
  std::vector<std::string> inputs;  // "" where an optional input is left out
  std::string output;
  std::vector<OnnxAttribute> attributes;
};

// Opset 13, IR version 7. What is added first stands first in the file.
class OnnxBuilder {
 public:
  explicit OnnxBuilder(const std::string& graph_name);
  OnnxBuilder(OnnxBuilder&&) noexcept;
  OnnxBuilder& operator=(OnnxBuilder&&) noexcept;
  ~OnnxBuilder();

  // A negative dimension is written as the symbol "batch".
  void add_input(const TensorInfo& tensor, OnnxElement element = OnnxElement::kFloat32);
  void add_output(const TensorInfo& tensor, OnnxElement element = OnnxElement::kFloat32);
  void add_initializer(const std::string& name, std::span<const std::int64_t> shape,
                       std::span<const float> values);
  void add_initializer(const std::string& name, std::span<const std::int64_t> shape,
                       std::span<const std::int64_t> values);
  // float16, by their bits.
  void add_half_initializer(const std::string& name, std::span<const std::int64_t> shape,
                            std::span<const std::uint16_t> values);
  void add_node(const OnnxNode& node);

  // The file's bytes. Errors: kBadInput (larger than the 2 GiB that the format allows), kInternal (memory).
  Result<std::vector<std::uint8_t>> bytes() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace framegen
