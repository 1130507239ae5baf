// make_backend.hpp: chooses how the generator is run, and says why.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "generator/backend.hpp"
#include "generator/image_part_store.hpp"
#include "generator/onnxruntime_backend.hpp"
#include "nn/native/split_network.hpp"

namespace framegen {

enum class BackendKind { kAuto, kOnnxRuntime, kNative };

struct BackendOptions {
  BackendKind kind = BackendKind::kAuto;
  int threads = 0;                                           // 0: one per core
  int batch = 0;                                             // 0: what suits the backend
  bool low_latency = false;                                  // native alone, see NativeBackendOptions
  OnnxRuntimeMode mode = OnnxRuntimeMode::kSharedSession;    // ONNX Runtime alone
  OnnxRuntimeProvider provider = OnnxRuntimeProvider::kCpu;  // ONNX Runtime alone
  bool fastest_provider = false;                             // instead: choose_provider()'s
  ImagePartOptions image_parts{};                            // native alone, as the rest
  int template_frames = 0;                                   // see NativeBackendOptions
  KeptSkips skips = KeptSkips::kSources;
  KeptStorage storage = KeptStorage::kScaled;
  ProductPrecision precision = ProductPrecision::kFloat32;  // other than float32: native alone
  bool half_on_device = false;                              // float16, of a provider other than the CPU alone
  std::function<void(std::string_view)>
      warn{};  // told where fastest_provider's choice fails later on; may be empty
};

struct ChosenBackend {
  std::unique_ptr<GeneratorBackend> backend;
  std::string reason;  // one sentence for reports: "the native backend runs this network"
};

// On the provider that `options` name: on another than the CPU cut in two where it can be
// (make_device_backend), else whole. Errors: those of both.
Result<std::unique_ptr<GeneratorBackend>> make_on_provider(const std::filesystem::path& model,
                                                           const GeneratorShape& shape,
                                                           const BackendOptions& options);

// With fastest_provider a device that fails later on is followed by the CPU (make_fallback_backend).
// kAuto: native where it can run the network, else (and for a provider other than the CPU) ONNX Runtime.
// Errors: those of the backend that was asked for; for kAuto where neither runs the network, ONNX Runtime's,
// with what the native one said; kBadUse (native with another provider, ONNX Runtime with another precision
// than float32 and a device's float16).
Result<ChosenBackend> make_backend(const std::filesystem::path& model, const GeneratorShape& shape,
                                   const BackendOptions& options = {});

}  // namespace framegen
