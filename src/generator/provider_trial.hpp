// provider_trial.hpp: which execution provider of this machine makes faces faster than the CPU, and the right
// ones.
#pragma once

#include <chrono>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/image.hpp"
#include "generator/make_backend.hpp"

namespace framegen {

// What became of one provider.
struct ProviderTrial {
  OnnxRuntimeProvider provider = OnnxRuntimeProvider::kCpu;
  std::string refused;  // why it did not make a face; empty where it did
  int farthest = 0;     // levels between its face and the CPU's, at most
  double faces_per_second = 0;
  int batch = 0;  // of the fastest; 0: not measured
};

// Levels that a face may be from the CPU's in fp32: of rounding before the pixels are truncated.
int allowed_levels(bool half);

struct ProviderChoice {
  OnnxRuntimeProvider provider = OnnxRuntimeProvider::kCpu;
  std::string reason;  // "webgpu makes 143 faces a second in batches of 8, the native backend 36"
  int batch = 0;       // the provider's fastest
};

// The fastest that made the CPU's face within `allowed` levels, where it is faster than the native backend's
// `native_faces_per_second`.
ProviderChoice judge_providers(std::span<const ProviderTrial> trials, double native_faces_per_second,
                               int allowed = allowed_levels(false));

// Two seconds of it, in each of its batches (choose_provider) a part of them. `expected`: the CPU's face,
// made where it is not there yet. A larger batch that fails is as if it had not been tried.
ProviderTrial try_provider(const std::filesystem::path& model, const GeneratorShape& shape,
                           BackendOptions options, OnnxRuntimeProvider provider,
                           std::optional<Image>& expected);

// Faces of a backend's own workers, all at once, for about so long.
Result<double> faces_per_second(GeneratorBackend& backend, const GeneratorShape& shape,
                                std::chrono::milliseconds length);

// Tries every provider that the ONNX Runtime here has, for two seconds each that starts, in its own batches
// and, where options.batch is 0, alone and in batches twice as large, against the native backend as `options`
// want it. What was found is remembered in options.image_parts.cache_folder, for this
// machine, library and network. Errors: those of the native backend but for a network that it does not know.
Result<ProviderChoice> choose_provider(const std::filesystem::path& model, const GeneratorShape& shape,
                                       const BackendOptions& options);

}  // namespace framegen
