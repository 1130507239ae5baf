// provider.hpp: hands a session to the hardware that was asked for (inside src/nn/onnxruntime only).
#pragma once

#include <mutex>
#include <string_view>

#include "nn/onnxruntime/onnxruntime_library.hpp"
#include "nn/onnxruntime/onnxruntime_network.hpp"

namespace framegen {

// Errors: kBadUse, listing the providers that this ONNX Runtime has. Throws Ort::Exception.
Status append_provider(const OnnxRuntimeLibrary& library, Ort::SessionOptions& settings,
                       OnnxRuntimeProvider provider);

// A provider that is there, and for which something is missing: a driver, a loader, a device. `reason`: ONNX
// Runtime's.
Error does_not_start(OnnxRuntimeProvider provider, std::string_view reason);

// Held while a session of a provider that bears one at a time computes, begins or ends, and while a tensor
// of its device is given back; of every other provider it holds nothing. Not to be taken twice.
class ProviderTurn {
 public:
  explicit ProviderTurn(OnnxRuntimeProvider provider);

 private:
  std::unique_lock<std::mutex> turn_;
};

// Dawn, which computes for WebGPU, prints its loader's warnings to the standard error; what matters comes
// back as an error. As long as this lives for such a provider nothing of the process is printed there; for
// every other provider it does nothing. Under a ProviderTurn.
class DawnSilenced {
 public:
  explicit DawnSilenced(OnnxRuntimeProvider provider);
  ~DawnSilenced();
  DawnSilenced(const DawnSilenced&) = delete;
  DawnSilenced& operator=(const DawnSilenced&) = delete;

 private:
  int kept_ = -1;
};

}  // namespace framegen
