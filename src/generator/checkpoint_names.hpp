// checkpoint_names.hpp: whose checkpoint is it, and under which names does it keep a convolution
// (docs/reference.md §6)?
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "generator/architecture.hpp"
#include "nn/checkpoint/checkpoint.hpp"

namespace framegen {

enum class CheckpointFamily {
  kSynctalk328,  // 328 pixels, "ave" or "hubert": their checkpoints look the same
  kSynctalk328Wenet,
  kSynctalk160,
  kUltralight,       // 160 pixels, HuBERT or wenet
  kSynctalkEncoder,  // the audio encoder of "ave"
  kSyncnet,          // judges lips while training
  kWav2lip,
  kUnknown
};
const char* to_string(CheckpointFamily family);

// `checkpoint` without the prefixes that training programs put before every name ("module.",
// "audio_encoder.", …).
void strip_known_prefixes(Checkpoint& checkpoint);
// By names and shapes, prefixes stripped.
CheckpointFamily recognise(const Checkpoint& checkpoint);

// Where a convolution of the Architecture stands in a checkpoint.
struct LayerNames {
  std::string convolution;  // X.weight, and X.bias where `bias`
  bool bias = false;
  std::string norm;  // Y.weight, Y.bias, Y.running_mean, Y.running_var; empty: none follows
};
LayerNames layer_names(const std::string& convolution);

struct ExpectedTensor {
  std::string name;
  Shape shape;
};
// All that a checkpoint of this architecture holds, but counters.
std::vector<ExpectedTensor> expected_tensors(const Architecture& architecture);

}  // namespace framegen
