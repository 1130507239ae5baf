// checkpoint_networks.hpp: networks given as PyTorch checkpoints become ONNX files for as long as an import
// lasts.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/files.hpp"
#include "framegen/import.hpp"

namespace framegen {

// An import's networks as ONNX: those that were given as checkpoints lie beside the output and go with this
// object.
class CheckpointNetworks {
 public:
  // Changes the job's paths. Errors: kBadInput (a checkpoint that is none of ours), kBadUse (audio
  // features that cannot be told), kBadOutput.
  static Result<CheckpointNetworks> convert(ImportJob& job);
  // An error about one of those files, as an error about the checkpoint that it was made from.
  Error named_as_given(Error error) const;

 private:
  std::optional<PartialFile> generator_, audio_encoder_;
  std::vector<std::pair<std::string, std::string>> names_;  // of the ONNX file, of the checkpoint
};

}  // namespace framegen
