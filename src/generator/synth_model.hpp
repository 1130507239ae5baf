// synth_model.hpp: the published architectures with seeded weights, the same bytes on every machine
// (docs/models.md).
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "framegen/result.hpp"
#include "generator/architecture.hpp"

namespace framegen {

struct SynthModelOptions {
  std::string arch = "synctalk328";  // the only one so far
  double width = 1;                  // 1 or 0.5
  std::uint64_t seed = 1;
};

struct SynthModel {
  std::vector<std::uint8_t> generator;      // generator.onnx
  std::vector<std::uint8_t> audio_encoder;  // audio_encoder.onnx, the same at every width
};

// Weights and biases that depend on the seed and the tensor's name alone.
WeightSource seeded_weights(std::uint64_t seed);

// Errors: kBadUse (unknown architecture or width), kInternal (memory).
Result<SynthModel> make_synth_model(const SynthModelOptions& options);
// Writes generator.onnx and audio_encoder.onnx into `folder`, which is made if missing. Errors: as above,
// kBadOutput.
Status write_synth_model(const SynthModelOptions& options, const std::filesystem::path& folder);

}  // namespace framegen
