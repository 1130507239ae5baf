// provider_names.cpp: the one table of execution providers.
#include <algorithm>
#include <array>

#include "nn/onnxruntime/onnxruntime_network.hpp"

namespace framegen {
namespace {

// ONNX Runtime's names: https://onnxruntime.ai/docs/execution-providers/
constexpr std::array<ProviderNames, 7> kProviders{
    {{OnnxRuntimeProvider::kCpu, "cpu", "CPUExecutionProvider", ""},
     {OnnxRuntimeProvider::kCuda, "cuda", "CUDAExecutionProvider", "CUDA"},
     {OnnxRuntimeProvider::kCoreMl, "coreml", "CoreMLExecutionProvider", "CoreML"},
     {OnnxRuntimeProvider::kWebGpu, "webgpu", "WebGpuExecutionProvider", "WebGPU"},
     {OnnxRuntimeProvider::kTensorRt, "tensorrt", "TensorrtExecutionProvider", "TensorRT"},
     {OnnxRuntimeProvider::kOpenVino, "openvino", "OpenVINOExecutionProvider", "OpenVINO"},
     {OnnxRuntimeProvider::kDirectMl, "directml", "DmlExecutionProvider", "DML"}}};

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
