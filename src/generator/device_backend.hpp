// device_backend.hpp: the generator on a GPU: its image part stays in the device's memory, a sound goes up, a
// face comes down (docs/gpu.md).
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>

#include "generator/backend.hpp"
#include "nn/onnxruntime/onnxruntime_network.hpp"

namespace framegen {

struct DeviceBackendOptions {
  OnnxRuntimeProvider provider = OnnxRuntimeProvider::kWebGpu;
  int threads = 0;    // workers, which paste and wait while the device computes; 0: one per core
  int batch = 0;      // faces at once, of whatever session; 0: ProviderNames::batch
  bool half = false;  // float16 on the device
  std::uint64_t memory_budget_bytes = std::uint64_t{2} << 30;  // of the device, for kept image parts
};

// The faces are the same for any number of workers and sessions: where the device gives another face in a
// batch than alone, batches are of one, and note() says so. Errors: graph::is_unsupported() for a network
// that cannot be cut or written back: make_onnxruntime_backend() runs it whole; those of
// load_onnxruntime_network(); kBadUse (options out of range).
Result<std::unique_ptr<GeneratorBackend>> make_device_backend(const std::filesystem::path& model,
                                                              const GeneratorShape& shape,
                                                              const DeviceBackendOptions& options);

}  // namespace framegen
