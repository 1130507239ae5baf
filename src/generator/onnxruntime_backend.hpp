// onnxruntime_backend.hpp: the generator on ONNX Runtime, in the four ways of the report
// (docs/architecture.md).
#pragma once

#include <filesystem>
#include <memory>
#include <string_view>

#include "generator/backend.hpp"
#include "nn/onnxruntime/onnxruntime_network.hpp"

namespace framegen {

enum class OnnxRuntimeMode {
  kSequential,    // one session, all cores inside it, one worker: what the Python program does
  kMutex,         // one session, all cores inside it, workers wait in line: the first Go program
  kSessionPool,   // each worker its own session of one thread, batches of 15: the report's winner
  kSharedSession  // one session without threads of its own, called by all workers at once: weights resident
                  // once
};
std::string_view to_string(OnnxRuntimeMode mode);  // "session-pool"

struct OnnxRuntimeBackendOptions {
  OnnxRuntimeMode mode = OnnxRuntimeMode::kSharedSession;
  int threads = 0;  // 0: one per core
  int batch = 0;    // jobs per call; 0: 15 for the session pool, else 1
  OnnxRuntimeProvider provider = OnnxRuntimeProvider::kCpu;
};

// The faces are the same for every mode, number of threads and batch: see run() in onnxruntime_backend.cpp.
// Errors: kBadAvatar (unreadable network, tensors that are not those of `shape`), kBadUse (provider, options
// out of range), kInternal (no ONNX Runtime, memory).
Result<std::unique_ptr<GeneratorBackend>> make_onnxruntime_backend(
    const std::filesystem::path& model, const GeneratorShape& shape,
    const OnnxRuntimeBackendOptions& options = {});

}  // namespace framegen
