// onnxruntime_absent.cpp: what a build without ONNX Runtime answers (FRAMEGEN_ONNXRUNTIME=OFF).
#include "nn/onnxruntime/device_parts.hpp"
#include "nn/onnxruntime/onnxruntime_network.hpp"

namespace framegen {
namespace {

Error absent() {
  return {ErrorCode::kInternal, "ONNX Runtime", "this framegen was built without it",
          "use --backend native, or build with -DFRAMEGEN_ONNXRUNTIME=ON"};
}

}  // namespace

Result<std::shared_ptr<Network>> load_onnxruntime_network(std::span<const std::uint8_t>, const std::string&,
                                                          const OnnxRuntimeOptions&) {
  return absent();
}

Result<std::shared_ptr<Network>> load_onnxruntime_network(const std::filesystem::path&,
                                                          const OnnxRuntimeOptions&) {
  return absent();
}

Result<OnnxRuntimeDescription> describe_onnxruntime() { return absent(); }

Result<std::shared_ptr<const DeviceParts>> load_device_parts(const DeviceNetworks&,
                                                             const OnnxRuntimeOptions&) {
  return absent();
}

bool is_out_of_device_memory(const Error&) { return false; }

}  // namespace framegen
