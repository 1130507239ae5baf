// make_backend.cpp: native first, ONNX Runtime for what it does not know.
#include "generator/make_backend.hpp"

#include <utility>

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
  // What a GPU computes is fp32: a lower precision was a wish for speed, and is granted by it.
  if (choice.provider != OnnxRuntimeProvider::kCpu) {
    auto device = FRAMEGEN_TRY(make_on_provider(model, shape, options));
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

}  // namespace

Result<std::unique_ptr<GeneratorBackend>> make_on_provider(const std::filesystem::path& model,
                                                           const GeneratorShape& shape,
                                                           const BackendOptions& options) {
  return make_onnxruntime_backend(model, shape,
                                  {.mode = options.mode,
                                   .threads = options.threads,
                                   .batch = options.batch,
                                   .provider = options.provider});
}

Result<ChosenBackend> make_backend(const std::filesystem::path& model, const GeneratorShape& shape,
                                   const BackendOptions& options) {
  if (options.fastest_provider) return fastest(model, shape, options);
  const bool lower = options.precision != ProductPrecision::kFloat32;
  if (lower && (options.kind == BackendKind::kOnnxRuntime || options.provider != OnnxRuntimeProvider::kCpu))
    return Error{ErrorCode::kBadUse, "--precision", "ONNX Runtime computes what the network says: fp32",
                 "use --backend native, or leave --precision out"};
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
