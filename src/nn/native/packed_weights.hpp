// packed_weights.hpp: weights packed once for all programs that are made of one network.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <utility>

#include "kernels/network/product_precision.hpp"
#include "nn/graph/graph.hpp"

namespace framegen::native {

// For as long as programs are compiled: their steps hold what they share. The graphs must share their
// constants, as copies of one graph do, and outlive this.
class PackedWeights {
 public:
  // What `pack` makes of this node's weights in this precision; the first caller's for all of them. One type
  // for each `kind`.
  template <class Packed, class Pack>
  std::shared_ptr<const Packed> get(const std::string& kind, const graph::Graph& graph,
                                    const graph::Node& node, ProductPrecision precision, const Pack& pack) {
    std::shared_ptr<const void>& found = packed_[key(kind, graph, node, precision)];
    if (found == nullptr) {
      auto made = std::make_shared<const Packed>(pack());
      bytes_ += made->bytes();
      found = std::move(made);
    }
    return std::static_pointer_cast<const Packed>(found);
  }

  std::size_t bytes() const { return bytes_; }  // of all that was packed, each once

 private:
  static std::string key(const std::string& kind, const graph::Graph& graph, const graph::Node& node,
                         ProductPrecision precision) {
    std::string text = kind + ' ' + std::to_string(static_cast<int>(precision));
    for (const std::int64_t number : node.attributes.strides) text += ' ' + std::to_string(number);
    for (const std::int64_t number : node.attributes.pads) text += ' ' + std::to_string(number);
    for (std::size_t i = 0; i < node.inputs.size(); ++i)
      text += ' ' + std::to_string(reinterpret_cast<std::uintptr_t>(graph.constant(node, i)));
    return text;
  }

  std::map<std::string, std::shared_ptr<const void>> packed_;
  std::size_t bytes_ = 0;
};

}  // namespace framegen::native
