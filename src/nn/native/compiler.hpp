// compiler.hpp: the state while a graph becomes steps. For compile*.cpp alone.
#pragma once

#include <algorithm>
#include <memory>
#include <string>
#include <utility>

#include "nn/graph/shapes.hpp"
#include "nn/native/compile.hpp"
#include "nn/native/steps.hpp"

namespace framegen::native {

using graph::kAbsent;
using graph::Node;
using graph::ValueId;

struct Compiler {
  Compiler(const graph::Graph& g, const Section& s, PackedWeights& p);

  Result<Program> run();

  // compile.cpp
  Status enter_inputs();
  Status enter_kept();
  Status leave_outputs();
  Status add_node(const Node& node);
  Status add_elementwise(const Node& node);
  Status add_concat(const Node& node);
  Status add_prelu(const Node& node);
  Status add_max_pool(const Node& node);
  Status add_pad(const Node& node);
  Status add_reshape(const Node& node);
  // compile_conv.cpp
  Status add_conv(const Node& node);
  // `last`: what it makes is the node's value, and nothing of the same node reads it.
  Status add_dense(const Node& node, bool last);
  Status add_depthwise(const Node& node);
  Status add_block(const Node& node);
  std::shared_ptr<const PackedInvertedResidual> pack_block(const Node& node,
                                                           const InvertedResidualShape& shape);
  Status add_epilogue(const Node& node);
  bool is_epilogue(const Node& node) const;

  // The tensor of a value as channels-last floats, converted first where it is kept as halves. −1 for
  // kAbsent.
  Result<int> floats_of(const Node& node, std::size_t input);
  // The tensor of a value as it lies.
  int tensor_of(ValueId id) const { return id == kAbsent ? -1 : tensors[static_cast<std::size_t>(id)]; }
  // A tensor for what the node makes: in the arena, or the kept place where the value is kept as float32.
  Result<int> make_output(const Node& node);
  Result<TensorPlan> describe(ValueId id, const Node& node) const;
  int add_tensor(TensorPlan plan);
  void add_step(std::unique_ptr<Step> step, const Node& node, std::vector<int> reads, int writes);
  TensorPlan& plan(int tensor) { return program.tensors[static_cast<std::size_t>(tensor)]; }
  const float* weights(const Node& node, std::size_t input) const {
    const graph::Array* array = graph.constant(node, input);
    return array == nullptr ? nullptr : array->floats.data();
  }
  // The ranges of what these weights are multiplied with; empty where products are not of bytes, or unknown.
  std::span<const float> ranges(const Node& node, std::size_t weights, std::size_t channels) const;
  // What this layer's products are computed with: the section's precision, but for layers nearest to the face
  // and, `source` being what they read, the picture.
  ProductPrecision precision(ValueId source, std::size_t out_channels, bool ranges_known);
  InvertedResidualPrecision block_precision(ValueId source, std::size_t out_channels, bool ranges_known);
  std::size_t channels_that_decide(const Node& node, std::size_t own) const;
  int kept_index(ValueId id) const;
  bool read_in_section(ValueId id) const;

  const graph::Graph& graph;
  const Section& section;
  PackedWeights& packed;
  Program program;
  std::vector<int> tensors;                              // by value
  std::vector<int> from_scaled;                          // by value: the converted copy, or −1
  std::vector<std::pair<int, std::size_t>> output_done;  // external tensors that the epilogue writes itself
};

}  // namespace framegen::native
