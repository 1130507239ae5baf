// provider_names.cpp: the one table of execution providers.
#include <algorithm>
#include <array>

#include "nn/onnxruntime/onnxruntime_network.hpp"

namespace framegen {
namespace {

// ONNX Runtime's names: https://onnxruntime.ai/docs/execution-providers/. WebGPU: Dawn's device belongs to
// the process, and 1.30 does not guard it.
constexpr std::array<ProviderNames, 7> kProviders{
    {{OnnxRuntimeProvider::kCpu, "cpu", "CPUExecutionProvider", "", false, 1},
     {OnnxRuntimeProvider::kCuda, "cuda", "CUDAExecutionProvider", "CUDA", false, 4},
     {OnnxRuntimeProvider::kCoreMl, "coreml", "CoreMLExecutionProvider", "CoreML", false, 1},
     {OnnxRuntimeProvider::kWebGpu, "webgpu", "WebGpuExecutionProvider", "WebGPU", true, 4},
     {OnnxRuntimeProvider::kTensorRt, "tensorrt", "TensorrtExecutionProvider", "TensorRT", false, 4},
     {OnnxRuntimeProvider::kOpenVino, "openvino", "OpenVINOExecutionProvider", "OpenVINO", false, 1},
     {OnnxRuntimeProvider::kDirectMl, "directml", "DmlExecutionProvider", "DML", true, 4}}};

}  // namespace

std::span<const ProviderNames> provider_names() { return kProviders; }

const ProviderNames& names_of(OnnxRuntimeProvider provider) {
  return kProviders[static_cast<std::size_t>(provider)];
}

std::vector<OnnxRuntimeProvider> known_providers(std::span<const std::string> theirs) {
  std::vector<OnnxRuntimeProvider> known;
  for (const ProviderNames& names : kProviders)
    if (std::ranges::find(theirs, names.theirs) != theirs.end()) known.push_back(names.provider);
  return known;
}

}  // namespace framegen
