// pickle.hpp: Python's pickle read as data: the values of a state dict, and nothing that could be executed.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/tensor.hpp"
#include "framegen/result.hpp"
#include "nn/checkpoint/byte_reader.hpp"

namespace framegen::checkpoint {

enum class ScalarType : std::uint8_t {
  kFloat32,
  kFloat16,
  kBFloat16,
  kFloat64,
  kInt64,
  kInt32,
  kInt16,
  kInt8,
  kUInt8,
  kBool
};
std::size_t bytes_of(ScalarType type);
const char* name_of(ScalarType type);

enum class PickleKind : std::uint8_t {
  kNone,
  kBool,     // integer
  kInteger,  // integer
  kLong,     // text: more than 8 bytes, little-endian two's complement
  kFloat,    // its value is not kept: no weight stands here
  kText,     // text: str and bytes
  kTuple,    // items
  kList,     // items
  kDict,     // items: key, value, key, value …
  kGlobal,   // integer: a place in the list of allowed names; inert
  kStorage,  // integer: index into Pickle::storages
  kTensor,   // integer: index into Pickle::tensors
  kObject    // the result of an allowed call that nobody needs
};

using PickleIndex = std::uint32_t;  // into Pickle::values. Values may contain themselves: walk with a limit

struct PickleValue {
  PickleKind kind = PickleKind::kNone;
  std::int64_t integer = 0;
  std::string_view text;  // borrowed from the pickle's bytes
  std::vector<PickleIndex> items;

  explicit PickleValue(PickleKind k, std::int64_t i = 0, std::string_view t = {},
                       std::vector<PickleIndex> all = {})
      : kind(k), integer(i), text(t), items(std::move(all)) {}
};

struct PickleStorage {
  std::string_view key;
  ScalarType type = ScalarType::kFloat32;
  std::uint64_t elements = 0;
};

// A view into a storage, checked to lie inside the elements that the storage claims to have.
struct PickleTensor {
  std::size_t storage = 0;   // index into Pickle::storages
  std::uint64_t offset = 0;  // elements
  Shape shape;
  Shape stride;  // elements, each ≥ 0
};

struct Pickle {
  std::vector<PickleValue> values;
  std::vector<PickleStorage> storages;
  std::vector<PickleTensor> tensors;
  PickleIndex root = 0;
  std::size_t end = 0;  // the byte after it

  const PickleValue& operator[](PickleIndex index) const { return values[index]; }
  // The value under a key of text in a dict; null: not there.
  const PickleValue* find(const PickleValue& dict, std::string_view key) const;
};

// One pickle from byte `begin` of `bytes`, which must outlive it; protocols 2 to 4, the opcodes of state
// dicts. Errors: kBadInput at `where` and the byte, naming the opcode or the callable that is not allowed; a
// limit passed (values, items, depth); cut short.
Result<Pickle> read_pickle(Bytes bytes, const std::string& where, std::size_t begin = 0);

}  // namespace framegen::checkpoint
