// load_network.cpp: native first, ONNX Runtime for the rest.
#include "nn/load_network.hpp"

#include "nn/native/native_network.hpp"
#include "nn/onnxruntime/onnxruntime_network.hpp"

namespace framegen {

Result<std::shared_ptr<const Network>> load_network(const std::filesystem::path& file, NetworkChoice choice,
                                                    ProductPrecision precision) {
  if (choice != NetworkChoice::kOnnxRuntime) {
    auto native = load_native_network(file, {.passes_off = {}, .precision = precision});
    if (native || choice == NetworkChoice::kNative || !graph::is_unsupported(native.error())) return native;
  }
  return std::shared_ptr<const Network>(FRAMEGEN_TRY(load_onnxruntime_network(file)));
}

}  // namespace framegen
