// native_network.hpp: any network of the operations that we know, run by our own kernels.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "kernels/network/product_precision.hpp"
#include "nn/graph/graph.hpp"
#include "nn/network.hpp"

namespace framegen {

struct NativeOptions {
  std::size_t threads = 1;              // that one runner shares one frame's rows between
  std::vector<std::string> passes_off;  // names as in graph::passes()
  // Of the products, but for those next to a picture. Not kInt8, which wants ranges. float32 where the
  // machine has no instructions for it.
  ProductPrecision precision = ProductPrecision::kFloat32;
  bool even_if_slow = false;  // that precision on such a machine too: to see what others get
};

// Errors: those of graph::load_onnx; graph::is_unsupported(error) where another backend may do it.
Result<std::shared_ptr<const Network>> load_native_network(std::span<const std::uint8_t> onnx,
                                                           const NativeOptions& = {});
Result<std::shared_ptr<const Network>> load_native_network(const std::filesystem::path& onnx,
                                                           const NativeOptions& = {});
Result<std::shared_ptr<const Network>> make_native_network(graph::Graph graph, const NativeOptions& = {});

}  // namespace framegen
