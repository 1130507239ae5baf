// compile_conv.cpp: convolutions and blocks with their weights packed for the kernels.
#include <algorithm>

#include "nn/native/compiler.hpp"

namespace framegen::native {

using graph::Activation;
using graph::Attributes;
namespace conv_input = graph::conv_input;
namespace block_input = graph::block_input;

namespace {

// Half the generator's last stage has 8 channels, the full one's 16. Fewer than these are nearly the face,
// and the skip that enters there carries the picture's own colours: what is rounded is seen. Such a block's
// inputs stay floats, its projection 16 bits.
constexpr std::size_t kFewestLowerChannels = 16;

ConvShape conv_shape(const Attributes& a, const Shape& weight, std::int64_t in_channels) {
  const auto size = [](std::int64_t v) { return static_cast<std::size_t>(v); };
  ConvShape shape;
  shape.in_channels = size(in_channels);
  shape.out_channels = size(weight[0]);
  shape.kernel_height = size(weight[2]);
  shape.kernel_width = size(weight[3]);
  shape.stride_y = size(a.strides[0]);
  shape.stride_x = size(a.strides[1]);
  shape.pad_top = size(a.pads[0]);
  shape.pad_left = size(a.pads[1]);
  shape.pad_bottom = size(a.pads[2]);
  shape.pad_right = size(a.pads[3]);
  return shape;
}

}  // namespace

std::span<const float> Compiler::ranges(const Node& node, std::size_t weights, std::size_t channels) const {
  const ValueId id = node.input(weights);
  if (section.precision != ProductPrecision::kInt8 || section.ranges == nullptr || id == kAbsent) return {};
  return section.ranges->of(graph.value(id).name, channels);
}

ProductPrecision Compiler::precision(ValueId source, std::size_t out_channels, bool ranges_known) {
  // The picture has few channels, which no lower precision makes faster, and every skip begins there.
  const bool reads_picture =
      std::find(section.inputs.begin(), section.inputs.end(), source) != section.inputs.end() &&
      graph.value(source).shape[1] < static_cast<std::int64_t>(kFewestLowerChannels);
  if (reads_picture || out_channels < kFewestLowerChannels) return ProductPrecision::kFloat32;
  if (section.precision != ProductPrecision::kInt8) return section.precision;
  if (!ranges_known) ++program.uncalibrated_layers;
  return ranges_known ? section.precision : section.otherwise;
}

InvertedResidualPrecision Compiler::block_precision(ValueId source, std::size_t out_channels,
                                                    bool ranges_known) {
  const ProductPrecision expand = precision(source, out_channels, ranges_known);
  if (section.precision == ProductPrecision::kFloat32 || out_channels >= kFewestLowerChannels) return expand;
  return {expand, section.otherwise};
}

// A product that enters a block is the block's: kept or not, it is computed as the block computes.
std::size_t Compiler::channels_that_decide(const Node& node, std::size_t own) const {
  for (const Node& reader : graph.nodes)
    if (reader.op == graph::Op::kInvertedResidual && reader.input(block_input::kAddend) == node.output)
      return static_cast<std::size_t>(graph.value(reader.output).shape[1]);
  return own;
}

// 1×1 to three channels with a sigmoid, the face itself, and nothing but the caller reads it.
bool Compiler::is_epilogue(const Node& node) const {
  const Shape& weight = graph.value(node.input(conv_input::kWeight)).shape;
  return node.attributes.activation == Activation::kSigmoid && weight[0] == 3 && weight[2] == 1 &&
         weight[3] == 1 && node.attributes.groups == 1 &&
         node.attributes.strides == std::array<std::int64_t, 2>{1, 1} &&
         node.attributes.pads == std::array<std::int64_t, 4>{} &&
         node.input(conv_input::kAddend) == kAbsent && !section.outputs.empty() &&
         section.outputs[0] == node.output &&
         std::count(section.outputs.begin(), section.outputs.end(), node.output) == 1 &&
         kept_index(node.output) < 0 &&
         std::none_of(graph.nodes.begin(), graph.nodes.end(), [&](const Node& other) {
           return std::find(other.inputs.begin(), other.inputs.end(), node.output) != other.inputs.end();
         });
}

Status Compiler::add_epilogue(const Node& node) {
  const int x = FRAMEGEN_TRY(floats_of(node, conv_input::kX));
  TensorPlan external = FRAMEGEN_TRY(describe(node.output, node));
  external.place = Place::kExternal;
  const int y = add_tensor(std::move(external));
  program.outputs[0] = y;
  auto epilogue = packed.get<PackedFaceEpilogue>("epilogue", graph, node, ProductPrecision::kFloat32, [&] {
    return pack_face_epilogue(plan(x).channels, weights(node, conv_input::kWeight),
                              weights(node, conv_input::kBias));
  });
  add_step(std::make_unique<EpilogueStep>(std::move(epilogue), plan(x)), node, {x}, y);
  return {};
}

Status Compiler::add_conv(const Node& node) {
  if (!graph.constant(node, conv_input::kWeight) ||
      (node.input(conv_input::kBias) != kAbsent && !graph.constant(node, conv_input::kBias)))
    return unsupported(node, "weights that are computed from the input");
  if (node.attributes.dilations != std::array<std::int64_t, 2>{1, 1}) return unsupported(node, "dilation");
  if (is_epilogue(node)) return add_epilogue(node);
  if (node.attributes.activation != Activation::kSigmoid)
    return node.attributes.groups == 1 ? add_dense(node, true) : add_depthwise(node);
  // A sigmoid of its own: convolve into a tensor that only it reads.
  Node plain = node, sigmoid{graph::Op::kSigmoid, node.name, {node.output}, node.output, {}};
  plain.attributes.activation = Activation::kNone;
  FRAMEGEN_TRY(plain.attributes.groups == 1 ? add_dense(plain, false) : add_depthwise(plain));
  return add_elementwise(sigmoid);
}

Status Compiler::add_dense(const Node& node, bool last) {
  const int x = FRAMEGEN_TRY(floats_of(node, conv_input::kX)),
            addend = FRAMEGEN_TRY(floats_of(node, conv_input::kAddend));
  const ConvShape shape = conv_shape(node.attributes, graph.value(node.input(conv_input::kWeight)).shape,
                                     static_cast<std::int64_t>(plan(x).channels));
  const auto largest = ranges(node, conv_input::kWeight, shape.in_channels);
  const ProductPrecision lower =
      precision(node.input(conv_input::kX), channels_that_decide(node, shape.out_channels), !largest.empty());
  auto conv = packed.get<PackedConv>("conv", graph, node, lower, [&] {
    return pack_conv2d(shape, weights(node, conv_input::kWeight), weights(node, conv_input::kBias), lower,
                       largest);
  });
  const bool relu = node.attributes.activation == Activation::kRelu;
  const bool pixelwise = shape.kernel_height * shape.kernel_width * shape.stride_y * shape.stride_x == 1 &&
                         shape.pad_top + shape.pad_left + shape.pad_bottom + shape.pad_right == 0;
  const int kept = section.writes_kept ? kept_index(node.output) : -1;
  if (last && kept >= 0 && section.kept_scaled[static_cast<std::size_t>(kept)] && pixelwise && addend < 0 &&
      !read_in_section(node.output)) {
    const int y = program.kept[static_cast<std::size_t>(kept)];
    tensors[static_cast<std::size_t>(node.output)] = y;
    add_step(std::make_unique<ScaledConvStep>(std::move(conv), plan(y), relu), node, {x}, y);
    return {};
  }
  const int y = FRAMEGEN_TRY(make_output(node));
  add_step(std::make_unique<ConvStep>(std::move(conv), plan(x), plan(y), relu), node, {x, addend}, y);
  return {};
}

Status Compiler::add_depthwise(const Node& node) {
  const int x = FRAMEGEN_TRY(floats_of(node, conv_input::kX)),
            addend = FRAMEGEN_TRY(floats_of(node, conv_input::kAddend));
  const auto channels = static_cast<std::int64_t>(plan(x).channels);
  const Shape& weight = graph.value(node.input(conv_input::kWeight)).shape;
  if (node.attributes.groups != channels || weight[0] != channels)
    return unsupported(node, "groups " + std::to_string(node.attributes.groups) +
                                 ", known are 1 and the number of channels");
  auto filter = packed.get<PackedDepthwise>("depthwise", graph, node, ProductPrecision::kFloat32, [&] {
    return pack_depthwise(conv_shape(node.attributes, weight, channels), weights(node, conv_input::kWeight),
                          weights(node, conv_input::kBias));
  });
  const int y = FRAMEGEN_TRY(make_output(node));
  add_step(std::make_unique<DepthwiseStep>(std::move(filter), plan(x), plan(y),
                                           node.attributes.activation == Activation::kRelu),
           node, {x, addend}, y);
  return {};
}

Status Compiler::add_block(const Node& node) {
  const int source = FRAMEGEN_TRY(floats_of(node, block_input::kSource)),
            residual = FRAMEGEN_TRY(floats_of(node, block_input::kResidual));
  const int addend = tensor_of(node.input(block_input::kAddend)),
            skip = tensor_of(node.input(block_input::kSkip));
  if (addend < 0 && node.input(block_input::kAddend) != kAbsent) return unsupported(node, "constant addend");
  if (skip < 0 && node.input(block_input::kSkip) != kAbsent) return unsupported(node, "constant skip");
  const Shape& depthwise = graph.value(node.input(block_input::kDepthwiseWeight)).shape;
  const Shape& project = graph.value(node.input(block_input::kProjectWeight)).shape;
  InvertedResidualShape shape;
  shape.source_channels = node.input(block_input::kExpandWeight) == kAbsent ? 0 : plan(source).channels;
  shape.expanded = static_cast<std::size_t>(depthwise[0]);
  shape.out_channels = static_cast<std::size_t>(project[0]);
  shape.stride = static_cast<std::size_t>(node.attributes.strides[0]);
  shape.skip_channels = skip < 0 ? 0 : plan(skip).channels;
  BlockStep::Sizes sizes;
  sizes.upsample = node.attributes.upsampled;
  sizes.height = plan(source).height * (sizes.upsample ? 2 : 1);
  sizes.width = plan(source).width * (sizes.upsample ? 2 : 1);
  sizes.scaled_addend = addend >= 0 && plan(addend).scaled;
  sizes.scaled_skip = skip >= 0 && plan(skip).scaled;
  const int y = FRAMEGEN_TRY(make_output(node));
  add_step(std::make_unique<BlockStep>(pack_block(node, shape), sizes), node,
           {source, addend, residual, skip}, y);
  return {};
}

std::shared_ptr<const PackedInvertedResidual> Compiler::pack_block(const Node& node,
                                                                   const InvertedResidualShape& shape) {
  const InvertedResidualWeights all{
      weights(node, block_input::kExpandWeight),    weights(node, block_input::kExpandBias),
      weights(node, block_input::kDepthwiseWeight), weights(node, block_input::kDepthwiseBias),
      weights(node, block_input::kProjectWeight),   weights(node, block_input::kProjectBias),
      weights(node, block_input::kSkipWeight)};
  const InvertedResidualRanges known{ranges(node, block_input::kExpandWeight, shape.source_channels),
                                     ranges(node, block_input::kProjectWeight, shape.expanded),
                                     ranges(node, block_input::kSkipWeight, shape.skip_channels)};
  const bool all_known = !known.filtered.empty() && (shape.source_channels == 0 || !known.source.empty()) &&
                         (shape.skip_channels == 0 || !known.skip.empty());
  const InvertedResidualPrecision lower =
      block_precision(node.input(block_input::kSource), shape.out_channels, all_known);
  return packed.get<PackedInvertedResidual>(
      "block projected in " + std::to_string(static_cast<int>(lower.project)), graph, node, lower.expand,
      [&] { return pack_inverted_residual(shape, all, lower, known); });
}

}  // namespace framegen::native
