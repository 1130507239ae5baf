// checkpoint.cpp: from a pickle's values to tensors by name, and from any type and stride to row-major
// float32.
#include "nn/checkpoint/checkpoint.hpp"

#include <array>
#include <cmath>
#include <cstring>
#include <new>

#include "nn/checkpoint/containers.hpp"
#include "nn/checkpoint/words.hpp"

namespace framegen {
namespace {

using namespace checkpoint;

constexpr std::size_t kMaxTensors = 1 << 16;
constexpr std::size_t kMaxWrappers = 8;
// Under which names training programs keep the weights beside epoch and optimiser.
constexpr std::array<std::string_view, 6> kWrappers{"model", "state_dict", "model_state_dict",
                                                    "net",   "generator",  "module"};

const PickleValue* unwrap(const Pickle& pickle, const PickleValue& dict) {
  for (const std::string_view name : kWrappers)
    if (const PickleValue* inner = pickle.find(dict, name);
        inner != nullptr && inner->kind == PickleKind::kDict)
      return inner;
  return nullptr;
}

Result<const PickleValue*> state_dict(const Contents& contents) {
  const Pickle& pickle = contents.pickle;
  const PickleValue* dict = &pickle[pickle.root];
  for (std::size_t depth = 0; const PickleValue* inner = unwrap(pickle, *dict); ++depth) {
    if (depth == kMaxWrappers)
      return checkpoint_error(contents.pickle_name, "its weights are wrapped deeper than 8 times",
                              kSavePlain);
    dict = inner;
  }
  if (dict->kind != PickleKind::kDict)
    return checkpoint_error(contents.pickle_name, "does not hold a dict of tensors", kSavePlain);
  return dict;
}

Status add_tensors(const Contents& contents, std::map<std::string, CheckpointTensor, std::less<>>& tensors) {
  const Pickle& pickle = contents.pickle;
  const PickleValue& dict = *FRAMEGEN_TRY(state_dict(contents));
  for (std::size_t i = 0; i + 1 < dict.items.size(); i += 2) {
    const PickleValue &key = pickle[dict.items[i]], &value = pickle[dict.items[i + 1]];
    if (value.kind != PickleKind::kTensor) continue;
    if (key.kind != PickleKind::kText)
      return checkpoint_error(contents.pickle_name, "a tensor's name is no text", kSavePlain);
    const PickleTensor& tensor = pickle.tensors[static_cast<std::size_t>(value.integer)];
    const PickleStorage& storage = pickle.storages[tensor.storage];
    const Bytes bytes = contents.storages.at(storage.key);
    const CheckpointTensor made{storage.type, tensor.shape, tensor.stride,
                                bytes.subspan(tensor.offset * bytes_of(storage.type))};
    if (!tensors.emplace(key.text, made).second)
      return checkpoint_error(contents.pickle_name, "tensor " + in_quotes(key.text) + " appears twice",
                              kSavePlain);
    if (tensors.size() > kMaxTensors)
      return checkpoint_error(contents.pickle_name, "has more tensors than any network", kSavePlain);
  }
  if (tensors.empty()) return checkpoint_error(contents.pickle_name, "holds no tensors by name", kSavePlain);
  return {};
}

float from_half(std::uint16_t half) {
  const int exponent = half >> 10 & 31, fraction = half & 1023;
  const float size = exponent == 31  ? (fraction == 0 ? INFINITY : NAN)
                     : exponent == 0 ? std::ldexp(static_cast<float>(fraction), -24)
                                     : std::ldexp(static_cast<float>(1024 + fraction), exponent - 25);
  return (half & 0x8000) != 0 ? -size : size;
}

template <class T>
T element(const std::uint8_t* at) {
  T value;
  std::memcpy(&value, at, sizeof value);
  return value;
}

float as_float(ScalarType type, const std::uint8_t* at) {
  switch (type) {
    case ScalarType::kFloat32:
      return element<float>(at);
    case ScalarType::kFloat64:
      return static_cast<float>(element<double>(at));
    case ScalarType::kFloat16:
      return from_half(element<std::uint16_t>(at));
    default: {
      const std::uint32_t bits = static_cast<std::uint32_t>(element<std::uint16_t>(at))
                                 << 16;  // bfloat16: the upper half
      float value;
      std::memcpy(&value, &bits, sizeof value);
      return value;
    }
  }
}

}  // namespace

namespace checkpoint {

bool is_floating(ScalarType type) { return type <= ScalarType::kFloat64; }

bool copy_elements(const CheckpointTensor& tensor, std::span<float> out) {
  const std::size_t width = bytes_of(tensor.type), rank = tensor.shape.size();
  std::array<std::int64_t, 8> index{};
  std::int64_t at = 0;  // elements
  bool finite = true;
  for (float& value : out) {
    value = as_float(tensor.type, tensor.bytes.data() + static_cast<std::size_t>(at) * width);
    finite = finite && std::isfinite(value);
    for (std::size_t d = rank; d-- > 0;) {
      at += tensor.stride[d];
      if (++index[d] < tensor.shape[d]) break;
      at -= tensor.stride[d] * tensor.shape[d];
      index[d] = 0;
    }
  }
  return finite;
}

}  // namespace checkpoint

bool is_checkpoint(std::span<const std::uint8_t> file) { return is_zip(file) || is_legacy(file); }

bool is_checkpoint(const std::filesystem::path& file) {
  constexpr std::size_t kEnough = 4096;
  const auto first = read_first_bytes(file, kEnough);
  return first && is_checkpoint(*first);
}

Result<Checkpoint> Checkpoint::parse(std::span<const std::uint8_t> file, const std::string& name) {
  try {
    if (!is_checkpoint(file))
      return checkpoint_error(name, "is no PyTorch checkpoint", "give a file written by torch.save");
    const Contents contents =
        FRAMEGEN_TRY(is_zip(file) ? read_zip_container(file, name) : read_legacy_container(file, name));
    Checkpoint made;
    made.name_ = name;
    FRAMEGEN_TRY(add_tensors(contents, made.tensors_));
    return made;
  } catch (const std::bad_alloc&) {
    return Error{ErrorCode::kInternal, name, "out of memory while reading the checkpoint", ""};
  }
}

Result<Checkpoint> Checkpoint::open(const std::filesystem::path& path) {
  std::vector<std::uint8_t> file = FRAMEGEN_TRY(read_file(path));
  Checkpoint made = FRAMEGEN_TRY(parse(file, path.string()));
  made.kept_.push_back(std::move(file));  // the bytes stay where they are
  return made;
}

Checkpoint Checkpoint::of(std::string name, std::map<std::string, CheckpointTensor, std::less<>> tensors,
                          std::vector<std::vector<std::uint8_t>> kept) {
  Checkpoint made;
  made.name_ = std::move(name);
  made.tensors_ = std::move(tensors);
  made.kept_ = std::move(kept);
  return made;
}

const CheckpointTensor* Checkpoint::find(std::string_view tensor) const {
  const auto found = tensors_.find(tensor);
  return found == tensors_.end() ? nullptr : &found->second;
}

void Checkpoint::strip_prefix(std::string_view prefix) {
  for (const auto& [name, tensor] : tensors_)
    if (!std::string_view(name).starts_with(prefix) || name.size() == prefix.size()) return;
  std::map<std::string, CheckpointTensor, std::less<>> shorter;
  for (auto& [name, tensor] : tensors_) shorter.emplace(name.substr(prefix.size()), std::move(tensor));
  tensors_ = std::move(shorter);
}

Status Checkpoint::read(std::string_view name, std::span<float> out) const {
  const std::string where = name_ + ": tensor " + in_quotes(name);
  const CheckpointTensor* tensor = find(name);
  if (tensor == nullptr) return checkpoint_error(where, "is missing", "");
  if (!checkpoint::is_floating(tensor->type))
    return checkpoint_error(where,
                            std::string("holds ") + name_of(tensor->type) + ", not floating-point numbers",
                            "save the network before it is quantised");
  if (element_count(tensor->shape) != out.size() || (tensor->bytes.empty() && !out.empty()))
    return checkpoint_error(where, "has the shape " + framegen::to_string(tensor->shape), "");
  if (!checkpoint::copy_elements(*tensor, out))
    return checkpoint_error(where, "holds a value that is no finite number",
                            "take a checkpoint from before the training went wrong");
  return {};
}

}  // namespace framegen
