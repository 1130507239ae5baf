// provider_name.cpp: the providers as they are written on the command line.
#include <array>

#include "nn/onnxruntime/onnxruntime_network.hpp"

namespace framegen {
namespace {
constexpr std::array<std::string_view, 3> kNames{"cpu", "cuda", "coreml"};
}

std::string_view to_string(Provider provider) { return kNames[static_cast<std::size_t>(provider)]; }

Result<Provider> parse_provider(std::string_view name) {
  for (std::size_t i = 0; i < kNames.size(); ++i)
    if (kNames[i] == name) return static_cast<Provider>(i);
  return Error{ErrorCode::kBadUse, "--provider " + std::string(name), "unknown provider",
               "use cpu, cuda or coreml"};
}

}  // namespace framegen
