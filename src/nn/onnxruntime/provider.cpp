// provider.cpp: ONNX Runtime's execution providers by our names.
#include "nn/onnxruntime/provider.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>

namespace framegen {
namespace {

struct Row {
  OnnxRuntimeProvider provider;
  const char* ours;  // as on the command line
  const char* theirs;
};
constexpr std::array<Row, 3> kProviders{
    {{OnnxRuntimeProvider::kCpu, "cpu", "CPUExecutionProvider"},
     {OnnxRuntimeProvider::kCuda, "cuda", "CUDAExecutionProvider"},
     {OnnxRuntimeProvider::kCoreMl, "coreml", "CoreMLExecutionProvider"}}};

const Row& row_of(OnnxRuntimeProvider provider) { return kProviders[static_cast<std::size_t>(provider)]; }

Error unavailable(OnnxRuntimeProvider provider, const std::vector<std::string>& available,
                  const std::string& reason) {
  std::vector<std::string_view> ours;
  for (const Row& row : kProviders)
    if (std::find(available.begin(), available.end(), row.theirs) != available.end())
      ours.push_back(row.ours);
  return {ErrorCode::kBadUse, fmt::format("--provider {}", row_of(provider).ours), reason,
          fmt::format("use one of: {}", fmt::join(ours, ", "))};
}

}  // namespace

Status append_provider(Ort::SessionOptions& settings, OnnxRuntimeProvider provider) {
  if (provider == OnnxRuntimeProvider::kCpu) return {};
  const std::vector<std::string> available = Ort::GetAvailableProviders();
  if (std::find(available.begin(), available.end(), row_of(provider).theirs) == available.end())
    return unavailable(provider, available, "the installed ONNX Runtime does not have it");
  try {
    if (provider == OnnxRuntimeProvider::kCuda)
      settings.AppendExecutionProvider_CUDA(OrtCUDAProviderOptions{});
    else
      settings.AppendExecutionProvider("CoreML", {});
  } catch (const Ort::Exception& e) {
    const std::string reason(e.what());
    return unavailable(provider, {row_of(OnnxRuntimeProvider::kCpu).theirs},
                       "it does not start: " + reason.substr(0, reason.find('\n')));
  }
  return {};
}

}  // namespace framegen
