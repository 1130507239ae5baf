// provider_trial.hpp: which execution provider of this machine makes faces faster than the CPU, and the right
// ones.
#pragma once

#include <chrono>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "generator/make_backend.hpp"

namespace framegen {

// What became of one provider.
struct ProviderTrial {
  OnnxRuntimeProvider provider = OnnxRuntimeProvider::kCpu;
  std::string refused;  // why it did not make a face; empty where it did
  int farthest = 0;     // levels between its face and the CPU's, at most
  double faces_per_second = 0;
};

struct ProviderChoice {
  OnnxRuntimeProvider provider = OnnxRuntimeProvider::kCpu;
  std::string reason;  // "webgpu makes 143 faces a second, the native backend 36"
};

// The fastest that made the CPU's face within 1 level, where it is faster than the native backend's
// `native_faces_per_second`.
ProviderChoice judge_providers(std::span<const ProviderTrial> trials, double native_faces_per_second);

// Faces of a backend's own workers, all at once, for about so long.
Result<double> faces_per_second(GeneratorBackend& backend, const GeneratorShape& shape,
                                std::chrono::milliseconds length);

// Tries every provider that the ONNX Runtime here has, for two seconds each that starts, against the native
// backend as `options` want it. What was found is remembered in options.image_parts.cache_folder, for this
// machine, library and network. Errors: those of the native backend but for a network that it does not know.
Result<ProviderChoice> choose_provider(const std::filesystem::path& model, const GeneratorShape& shape,
                                       const BackendOptions& options);

}  // namespace framegen
