// architecture.cpp: an architecture and its weights become an ONNX file (docs/models.md, "ONNX").
#include "generator/architecture.hpp"

#include <new>

namespace framegen {

Result<std::vector<std::uint8_t>> write_onnx(const Architecture& architecture, const WeightSource& weights) {
  try {
    OnnxBuilder builder(architecture.name);
    for (const TensorInfo& input : architecture.inputs) builder.add_input(input);
    for (const TensorInfo& output : architecture.outputs) builder.add_output(output);
    for (const Convolution& convolution : architecture.convolutions) {
      std::vector<float> weight(element_count(convolution.weight));
      std::vector<float> bias(static_cast<std::size_t>(convolution.weight[0]));
      FRAMEGEN_TRY(weights(convolution, weight, bias));
      builder.add_initializer(convolution.name + ".weight", convolution.weight, weight);
      builder.add_initializer(convolution.name + ".bias", Shape{convolution.weight[0]}, bias);
    }
    for (const Constant& constant : architecture.constants)
      builder.add_initializer(constant.name, constant.shape, constant.values);
    for (const OnnxNode& node : architecture.nodes) builder.add_node(node);
    return builder.bytes();
  } catch (const std::bad_alloc&) {
    return Error{ErrorCode::kInternal, architecture.name, "out of memory while writing the network", ""};
  }
}

}  // namespace framegen
