// native_backend.hpp: the generator on our own kernels, its image part kept per template frame
// (docs/architecture.md).
#pragma once

#include <filesystem>
#include <memory>

#include "generator/backend.hpp"
#include "generator/image_part_store.hpp"
#include "nn/native/split_network.hpp"

namespace framegen {

struct NativeBackendOptions {
  int threads = 0;           // workers, each with one frame at a time; 0: one per core
  bool low_latency = false;  // one worker, the rows of a frame shared by that many threads
  ImagePartOptions image_parts{};
  // How many template frames there are: as much is kept of each as lets all of them stay in memory. 0: as
  // `skips` says.
  int template_frames = 0;
  KeptSkips skips = KeptSkips::kSources;
  KeptStorage storage = KeptStorage::kScaled;
  // Of bytes or bfloat16 where this machine has instructions for it, else the next in this order, else
  // float32: name() says which it is. Bytes need the calibration.json beside the model (calibration.hpp).
  ProductPrecision precision = ProductPrecision::kFloat32;
};

// Errors: kBadAvatar (unreadable network, tensors that are not those of `shape`), among them those for which
// graph::is_unsupported says that ONNX Runtime may run it; kBadUse (threads out of range); kInternal
// (memory).
Result<std::unique_ptr<GeneratorBackend>> make_native_backend(const std::filesystem::path& model,
                                                              const GeneratorShape& shape,
                                                              const NativeBackendOptions& options = {});

}  // namespace framegen
