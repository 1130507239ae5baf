// load_network.hpp: a network by its file, run by whatever can run it.
#pragma once

#include <filesystem>
#include <memory>

#include "kernels/network/product_precision.hpp"
#include "nn/network.hpp"

namespace framegen {

enum class NetworkChoice { kAuto, kOnnxRuntime, kNative };

// kAuto: native where it has all the network's operations, else ONNX Runtime. Runners use one thread each.
// Errors: kBadAvatar (unreadable, or an operation that neither has), kInternal (no ONNX Runtime where it is
// needed). `precision` is asked of the native one alone, as in NativeOptions.
Result<std::shared_ptr<const Network>> load_network(const std::filesystem::path& file, NetworkChoice choice,
                                                    ProductPrecision precision = ProductPrecision::kFloat32);

}  // namespace framegen
