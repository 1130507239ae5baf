// provider.cpp: ONNX Runtime's execution providers by our names.
#include "nn/onnxruntime/provider.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>

namespace framegen {
namespace {

struct Row {
  Provider provider;
  const char* theirs;
};
constexpr std::array<Row, 3> kProviders{{{Provider::kCpu, "CPUExecutionProvider"},
                                         {Provider::kCuda, "CUDAExecutionProvider"},
                                         {Provider::kCoreMl, "CoreMLExecutionProvider"}}};

const char* theirs(Provider provider) { return kProviders[static_cast<std::size_t>(provider)].theirs; }

Error unavailable(Provider provider, const std::vector<std::string>& available, const std::string& reason) {
  std::vector<std::string_view> ours;
  for (const Row& row : kProviders)
    if (std::find(available.begin(), available.end(), row.theirs) != available.end())
      ours.push_back(to_string(row.provider));
  return {ErrorCode::kBadUse, fmt::format("--provider {}", to_string(provider)), reason,
          fmt::format("use one of: {}", fmt::join(ours, ", "))};
}

}  // namespace

Status append_provider(Ort::SessionOptions& settings, Provider provider) {
  if (provider == Provider::kCpu) return {};
  const std::vector<std::string> available = Ort::GetAvailableProviders();
  if (std::find(available.begin(), available.end(), theirs(provider)) == available.end())
    return unavailable(provider, available, "the installed ONNX Runtime does not have it");
  try {
    if (provider == Provider::kCuda)
      settings.AppendExecutionProvider_CUDA(OrtCUDAProviderOptions{});
    else
      settings.AppendExecutionProvider("CoreML", {});
  } catch (const Ort::Exception& e) {
    const std::string reason(e.what());
    return unavailable(provider, {theirs(Provider::kCpu)},
                       "it does not start: " + reason.substr(0, reason.find('\n')));
  }
  return {};
}

}  // namespace framegen
