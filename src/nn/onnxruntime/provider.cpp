// provider.cpp: ONNX Runtime's execution providers by our names.
#include "nn/onnxruntime/provider.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <unistd.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace framegen {
namespace {

Error unavailable(OnnxRuntimeProvider provider, const std::vector<std::string>& available,
                  const std::string& reason) {
  std::vector<std::string_view> ours;
  for (const OnnxRuntimeProvider there : known_providers(available))
    if (there != provider) ours.push_back(names_of(there).ours);
  return {ErrorCode::kBadUse, fmt::format("--provider {}", names_of(provider).ours), reason,
          fmt::format("use one of: {}; docs/gpu.md says what each of them needs", fmt::join(ours, ", "))};
}

// ONNX Runtime begins with a place in its own sources and the condition that did not hold.
std::string_view told(std::string_view reason) {
  constexpr std::string_view kCondition = " was false. ";
  reason = reason.substr(0, reason.find('\n'));
  if (const auto end = reason.find(kCondition); end != std::string_view::npos)
    return reason.substr(end + kCondition.size());
  return reason;
}

// Each its own way in; those that came later are named.
void append(Ort::SessionOptions& settings, OnnxRuntimeProvider provider) {
  switch (provider) {
    case OnnxRuntimeProvider::kCpu:
      return;
    case OnnxRuntimeProvider::kCuda:
      return settings.AppendExecutionProvider_CUDA(OrtCUDAProviderOptions{}), void();
    case OnnxRuntimeProvider::kTensorRt:
      settings.AppendExecutionProvider_TensorRT(OrtTensorRTProviderOptions{});
      settings.AppendExecutionProvider_CUDA(OrtCUDAProviderOptions{});  // for what TensorRT leaves
      return;
    case OnnxRuntimeProvider::kDirectMl:
      settings.DisableMemPattern();  // it demands both
      settings.SetExecutionMode(ORT_SEQUENTIAL);
      [[fallthrough]];
    default:
      settings.AppendExecutionProvider(names_of(provider).registered, {});
  }
}

Status is_built_in(const OnnxRuntimeLibrary& library, OnnxRuntimeProvider provider) {
  const std::vector<std::string> available = Ort::GetAvailableProviders();
  if (std::ranges::find(available, names_of(provider).theirs) != available.end()) return {};
  return unavailable(provider, available,
                     "the installed ONNX Runtime does not have it" +
                         (library.plugin_refused.empty() ? "" : "; " + library.plugin_refused));
}

}  // namespace

Status append_provider(const OnnxRuntimeLibrary& library, Ort::SessionOptions& settings,
                       OnnxRuntimeProvider provider) {
  if (provider == OnnxRuntimeProvider::kCpu) return {};
  const auto plugin = std::ranges::find_if(library.plugin_devices, [&](const auto& device) {
    return device.EpName() == names_of(provider).theirs;
  });
  const bool plugged_in = plugin != library.plugin_devices.end();
  if (!plugged_in) FRAMEGEN_TRY(is_built_in(library, provider));
  try {
    if (plugged_in)  // it chooses among its devices itself
      settings.AppendExecutionProvider_V2(library.env, {*plugin},
                                          std::unordered_map<std::string, std::string>());
    else
      append(settings, provider);
  } catch (const Ort::Exception& e) {
    return does_not_start(provider, e.what());
  }
  return {};
}

Error does_not_start(OnnxRuntimeProvider provider, std::string_view reason) {
  return unavailable(provider, {std::string(names_of(OnnxRuntimeProvider::kCpu).theirs)},
                     fmt::format("it does not start: {}", told(reason)));
}

ProviderTurn::ProviderTurn(OnnxRuntimeProvider provider) {
  static std::mutex one_at_a_time;
  if (names_of(provider).one_at_a_time) turn_ = std::unique_lock(one_at_a_time);
}

DawnSilenced::DawnSilenced(OnnxRuntimeProvider provider) {
  if (provider != OnnxRuntimeProvider::kWebGpu) return;
  const int nothing = ::open("/dev/null", O_WRONLY | O_CLOEXEC);
  kept_ = nothing < 0 ? -1 : ::fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 0);
  if (kept_ >= 0) ::dup2(nothing, STDERR_FILENO);
  if (nothing >= 0) ::close(nothing);
}

DawnSilenced::~DawnSilenced() {
  if (kept_ < 0) return;
  ::dup2(kept_, STDERR_FILENO);
  ::close(kept_);
}

}  // namespace framegen
