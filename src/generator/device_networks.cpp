// device_networks.cpp: the passes that only take work away, then the cut.
#include "generator/device_networks.hpp"

#include "generator/generator_shape.hpp"
#include "nn/graph/load.hpp"
#include "nn/graph/parts.hpp"
#include "nn/graph/passes.hpp"
#include "nn/graph/shapes.hpp"
#include "nn/graph/to_onnx.hpp"
#include "nn/native/network_info.hpp"
#include "nn/network_check.hpp"

namespace framegen {
namespace {

// Fused blocks are the native backend's own: a device fuses for itself.
Result<graph::Parts> parts_of(graph::Graph network, const GeneratorShape& shape) {
  const graph::PassOptions passes{shape.audio_tensor, graph::kNoProduct, {"fuse-blocks", "fuse-activations"}};
  FRAMEGEN_TRY(graph::run_passes(network, passes));
  return graph::split_parts(network, shape.audio_tensor);
}

Status check(const graph::Graph& network, const GeneratorShape& shape, const std::string& where) {
  FRAMEGEN_TRY(check_network(native::network_info(network), network_info(shape), where));
  for (const graph::ValueId id : network.inputs)
    if (network.value(id).shape[0] != 1)
      return graph::unsupported(network.nodes.front(), "a batch that was fixed at export");
  return {};
}

}  // namespace

Result<DeviceNetworks> device_networks(const std::filesystem::path& model, const GeneratorShape& shape,
                                       std::size_t batch, bool half) {
  graph::Graph network = FRAMEGEN_TRY(graph::load_onnx(model));
  FRAMEGEN_TRY(graph::infer_shapes(network));
  FRAMEGEN_TRY(check(network, shape, model.string()));
  const graph::Parts parts = FRAMEGEN_TRY(parts_of(std::move(network), shape));
  DeviceNetworks networks;
  networks.name = model.string();
  networks.batch = batch;
  networks.picture = shape.image_tensor;
  networks.changing = shape.audio_tensor;
  networks.kept = parts.kept;
  networks.pixels = "pixels";
  networks.output = shape.output_tensor;
  const auto [c, h, w] = shape.audio_window;
  networks.picture_shape = {1, 6, shape.image_size, shape.image_size};
  networks.changing_shape = {1, c, h, w};
  networks.output_shape = {1, 3, shape.image_size, shape.image_size};
  networks.image_part = FRAMEGEN_TRY(graph::to_onnx(parts.image, {.half = half, .kept = parts.kept}));
  networks.audio_part = FRAMEGEN_TRY(
      graph::to_onnx(parts.audio, {.half = half, .kept = parts.kept, .pixels = networks.pixels}));
  if (batch > 1)
    networks.audio_part_batch = FRAMEGEN_TRY(graph::to_onnx(
        parts.audio, {.half = half, .batch = batch, .kept = parts.kept, .pixels = networks.pixels}));
  return networks;
}

}  // namespace framegen
