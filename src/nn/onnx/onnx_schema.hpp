// onnx_schema.hpp: the numbers of ONNX's fields and words, as far as we read or write them (facts of the
// format).
#pragma once

#include <cstdint>

namespace framegen::onnx_schema {

namespace model {
enum : std::uint32_t { kIrVersion = 1, kProducerName = 2, kGraph = 7, kOpsetImport = 8 };
}
namespace opset {
enum : std::uint32_t { kDomain = 1, kVersion = 2 };
}
namespace graph {
enum : std::uint32_t { kNode = 1, kName = 2, kInitializer = 5, kInput = 11, kOutput = 12 };
}
namespace node {
enum : std::uint32_t { kInput = 1, kOutput = 2, kName = 3, kOpType = 4, kAttribute = 5, kDomain = 7 };
}
namespace attribute {
enum : std::uint32_t {
  kName = 1,
  kFloat = 2,
  kInteger = 3,
  kText = 4,
  kTensor = 5,
  kFloats = 7,
  kIntegers = 8,
  kType = 20
};
enum Type : std::int32_t {
  kTypeFloat = 1,
  kTypeInteger = 2,
  kTypeText = 3,
  kTypeIntegers = 7,
  kTypeLast = 14
};
}  // namespace attribute
namespace tensor {
enum : std::uint32_t {
  kDims = 1,
  kDataType = 2,
  kFloatData = 4,
  kInt32Data = 5,
  kInt64Data = 7,
  kName = 8,
  kRawData = 9,
  kExternalData = 13,
  kDataLocation = 14
};
enum Element : std::int32_t { kFloat = 1, kInt32 = 6, kInt64 = 7, kBool = 9, kFloat16 = 10, kDouble = 11 };
enum Location : std::int32_t { kInFile = 0, kInOtherFile = 1 };
}  // namespace tensor
namespace value_info {
enum : std::uint32_t { kName = 1, kType = 2 };
}
namespace type {
enum : std::uint32_t { kTensorType = 1 };
}
namespace tensor_type {
enum : std::uint32_t { kElementType = 1, kShape = 2 };
}
namespace shape {
enum : std::uint32_t { kDimension = 1 };
}
namespace dimension {
enum : std::uint32_t { kValue = 1, kSymbol = 2 };
}

}  // namespace framegen::onnx_schema
