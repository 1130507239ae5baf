// onnxruntime_library.hpp: the one ONNX Runtime of the process (inside src/nn/onnxruntime only).
#pragma once

// The API is set by our own loader: the program must start where the library is missing.
#define ORT_API_MANUAL_INIT
#include <onnxruntime_cxx_api.h>

#include <memory>
#include <string>
#include <vector>

#include "framegen/result.hpp"

namespace framegen {

struct OnnxRuntimeLibrary {
  std::string path;
  std::string version;
  unsigned api = 0;               // what of its interface may be called: that of 1.<api>
  mutable Ort::Env env{nullptr};  // safe from many threads; ONNX Runtime's interface does not say so by const
  // Of the provider's library that FRAMEGEN_PROVIDER_LIBRARY names: what it computes on, under the name of
  // its provider and before a built-in one of that name; or why it is not used. Both empty: none is named.
  std::vector<Ort::ConstEpDevice> plugin_devices;
  std::string plugin_refused;
};

// Loads it at the first call. Errors: kInternal.
Result<std::shared_ptr<const OnnxRuntimeLibrary>> onnxruntime_library();

}  // namespace framegen
