// provider.hpp: hands a session to the hardware that was asked for (inside src/nn/onnxruntime only).
#pragma once

#include "nn/onnxruntime/onnxruntime_library.hpp"
#include "nn/onnxruntime/onnxruntime_network.hpp"

namespace framegen {

// Errors: kBadUse, listing the providers that this ONNX Runtime has. Throws Ort::Exception.
Status append_provider(Ort::SessionOptions& settings, OnnxRuntimeProvider provider);

}  // namespace framegen
