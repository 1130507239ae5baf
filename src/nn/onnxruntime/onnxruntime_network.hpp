// onnxruntime_network.hpp: a network run by ONNX Runtime, which is looked for when the first one is loaded.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "framegen/result.hpp"
#include "nn/network.hpp"

namespace framegen {

// Which hardware computes; what is there depends on the ONNX Runtime that is installed.
enum class OnnxRuntimeProvider { kCpu, kCuda, kCoreMl, kWebGpu, kTensorRt, kOpenVino, kDirectMl };

struct ProviderNames {
  OnnxRuntimeProvider provider;
  std::string_view ours;    // on the command line: "webgpu"
  std::string_view theirs;  // in ONNX Runtime's list of what it has: "WebGpuExecutionProvider"
  const char* registered;   // where a session asks for it: "WebGPU"
  bool one_at_a_time;       // sessions of one process must not compute, begin or end beside one another
  int batch;                // faces at once, where nobody has tried what the device likes
};
// One for each OnnxRuntimeProvider, in its order.
std::span<const ProviderNames> provider_names();
const ProviderNames& names_of(OnnxRuntimeProvider provider);
// Those of `theirs` that framegen has a name for, in our order.
std::vector<OnnxRuntimeProvider> known_providers(std::span<const std::string> theirs);

struct OnnxRuntimeOptions {
  int intra_op_threads = 1;  // threads inside one inference
  OnnxRuntimeProvider provider = OnnxRuntimeProvider::kCpu;
};

struct OnnxRuntimeDescription {
  std::string version;
  std::string path;                    // of the library
  std::vector<std::string> providers;  // ONNX Runtime's own names, best first; a plug-in's at the end
  std::string plugin_refused;          // why the library that FRAMEGEN_PROVIDER_LIBRARY names is not used
};

// Errors: kInternal where no ONNX Runtime can be loaded, with what was tried and how to get one. Looked for
// in this order: the environment variable FRAMEGEN_ONNXRUNTIME (a library's path, and then no other), beside
// the program, where the build found it, the system's library folders.
Result<OnnxRuntimeDescription> describe_onnxruntime();

// `name` stands in error messages. The bytes are not needed afterwards. Runners may be made and run on any
// number of threads at once. Errors: kBadAvatar (not a readable ONNX network, not float32), kBadUse (provider
// not there), kInternal (no ONNX Runtime, out of memory).
Result<std::shared_ptr<Network>> load_onnxruntime_network(std::span<const std::uint8_t> model,
                                                          const std::string& name,
                                                          const OnnxRuntimeOptions& options = {});
Result<std::shared_ptr<Network>> load_onnxruntime_network(const std::filesystem::path& model,
                                                          const OnnxRuntimeOptions& options = {});

}  // namespace framegen
