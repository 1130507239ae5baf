// to_onnx.hpp: a graph, or one of its parts, written back as an ONNX file of plain operations, for devices
// that take nothing else (docs/gpu.md).
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "nn/graph/graph.hpp"

namespace framegen::graph {

struct WrittenForm {
  // Computed in float16, weights too; inputs and outputs stay float32 but for `kept`.
  bool half = false;
  // So many at once: inputs and outputs of [batch, …]. Those of `kept` come one by one, as tensors "kept0.0",
  // "kept0.1", …, since each may be another picture's.
  std::size_t batch = 1;
  std::vector<std::string>
      kept{};  // names of inputs or outputs that stay on the device, as they are computed
  // Not empty: the first output, of three channels, also leaves as pixels of this name: int32
  // [batch,1,height,width], first + 256·second + 65536·third channel, each ·255 and truncated to 0 … 255
  // (docs/reference.md §7).
  std::string pixels{};
};

// Errors: is_unsupported() for an operation that such a device is not given, kBadAvatar (a weight beyond what
// float16 can say), those of OnnxBuilder::bytes().
Result<std::vector<std::uint8_t>> to_onnx(const Graph& graph, const WrittenForm& form = {});

}  // namespace framegen::graph
