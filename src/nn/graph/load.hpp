// load.hpp: ONNX files → Graph.
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>

#include "nn/graph/graph.hpp"

namespace framegen::graph {

// Reads an untrusted file's bytes. A symbolic batch (the inputs' first dimension) is taken as 1. Errors:
// kBadAvatar naming the node or tensor (not ONNX, truncated, external data, sizes that do not fit);
// is_unsupported() for a sound file with an operation, type or rank that we do not know.
Result<Graph> load_onnx(std::span<const std::uint8_t> bytes);
// The same, with the path put before the error.
Result<Graph> load_onnx(const std::filesystem::path& path);

}  // namespace framegen::graph
