// make_backend.cpp: native first, ONNX Runtime for what it does not know.
#include "generator/make_backend.hpp"

#include <utility>

#include "generator/device_backend.hpp"
#include "generator/fallback_backend.hpp"
#include "generator/native_backend.hpp"
#include "generator/provider_trial.hpp"
#include "nn/graph/graph.hpp"

namespace framegen {
namespace {

Error native_alone() {
  return {ErrorCode::kBadUse, "--backend native", "it computes on the CPU alone",
          "leave --provider out, or use --backend onnxruntime"};
}

Result<ChosenBackend> with_onnxruntime(const std::filesystem::path& model, const GeneratorShape& shape,
                                       const BackendOptions& options, std::string reason) {
  auto backend = FRAMEGEN_TRY(make_on_provider(model, shape, options));
  return ChosenBackend{std::move(backend), std::move(reason)};
}

Result<ChosenBackend> fastest(const std::filesystem::path& model, const GeneratorShape& shape,
                              BackendOptions options) {
  if (options.kind == BackendKind::kNative) return native_alone();
  const ProviderChoice choice = FRAMEGEN_TRY(choose_provider(model, shape, options));
  options.fastest_provider = false;
  options.provider = choice.provider;
  // The CPU's lower precision was a wish for speed, which a GPU grants in fp32; a GPU's is none of the CPU's.
  const bool half = std::exchange(options.half_on_device, false);
  if (choice.provider != OnnxRuntimeProvider::kCpu) {
    BackendOptions on_device = options;
    on_device.half_on_device = half;
    if (on_device.batch == 0) on_device.batch = choice.batch;
    auto device = FRAMEGEN_TRY(make_on_provider(model, shape, on_device));
    options.provider = OnnxRuntimeProvider::kCpu;
    const auto make_cpu = [model, shape, options]() -> Result<std::unique_ptr<GeneratorBackend>> {
      return std::move(FRAMEGEN_TRY(make_backend(model, shape, options)).backend);
    };
    return ChosenBackend{make_fallback_backend(std::move(device), make_cpu, options.warn), choice.reason};
  }
  ChosenBackend chosen = FRAMEGEN_TRY(make_backend(model, shape, options));
  chosen.reason += "; " + choice.reason;
  return chosen;
}

Status check_precision(const BackendOptions& options) {
  const bool on_device = options.provider != OnnxRuntimeProvider::kCpu;
  if (options.half_on_device && !on_device)
    return Error{ErrorCode::kBadUse, "--precision fp16",
                 "is a GPU's; the CPU computes in fp32, bf16 and int8",
                 "use --precision bf16, or name a --provider"};
  const bool lower = options.precision != ProductPrecision::kFloat32;
  if (lower && (options.kind == BackendKind::kOnnxRuntime || on_device))
    return Error{ErrorCode::kBadUse, "--precision", "ONNX Runtime computes in fp32, and on a GPU in fp16",
                 "use --backend native, or leave --precision out"};
  return {};
}

}  // namespace

Result<std::unique_ptr<GeneratorBackend>> make_on_provider(const std::filesystem::path& model,
                                                           const GeneratorShape& shape,
                                                           const BackendOptions& options) {
  if (options.provider != OnnxRuntimeProvider::kCpu) {
    auto device = make_device_backend(model, shape,
                                      {.provider = options.provider,
                                       .threads = options.threads,
                                       .batch = options.batch,
                                       .half = options.half_on_device,
                                       .memory_budget_bytes = options.image_parts.memory_budget_bytes});
    if (device || !graph::is_unsupported(device.error()) || options.half_on_device) return device;
  }
  return make_onnxruntime_backend(model, shape,
                                  {.mode = options.mode,
                                   .threads = options.threads,
                                   .batch = options.batch,
                                   .provider = options.provider});
}

Result<ChosenBackend> make_backend(const std::filesystem::path& model, const GeneratorShape& shape,
                                   const BackendOptions& options) {
  if (options.fastest_provider) return fastest(model, shape, options);
  FRAMEGEN_TRY(check_precision(options));
  if (options.kind == BackendKind::kOnnxRuntime)
    return with_onnxruntime(model, shape, options, "ONNX Runtime was asked for");
  if (options.provider != OnnxRuntimeProvider::kCpu) {
    if (options.kind == BackendKind::kNative) return native_alone();
    return with_onnxruntime(model, shape, options, "the provider asks for ONNX Runtime");
  }
  auto native = make_native_backend(model, shape,
                                    {.threads = options.threads,
                                     .low_latency = options.low_latency,
                                     .image_parts = options.image_parts,
                                     .template_frames = options.template_frames,
                                     .skips = options.skips,
                                     .storage = options.storage,
                                     .precision = options.precision});
  if (native) {
    std::string reason = "the native backend runs this network; " + (*native)->note();
    return ChosenBackend{*std::move(native), std::move(reason)};
  }
  if (options.kind == BackendKind::kNative || !graph::is_unsupported(native.error()))
    return std::move(native).error();
  const std::string refused = native.error().what;
  auto other =
      with_onnxruntime(model, shape, options, "the native backend does not run this network: " + refused);
  if (!other) other.error().what += " (and the native backend does not run this network: " + refused + ")";
  return other;
}

}  // namespace framegen
