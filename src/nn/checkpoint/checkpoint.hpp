// checkpoint.hpp: the weights in a PyTorch checkpoint (.pth, .pt), read without Python and without executing
// anything.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/files.hpp"
#include "core/tensor.hpp"
#include "framegen/result.hpp"
#include "nn/checkpoint/pickle.hpp"

namespace framegen {

// Borrowed from the checkpoint's file.
struct CheckpointTensor {
  checkpoint::ScalarType type = checkpoint::ScalarType::kFloat32;
  Shape shape;
  Shape stride;  // elements
  std::span<const std::uint8_t>
      bytes;  // from the first element to the storage's end; every element lies inside
};

namespace checkpoint {

bool is_floating(ScalarType type);
// A floating-point tensor's elements as float32, row-major. False where one is no finite number.
bool copy_elements(const CheckpointTensor& tensor, std::span<float> out);

}  // namespace checkpoint

// Whether a file that begins with these bytes is a checkpoint, whatever its name: ZIP or pickle.
bool is_checkpoint(std::span<const std::uint8_t> file);
// The same for a file; one that cannot be read is none.
bool is_checkpoint(const std::filesystem::path& file);

// A state dict: tensors by name. Both containers (ZIP since PyTorch 1.6, consecutive pickles before), plain
// or wrapped in
// {"model": …}, {"state_dict": …}, {"net": …} beside an optimiser's state, which is skipped.
class Checkpoint {
 public:
  // Errors: kBadInput: whatever is wrong with the file, a callable that plain weights do not need (by name
  // and offset), TorchScript, a whole pickled module, no tensors.
  static Result<Checkpoint> open(const std::filesystem::path& path);
  // `file` must outlive the checkpoint; `name` stands in errors.
  static Result<Checkpoint> parse(std::span<const std::uint8_t> file, const std::string& name);

  // Of tensors whose bytes lie in `kept`.
  static Checkpoint of(std::string name, std::map<std::string, CheckpointTensor, std::less<>> tensors,
                       std::vector<std::vector<std::uint8_t>> kept);

  const std::string& name() const { return name_; }
  const std::map<std::string, CheckpointTensor, std::less<>>& tensors() const { return tensors_; }
  const CheckpointTensor* find(std::string_view tensor) const;
  // Takes `prefix` off every name, if every name has it and something is left of each.
  void strip_prefix(std::string_view prefix);
  // A floating-point tensor's elements as float32, row-major. Errors: kBadInput (missing, of integers,
  // another number of elements than `out`, a value that is no finite number).
  Status read(std::string_view tensor, std::span<float> out) const;

 private:
  std::vector<std::vector<std::uint8_t>> kept_;  // the file, or its tensors one by one
  std::string name_;
  std::map<std::string, CheckpointTensor, std::less<>> tensors_;
};

}  // namespace framegen
