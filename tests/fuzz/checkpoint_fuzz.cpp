// checkpoint_fuzz.cpp: any bytes as a PyTorch checkpoint: read whole or refused with words, nothing else.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <vector>

#include "nn/checkpoint/checkpoint.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto checkpoint = framegen::Checkpoint::parse({data, size}, "fuzz");
  if (!checkpoint) {
    if (checkpoint.error().what.empty() || checkpoint.error().where.empty()) std::abort();
    return 0;
  }
  for (const auto& [name, tensor] : checkpoint->tensors()) {
    std::vector<float> values(framegen::element_count(tensor.shape));
    if (values.size() > size) std::abort();  // no tensor is larger than its file
    static_cast<void>(checkpoint->read(name, values));
  }
  return 0;
}
