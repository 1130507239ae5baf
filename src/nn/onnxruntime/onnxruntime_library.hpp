// onnxruntime_library.hpp: the one ONNX Runtime of the process (inside src/nn/onnxruntime only).
#pragma once

// The API is set by our own loader: the program must start where the library is missing.
#define ORT_API_MANUAL_INIT
#include <onnxruntime_cxx_api.h>

#include <memory>
#include <string>

#include "framegen/result.hpp"

namespace framegen {

struct OnnxRuntimeLibrary {
  std::string path;
  std::string version;
  Ort::Env env{nullptr};
};

// Loads it at the first call. Errors: kInternal.
Result<std::shared_ptr<const OnnxRuntimeLibrary>> onnxruntime_library();

}  // namespace framegen
