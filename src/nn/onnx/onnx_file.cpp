// onnx_file.cpp: an ONNX file's messages, each from its bytes.
#include "nn/onnx/onnx_file.hpp"

#include <bit>
#include <string>
#include <type_traits>

#include "nn/onnx/onnx_schema.hpp"
#include "nn/onnx/wire.hpp"

namespace framegen::onnx_file {
namespace {

namespace schema = onnx_schema;
using wire::Field;
using wire::Kind;

// Two bytes can say "another, empty node", which takes hundreds in memory.
constexpr std::size_t kMaxParts = std::size_t{1} << 20;

template <class OnField>
bool each_field(std::string_view bytes, OnField on_field) {
  wire::Reader reader(bytes);
  Field field;
  while (reader.next(field))
    if (!on_field(field)) return false;
  return !reader.broken();
}

// A field of another kind than it should have is an unknown one.
void set(const Field& field, std::string_view& to) {
  if (field.kind == Kind::kBytes) to = field.bytes;
}

template <class Integer>
requires std::is_integral_v<Integer>
void set(const Field& field, Integer& to) {
  if (field.kind == Kind::kVarint) to = static_cast<Integer>(field.value);
}

// Protobuf keeps a word that the enumeration does not have apart: it sets nothing.
void set_word(const Field& field, std::int32_t last, std::int32_t& to) {
  std::int32_t word = -1;
  set(field, word);
  if (word >= 0 && word <= last) to = word;
}

float as_float(std::uint64_t bits) { return std::bit_cast<float>(static_cast<std::uint32_t>(bits)); }

// Lists stand as one field for each number or as one field for all: both are right.
template <class Integer>
bool add_integers(const Field& field, std::vector<Integer>& to) {
  if (field.kind == Kind::kVarint) to.push_back(static_cast<Integer>(field.value));
  if (field.kind != Kind::kBytes) return true;
  std::uint64_t value = 0;
  for (std::string_view rest = field.bytes; !rest.empty(); to.push_back(static_cast<Integer>(value)))
    if (!wire::take_varint(rest, value)) return false;
  return true;
}

bool add_floats(const Field& field, std::vector<float>& to) {
  if (field.kind == Kind::kFixed32) to.push_back(as_float(field.value));
  if (field.kind != Kind::kBytes) return true;
  if (field.bytes.size() % sizeof(float) != 0) return false;
  for (std::size_t at = 0; at < field.bytes.size(); at += sizeof(float)) {
    std::uint32_t bits = 0;
    for (std::size_t i = 0; i < sizeof(float); ++i)
      bits |= static_cast<std::uint32_t>(static_cast<std::uint8_t>(field.bytes[at + i])) << (8 * i);
    to.push_back(as_float(bits));
  }
  return true;
}

class Parser {
 public:
  bool has_graph = false;
  std::size_t parts = 0;

  bool parse(std::string_view bytes, Model& to) {
    namespace is = schema::model;
    return each_field(bytes, [&](const Field& field) {
      if (field.number == is::kOpsetImport) return add(field, to.operator_sets);
      if (field.number != is::kGraph || field.kind != Kind::kBytes) return true;
      has_graph = true;
      return parse(field.bytes, to.graph);
    });
  }

 private:
  template <class Part>
  bool add(const Field& field, std::vector<Part>& to) {
    if (field.kind != Kind::kBytes) return true;
    return ++parts <= kMaxParts && parse(field.bytes, to.emplace_back());
  }

  static bool parse(std::string_view bytes, OperatorSet& to) {
    namespace is = schema::opset;
    return each_field(bytes, [&](const Field& field) {
      if (field.number == is::kDomain) set(field, to.domain);
      if (field.number == is::kVersion) set(field, to.version);
      return true;
    });
  }

  bool parse(std::string_view bytes, Graph& to) {
    namespace is = schema::graph;
    return each_field(bytes, [&](const Field& field) {
      switch (field.number) {
        case is::kNode:
          return add(field, to.nodes);
        case is::kInitializer:
          return add(field, to.initializers);
        case is::kInput:
          return add(field, to.inputs);
        case is::kOutput:
          return add(field, to.outputs);
        default:
          return true;
      }
    });
  }

  bool parse(std::string_view bytes, Node& to) {
    namespace is = schema::node;
    return each_field(bytes, [&](const Field& field) {
      const bool text = field.kind == Kind::kBytes;
      switch (field.number) {
        case is::kInput:
          if (text) to.inputs.push_back(field.bytes);
          return true;
        case is::kOutput:
          if (text) to.outputs.push_back(field.bytes);
          return true;
        case is::kName:
          return set(field, to.name), true;
        case is::kOpType:
          return set(field, to.op_type), true;
        case is::kDomain:
          return set(field, to.domain), true;
        case is::kAttribute:
          return add(field, to.attributes);
        default:
          return true;
      }
    });
  }

  static bool parse(std::string_view bytes, Attribute& to) {
    namespace is = schema::attribute;
    return each_field(bytes, [&](const Field& field) {
      switch (field.number) {
        case is::kName:
          return set(field, to.name), true;
        case is::kFloat:
          if (field.kind == Kind::kFixed32) to.f = as_float(field.value);
          return true;
        case is::kInteger:
          return set(field, to.i), true;
        case is::kText:
          return set(field, to.s), true;
        case is::kTensor:
          if (field.kind != Kind::kBytes) return true;
          if (!to.t) to.t.emplace();
          return parse(field.bytes, *to.t);
        case is::kFloats:
          return add_floats(field, to.floats);
        case is::kIntegers:
          return add_integers(field, to.ints);
        case is::kType:
          return set_word(field, is::kTypeLast, to.type), true;
        default:
          return true;
      }
    });
  }

  static bool parse(std::string_view bytes, Tensor& to) {
    namespace is = schema::tensor;
    std::int32_t location = is::kInFile;
    const bool whole = each_field(bytes, [&](const Field& field) {
      switch (field.number) {
        case is::kDims:
          return add_integers(field, to.dims);
        case is::kDataType:
          return set(field, to.data_type), true;
        case is::kFloatData:
          return add_floats(field, to.float_data);
        case is::kInt32Data:
          return add_integers(field, to.int32_data);
        case is::kInt64Data:
          return add_integers(field, to.int64_data);
        case is::kName:
          return set(field, to.name), true;
        case is::kRawData:
          if (field.kind == Kind::kBytes) to.raw_data = field.bytes;
          return true;
        case is::kExternalData:
          if (field.kind != Kind::kBytes) return true;
          to.external = true;
          return each_field(field.bytes, [](const Field&) { return true; });
        case is::kDataLocation:
          return set_word(field, is::kInOtherFile, location), true;
        default:
          return true;
      }
    });
    to.external = to.external || location == is::kInOtherFile;
    return whole;
  }

  static bool parse(std::string_view bytes, ValueInfo& to) {
    return each_field(bytes, [&](const Field& field) {
      if (field.number == schema::value_info::kName) set(field, to.name);
      if (field.number != schema::value_info::kType || field.kind != Kind::kBytes) return true;
      return each_field(field.bytes, [&](const Field& type) {
        if (type.number != schema::type::kTensorType || type.kind != Kind::kBytes) return true;
        return parse_tensor_type(type.bytes, to);
      });
    });
  }

  static bool parse_tensor_type(std::string_view bytes, ValueInfo& to) {
    return each_field(bytes, [&](const Field& field) {
      if (field.number == schema::tensor_type::kElementType) set(field, to.element_type);
      if (field.number != schema::tensor_type::kShape || field.kind != Kind::kBytes) return true;
      to.has_shape = true;
      return each_field(field.bytes, [&](const Field& dimension) {
        if (dimension.number != schema::shape::kDimension || dimension.kind != Kind::kBytes) return true;
        return parse_dimension(dimension.bytes, to.dims.emplace_back());
      });
    });
  }

  static bool parse_dimension(std::string_view bytes, std::optional<std::int64_t>& to) {
    return each_field(bytes, [&](const Field& field) {
      if (field.number == schema::dimension::kSymbol && field.kind == Kind::kBytes) to.reset();
      if (field.number == schema::dimension::kValue && field.kind == Kind::kVarint)
        to = static_cast<std::int64_t>(field.value);
      return true;
    });
  }
};

}  // namespace

Result<Model> read_model(std::span<const std::uint8_t> bytes) {
  Model model;
  Parser parser;
  const bool whole = parser.parse({reinterpret_cast<const char*>(bytes.data()), bytes.size()}, model);
  if (parser.parts > kMaxParts)
    return Error{ErrorCode::kBadAvatar, "", "has more than " + std::to_string(kMaxParts) + " parts", ""};
  if (!whole || !parser.has_graph)
    return Error{ErrorCode::kBadAvatar, "", "is not an ONNX model, or is cut short",
                 "copy or export it again"};
  return model;
}

}  // namespace framegen::onnx_file
