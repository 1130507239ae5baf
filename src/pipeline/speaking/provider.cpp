// provider.cpp: the execution providers' public names.
#include "framegen/engine.hpp"
#include "nn/onnxruntime/onnxruntime_network.hpp"

namespace framegen {

constexpr std::string_view kAutoName = "auto";
static_assert(static_cast<int>(Provider::kDirectMl) == static_cast<int>(OnnxRuntimeProvider::kDirectMl));

std::string_view to_string(Provider provider) {
  return provider == Provider::kAuto ? kAutoName : names_of(static_cast<OnnxRuntimeProvider>(provider)).ours;
}

std::vector<std::string> all_provider_names() {
  std::vector<std::string> all{std::string(kAutoName)};
  for (const ProviderNames& names : provider_names()) all.emplace_back(names.ours);
  return all;
}

Result<Provider> provider_named(std::string_view name) {
  if (name == kAutoName) return Provider::kAuto;
  std::string all(kAutoName);
  for (const ProviderNames& names : provider_names()) {
    if (names.ours == name) return static_cast<Provider>(names.provider);
    all += ", " + std::string(names.ours);
  }
  return Error{ErrorCode::kBadUse, "EngineOptions::provider",
               "there is no provider '" + std::string(name) + "'", "use one of: " + all};
}

}  // namespace framegen
