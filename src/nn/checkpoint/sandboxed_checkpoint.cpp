// sandboxed_checkpoint.cpp: Checkpoint on both sides of a pipe.
#include "nn/checkpoint/sandboxed_checkpoint.hpp"

#include <algorithm>
#include <cstdint>
#include <numeric>
#include <vector>

#include "sandbox/task_file.hpp"

namespace framegen {
namespace {

using checkpoint::ScalarType;
using sandbox::BytesIn;
using sandbox::BytesOut;
using sandbox::next_data;

constexpr std::size_t kMostTensors = 100'000, kLongestName = 4096, kMostDimensions = 8;
// Of a tensor, beyond which its elements stay behind: no network of ours has one so large, and its shape says
// that it fits none.
constexpr std::int64_t kMostElements = std::int64_t{1} << 24;
constexpr std::uint64_t kMostBytes = std::uint64_t{4} << 30;  // of all

bool has_elements(ScalarType type, const Shape& shape) {
  return checkpoint::is_floating(type) && static_cast<std::int64_t>(element_count(shape)) <= kMostElements;
}

Shape packed_stride(const Shape& shape) {
  Shape stride(shape.size(), 1);
  for (std::size_t d = shape.size(); d-- > 1;) stride[d - 1] = stride[d] * shape[d];
  return stride;
}

struct Head {
  std::string name;
  ScalarType type{};
  Shape shape;
};

std::optional<Head> head_of(const sandbox::Record& record) {
  BytesIn in(record.bytes);
  Head head;
  const auto type = in.number<std::uint8_t>();
  const auto rank = in.number<std::uint8_t>();
  if (!rank || *type > static_cast<std::uint8_t>(ScalarType::kBool) || *rank > kMostDimensions)
    return std::nullopt;
  head.type = static_cast<ScalarType>(*type);
  std::int64_t elements = 1;
  for (std::uint8_t d = 0; d < *rank; ++d) {
    const auto size = in.number<std::int64_t>();
    constexpr std::int64_t kLargest = std::int64_t{1} << 40;
    if (!size || *size < 0 || *size > kLargest || (elements > 0 && *size > kLargest / elements))
      return std::nullopt;
    elements *= *size;
    head.shape.push_back(*size);
  }
  auto name = in.text();
  if (!name || name->size() > kLongestName) return std::nullopt;
  head.name = *std::move(name);
  return head;
}

}  // namespace

Status decode_checkpoint(const sandbox::Task& task, const sandbox::RecordWriter& writer) {
  const std::vector<std::uint8_t> file = FRAMEGEN_TRY(sandbox::read_whole(task));
  const Checkpoint read = FRAMEGEN_TRY(Checkpoint::parse(file, task.name));
  std::vector<float> elements;
  for (const auto& [name, tensor] : read.tensors()) {
    BytesOut head;
    head.number(static_cast<std::uint8_t>(tensor.type))
        .number(static_cast<std::uint8_t>(tensor.shape.size()));
    for (const std::int64_t size : tensor.shape) head.number(size);
    writer.data(head.text(name));
    if (!has_elements(tensor.type, tensor.shape)) continue;
    elements.resize(element_count(tensor.shape));
    (void)checkpoint::copy_elements(tensor,
                                    elements);  // whether they are numbers is asked where they are used
    writer.write(sandbox::RecordKind::kData, std::as_bytes(std::span(elements)));
  }
  return {};
}

Result<Checkpoint> open_checkpoint(const std::filesystem::path& path, sandbox::Zygote* zygote) {
  if (zygote == nullptr) return Checkpoint::open(path);
  const std::string name = path.string();
  const int file = FRAMEGEN_TRY(open_regular(path));
  auto child = FRAMEGEN_TRY(zygote->run(&decode_checkpoint, {file, name}));
  std::map<std::string, CheckpointTensor, std::less<>> tensors;
  std::vector<std::vector<std::uint8_t>> kept;
  std::uint64_t bytes = 0;
  while (const auto record = FRAMEGEN_TRY(next_data(child, name))) {
    auto head = head_of(*record);
    if (!head || tensors.size() == kMostTensors) return sandbox::nonsense(name);
    CheckpointTensor tensor{ScalarType::kFloat32, head->shape, packed_stride(head->shape), {}};
    if (!has_elements(head->type, head->shape)) {
      tensor.type = head->type;
    } else {
      const auto elements = FRAMEGEN_TRY(next_data(child, name));
      if (!elements || elements->bytes.size() != element_count(head->shape) * sizeof(float))
        return sandbox::nonsense(name);
      bytes += elements->bytes.size();
      if (bytes > kMostBytes) return sandbox::nonsense(name);
      const auto* first = reinterpret_cast<const std::uint8_t*>(elements->bytes.data());
      kept.emplace_back(first, first + elements->bytes.size());
      tensor.bytes = kept.back();
    }
    if (!tensors.emplace(std::move(head->name), std::move(tensor)).second) return sandbox::nonsense(name);
  }
  if (tensors.empty()) return sandbox::nonsense(name);
  return Checkpoint::of(name, std::move(tensors), std::move(kept));
}

}  // namespace framegen
