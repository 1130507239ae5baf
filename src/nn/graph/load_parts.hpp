// load_parts.hpp: the pieces of an ONNX file, each read on its own. For load.cpp alone.
#pragma once

#include <onnx/onnx_pb.h>

#include "nn/graph/graph.hpp"

namespace framegen::graph {

// Weights and integers. Errors: kBadAvatar (external data, a type we do not know, fewer bytes than the shape
// needs).
Result<Array> load_tensor(const onnx::TensorProto& tensor);
// The value of a Constant node.
Result<Array> load_constant(const onnx::NodeProto& node);
// Operation and attributes, without inputs and output.
Result<Node> load_node(const onnx::NodeProto& node);
// The shape of a graph input with 1 for a symbolic first dimension.
Result<Shape> load_input_shape(const onnx::ValueInfoProto& input, bool& symbolic_batch);

}  // namespace framegen::graph
