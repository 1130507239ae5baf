// device_networks.hpp: a generator's ONNX file → the networks that a device is given (docs/gpu.md).
#pragma once

#include <filesystem>

#include "generator/backend.hpp"
#include "nn/onnxruntime/device_parts.hpp"

namespace framegen {

// Errors: those of graph::load_onnx() and graph::split_parts(); kBadAvatar where the tensors are not those of
// `shape`; graph::is_unsupported() for a network that cannot be cut, or whose batch is fixed.
Result<DeviceNetworks> device_networks(const std::filesystem::path& model, const GeneratorShape& shape,
                                       std::size_t batch, bool half);

}  // namespace framegen
