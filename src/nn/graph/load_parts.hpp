// load_parts.hpp: the pieces of an ONNX file, each read on its own. For load.cpp alone.
#pragma once

#include "nn/graph/graph.hpp"
#include "nn/onnx/onnx_file.hpp"

namespace framegen::graph {

// Weights and integers. Errors: kBadAvatar (external data, a type we do not know, fewer bytes than the shape
// needs).
Result<Array> load_tensor(const onnx_file::Tensor& tensor);
// The value of a Constant node.
Result<Array> load_constant(const onnx_file::Node& node);
// Operation and attributes, without inputs and output.
Result<Node> load_node(const onnx_file::Node& node);
// The shape of a graph input with 1 for a symbolic first dimension.
Result<Shape> load_input_shape(const onnx_file::ValueInfo& input, bool& symbolic_batch);

}  // namespace framegen::graph
