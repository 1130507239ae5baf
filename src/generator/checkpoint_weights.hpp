// checkpoint_weights.hpp: SyncTalk_2D's checkpoints → networks as ONNX, batch normalisation folded
// (docs/reference.md §6).
#pragma once

#include <cstdint>
#include <filesystem>
#include <vector>

#include "generator/architecture.hpp"
#include "nn/checkpoint/checkpoint.hpp"

namespace framegen {

// Any width of the published shape: 32 channels in front are the full one, 16 the half one. What it was
// trained to hear cannot be seen here, and is believed. Errors: kBadInput: another network (which one), or
// tensors that are missing, left over or of another shape: the message then ends with a table of what was
// expected and what was found, a line each.
Result<std::vector<std::uint8_t>> generator_from_checkpoint(Checkpoint checkpoint,
                                                            HeardFeatures heard = HeardFeatures::kAve);
Result<std::vector<std::uint8_t>> audio_encoder_from_checkpoint(Checkpoint checkpoint);

// Reads a convolution of the architecture and folds the normalisation that follows it. Borrows the
// checkpoint.
WeightSource checkpoint_weights(const Checkpoint& checkpoint);

}  // namespace framegen
