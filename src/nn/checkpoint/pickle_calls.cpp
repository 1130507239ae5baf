// pickle_calls.cpp: nothing is executed here: an allowed name is looked up in a table, its arguments are
// checked.
#include "nn/checkpoint/pickle_calls.hpp"

#include <array>
#include <limits>

#include "nn/checkpoint/words.hpp"

namespace framegen::checkpoint {
namespace {

constexpr std::int64_t kMaxNumber = std::int64_t{1} << 50;  // of elements: times 8 bytes it does not overflow

enum class Role : std::uint8_t {
  kOrderedDict,
  kTensor,       // _rebuild_tensor_v2(storage, offset, size, stride, requires_grad, hooks[, metadata])
  kFirst,        // gives its first argument back: _rebuild_parameter(tensor, …), torch.Size(tuple)
  kStorageType,  // stands in a persistent id
  kInert         // whatever it would make is ignored
};

struct Allowed {
  std::string_view module, name;
  Role role;
  ScalarType type = ScalarType::kFloat32;  // of a kStorageType
};

using enum Role;
using Type = ScalarType;
constexpr std::array kAllowed{Allowed{"collections", "OrderedDict", kOrderedDict},
                              Allowed{"torch._utils", "_rebuild_tensor_v2", kTensor},
                              Allowed{"torch._utils", "_rebuild_tensor", kTensor},
                              Allowed{"torch._utils", "_rebuild_parameter", kFirst},
                              Allowed{"torch", "Size", kFirst},
                              Allowed{"torch", "FloatStorage", kStorageType, Type::kFloat32},
                              Allowed{"torch", "HalfStorage", kStorageType, Type::kFloat16},
                              Allowed{"torch", "BFloat16Storage", kStorageType, Type::kBFloat16},
                              Allowed{"torch", "DoubleStorage", kStorageType, Type::kFloat64},
                              Allowed{"torch", "LongStorage", kStorageType, Type::kInt64},
                              Allowed{"torch", "IntStorage", kStorageType, Type::kInt32},
                              Allowed{"torch", "ShortStorage", kStorageType, Type::kInt16},
                              Allowed{"torch", "CharStorage", kStorageType, Type::kInt8},
                              Allowed{"torch", "ByteStorage", kStorageType, Type::kUInt8},
                              Allowed{"torch", "BoolStorage", kStorageType, Type::kBool},
                              Allowed{"torch.cuda", "FloatStorage", kStorageType, Type::kFloat32},
                              Allowed{"torch.cuda", "HalfStorage", kStorageType, Type::kFloat16},
                              Allowed{"torch.cuda", "LongStorage", kStorageType, Type::kInt64},
                              Allowed{"torch.storage", "UntypedStorage", kStorageType, Type::kUInt8},
                              Allowed{"torch.storage", "TypedStorage", kInert},
                              Allowed{"torch", "device", kInert},
                              Allowed{"torch", "float32", kInert},
                              Allowed{"torch", "float16", kInert},
                              Allowed{"torch", "bfloat16", kInert},
                              Allowed{"torch", "float64", kInert},
                              Allowed{"torch", "int64", kInert},
                              Allowed{"numpy.core.multiarray", "scalar", kInert},
                              Allowed{"numpy._core.multiarray", "scalar", kInert},
                              Allowed{"numpy", "dtype", kInert},
                              Allowed{"_codecs", "encode", kInert}};

const Allowed& allowed(std::int64_t global) { return kAllowed[static_cast<std::size_t>(global)]; }

Error odd(const std::string& where, const std::string& what) {
  return checkpoint_error(where, what, kSavePlain);
}

Result<PickleValue> make_dict(const Pickle& pickle, std::span<const PickleIndex> arguments,
                              const std::string& where) {
  PickleValue dict(PickleKind::kDict);
  if (arguments.empty()) return dict;
  // Python 2 gives a list of pairs. Its length is bounded by the reader's limit on items, which counts this
  // list too.
  const PickleValue& pairs = pickle[arguments[0]];
  if (arguments.size() != 1 || pairs.kind != PickleKind::kList)
    return odd(where, "OrderedDict is called with something that is no list of pairs");
  for (const PickleIndex pair : pairs.items) {
    const PickleValue& p = pickle[pair];
    if ((p.kind != PickleKind::kList && p.kind != PickleKind::kTuple) || p.items.size() != 2)
      return odd(where, "OrderedDict is called with something that is no pair");
    dict.items.insert(dict.items.end(), p.items.begin(), p.items.end());
  }
  return dict;
}

// A tuple of sizes or strides.
std::optional<Shape> numbers(const Pickle& pickle, PickleIndex index) {
  const PickleValue& tuple = pickle[index];
  if (tuple.kind != PickleKind::kTuple || tuple.items.size() > kMaxRank) return {};
  Shape shape;
  for (const PickleIndex item : tuple.items) {
    const PickleValue& number = pickle[item];
    if (number.kind != PickleKind::kInteger || number.integer < 0 || number.integer > kMaxNumber) return {};
    shape.push_back(number.integer);
  }
  return shape;
}

// One past the last element that the view reaches; none: too large to be counted.
std::optional<std::uint64_t> reach(const PickleTensor& tensor) {
  constexpr std::uint64_t kMost = std::uint64_t{1} << 60;
  std::uint64_t last = tensor.offset;
  for (std::size_t d = 0; d < tensor.shape.size(); ++d) {
    if (tensor.shape[d] == 0) return tensor.offset;
    const auto steps = static_cast<std::uint64_t>(tensor.shape[d] - 1),
               stride = static_cast<std::uint64_t>(tensor.stride[d]);
    if (stride != 0 && steps > kMost / stride) return {};
    last += steps * stride;
    if (last > kMost) return {};
  }
  return last + 1;
}

// No tensor has more elements than its storage: what is read is bounded by the file's size.
Status check_view(const PickleTensor& tensor, const PickleStorage& storage, const std::string& where) {
  const auto too_large = [&] {
    return odd(where, "a tensor of shape " + to_string(tensor.shape) + " does not fit into its storage of " +
                          std::to_string(storage.elements) + " elements");
  };
  std::int64_t count = 1;
  for (const std::int64_t d : tensor.shape) {
    if (d != 0 && count > kMaxElements / d) return too_large();
    count *= d;
  }
  const auto end = reach(tensor);
  if (!end || *end > storage.elements || static_cast<std::uint64_t>(count) > storage.elements)
    return too_large();
  return {};
}

Result<PickleValue> make_tensor(Pickle& pickle, std::span<const PickleIndex> arguments,
                                const std::string& where) {
  if (arguments.size() < 4 || pickle[arguments[0]].kind != PickleKind::kStorage ||
      pickle[arguments[1]].kind != PickleKind::kInteger)
    return odd(where, "a tensor is not made of storage, offset, size and stride");
  PickleTensor tensor;
  tensor.storage = static_cast<std::size_t>(pickle[arguments[0]].integer);
  const std::int64_t offset = pickle[arguments[1]].integer;
  auto shape = numbers(pickle, arguments[2]), stride = numbers(pickle, arguments[3]);
  if (offset < 0 || offset > kMaxNumber || !shape || !stride || shape->size() != stride->size())
    return odd(where, "a tensor has an impossible offset, size or stride");
  tensor.offset = static_cast<std::uint64_t>(offset);
  tensor.shape = std::move(*shape);
  tensor.stride = std::move(*stride);
  FRAMEGEN_TRY(check_view(tensor, pickle.storages[tensor.storage], where));
  pickle.tensors.push_back(std::move(tensor));
  return PickleValue{PickleKind::kTensor, static_cast<std::int64_t>(pickle.tensors.size() - 1)};
}

}  // namespace

std::optional<std::int64_t> allowed_global(std::string_view module, std::string_view name) {
  for (std::size_t i = 0; i < kAllowed.size(); ++i)
    if (kAllowed[i].module == module && kAllowed[i].name == name) return static_cast<std::int64_t>(i);
  return {};
}

Result<PickleValue> call(Pickle& pickle, std::int64_t global, std::span<const PickleIndex> arguments,
                         const std::string& where) {
  const Allowed& callee = allowed(global);
  switch (callee.role) {
    case kOrderedDict:
      return make_dict(pickle, arguments, where);
    case kTensor:
      return make_tensor(pickle, arguments, where);
    case kInert:
      return PickleValue{PickleKind::kObject};
    case kFirst:
      if (!arguments.empty()) return pickle[arguments[0]];
      break;
    case kStorageType:
      break;
  }
  return odd(where, std::string(callee.module) + "." + std::string(callee.name) +
                        " is called in a way that no checkpoint does");
}

Result<PickleValue> persistent_load(Pickle& pickle, PickleIndex index, const std::string& where) {
  const PickleValue& id = pickle[index];
  const auto part = [&](std::size_t i) -> const PickleValue& { return pickle[id.items[i]]; };
  if (id.kind != PickleKind::kTuple || id.items.size() < 5 || id.items.size() > 6 ||
      part(0).kind != PickleKind::kText || part(0).text != "storage")
    return odd(where, "refers to something outside that is no storage");
  const bool known = part(1).kind == PickleKind::kGlobal && allowed(part(1).integer).role == kStorageType;
  if (!known || part(2).kind != PickleKind::kText || part(4).kind != PickleKind::kInteger ||
      part(4).integer < 0 || part(4).integer > kMaxNumber)
    return odd(where, "a storage has no known type, key or size");
  if (id.items.size() == 6 && part(5).kind != PickleKind::kNone)
    return checkpoint_error(where,
                            "holds storages that are views of others, as PyTorch before 0.4 wrote them",
                            "load and save it once with a newer PyTorch");
  pickle.storages.push_back(
      {part(2).text, allowed(part(1).integer).type, static_cast<std::uint64_t>(part(4).integer)});
  return PickleValue{PickleKind::kStorage, static_cast<std::int64_t>(pickle.storages.size() - 1)};
}

}  // namespace framegen::checkpoint
