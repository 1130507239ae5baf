// compile.cpp: graph → steps, and where each tensor is born.
#include "nn/native/compile.hpp"

#include <algorithm>
#include <new>

#include "nn/graph/macs.hpp"
#include "nn/native/compiler.hpp"

namespace framegen::native {

using graph::Op;

Compiler::Compiler(const graph::Graph& g, const Section& s, PackedWeights& p)
    : graph(g), section(s), packed(p), tensors(g.values.size(), -1), from_scaled(g.values.size(), -1) {}

Result<TensorPlan> Compiler::describe(ValueId id, const Node& node) const {
  const graph::Value& value = graph.value(id);
  const Shape& shape = value.shape;
  if (value.type != graph::Type::kFloat) return unsupported(node, "integers at run time");
  if ((shape.size() != 4 && shape.size() != 2) || shape[0] != 1)
    return unsupported(node, "tensor " + framegen::to_string(shape) + ", known are [1,C,H,W] and [1,C]");
  TensorPlan plan;
  plan.name = value.name;
  plan.channels = static_cast<std::size_t>(shape[1]);
  if (shape.size() == 4) {
    plan.height = static_cast<std::size_t>(shape[2]);
    plan.width = static_cast<std::size_t>(shape[3]);
  }
  return plan;
}

int Compiler::add_tensor(TensorPlan plan) {
  program.tensors.push_back(std::move(plan));
  return static_cast<int>(program.tensors.size()) - 1;
}

void Compiler::add_step(std::unique_ptr<Step> step, const Node& node, std::vector<int> reads, int writes) {
  step->name = node.name;
  step->reads = std::move(reads);
  step->writes = writes;
  if (node.output != kAbsent) step->macs = graph::macs(graph, node);
  for (std::size_t i = 0; i < node.inputs.size(); ++i)
    if (const graph::Array* array = graph.constant(node, i))
      step->weight_bytes += array->floats.size() * sizeof(float);
  if (node.op == Op::kConv && node.attributes.groups == 1)
    step->watched = graph.value(node.input(graph::conv_input::kWeight)).name;
  program.scratch_floats = std::max(program.scratch_floats, (step->scratch_floats() + 15) / 16 * 16);
  program.steps.push_back(std::move(step));
}

int Compiler::kept_index(ValueId id) const {
  const auto found = std::find(section.kept.begin(), section.kept.end(), id);
  return found == section.kept.end() ? -1 : static_cast<int>(found - section.kept.begin());
}

bool Compiler::read_in_section(ValueId id) const {
  for (std::size_t i = 0; i < graph.nodes.size(); ++i)
    if (section.nodes[i] && std::find(graph.nodes[i].inputs.begin(), graph.nodes[i].inputs.end(), id) !=
                                graph.nodes[i].inputs.end())
      return true;
  return std::find(section.outputs.begin(), section.outputs.end(), id) != section.outputs.end();
}

Result<int> Compiler::floats_of(const Node& node, std::size_t input) {
  const ValueId id = node.input(input);
  if (id == kAbsent) return -1;
  const int tensor = tensor_of(id);
  if (tensor < 0)
    return unsupported(node,
                       "constant " + graph::quote(graph.value(id).name) + " where a tensor is expected");
  if (!plan(tensor).scaled || section.writes_kept) return tensor;
  int& copy = from_scaled[static_cast<std::size_t>(id)];
  if (copy >= 0) return copy;
  TensorPlan floats = plan(tensor);
  floats.scaled = false;
  floats.place = Place::kArena;
  copy = add_tensor(std::move(floats));
  add_step(std::make_unique<ScaleStep>(false, plan(copy).rows()),
           {Op::kIdentity, graph.value(id).name, {}, kAbsent, {}}, {tensor}, copy);
  return copy;
}

Result<int> Compiler::make_output(const Node& node) {
  const int kept = section.writes_kept ? kept_index(node.output) : -1;
  int& tensor = tensors[static_cast<std::size_t>(node.output)];
  if (kept >= 0 && !section.kept_scaled[static_cast<std::size_t>(kept)]) {
    tensor = program.kept[static_cast<std::size_t>(kept)];
  } else {
    tensor = add_tensor(FRAMEGEN_TRY(describe(node.output, node)));
  }
  return tensor;
}

Status Compiler::enter_kept() {
  const Node nowhere{Op::kIdentity, "kept", {}, kAbsent, {}};
  std::size_t offset = 0;
  for (std::size_t k = 0; k < section.kept.size(); ++k) {
    TensorPlan plan = FRAMEGEN_TRY(describe(section.kept[k], nowhere));
    plan.place = Place::kKept;
    plan.scaled = section.kept_scaled[k];
    plan.offset = offset;
    offset += (plan.bytes() + kBufferAlignment - 1) / kBufferAlignment * kBufferAlignment;
    program.kept.push_back(add_tensor(std::move(plan)));
    if (!section.writes_kept) tensors[static_cast<std::size_t>(section.kept[k])] = program.kept.back();
  }
  return {};
}

Status Compiler::enter_inputs() {
  for (const ValueId id : section.inputs) {
    const Node node{Op::kIdentity, graph.value(id).name, {}, id, {}};
    TensorPlan external = FRAMEGEN_TRY(describe(id, node));
    external.place = Place::kExternal;
    program.inputs.push_back(add_tensor(external));
    const int inside = FRAMEGEN_TRY(make_output(node));
    Node step = node;
    step.output = kAbsent;
    add_step(std::make_unique<LayoutStep>(LayoutStep::Way::kIn, external), step, {program.inputs.back()},
             inside);
  }
  return {};
}

Status Compiler::leave_outputs() {
  for (std::size_t i = 0; i < section.outputs.size(); ++i) {
    if (program.outputs[i] >= 0) continue;  // the epilogue writes it
    const Node node{Op::kIdentity, graph.value(section.outputs[i]).name, {section.outputs[i]}, kAbsent, {}};
    TensorPlan external = FRAMEGEN_TRY(describe(section.outputs[i], node));
    const int inside = FRAMEGEN_TRY(floats_of(node, 0));
    external.place = Place::kExternal;
    program.outputs[i] = add_tensor(external);
    // Only the first output is the face, and only as a picture: the runner checked the caller's room for it.
    const auto way = i == 0 && external.channels == 3 ? LayoutStep::Way::kOutFace : LayoutStep::Way::kOut;
    add_step(std::make_unique<LayoutStep>(way, external), node, {inside}, program.outputs[i]);
  }
  for (std::size_t k = 0; section.writes_kept && k < section.kept.size(); ++k) {
    const int inside = tensor_of(section.kept[k]), outside = program.kept[k];
    if (inside == outside || inside < 0) continue;  // written in place already
    add_step(std::make_unique<ScaleStep>(true, plan(inside).rows()),
             {Op::kIdentity, graph.value(section.kept[k]).name, {}, kAbsent, {}}, {inside}, outside);
  }
  return {};
}

Status Compiler::add_elementwise(const Node& node) {
  const int x = FRAMEGEN_TRY(floats_of(node, 0));
  std::vector<int> reads{x};
  ElementwiseStep::What what =
      node.op == Op::kRelu ? ElementwiseStep::What::kRelu : ElementwiseStep::What::kSigmoid;
  if (node.op == Op::kAdd) {
    reads.push_back(FRAMEGEN_TRY(floats_of(node, 1)));
    if (graph.value(node.input(0)).shape != graph.value(node.input(1)).shape)
      return unsupported(node, "sum of different shapes");
    what = ElementwiseStep::What::kAdd;
  }
  const int y = FRAMEGEN_TRY(make_output(node));
  add_step(std::make_unique<ElementwiseStep>(what, plan(y).elements()), node, std::move(reads), y);
  return {};
}

Status Compiler::add_concat(const Node& node) {
  const auto rank = static_cast<std::int64_t>(graph.value(node.output).shape.size());
  if (node.attributes.axis != 1 && node.attributes.axis != 1 - rank)
    return unsupported(node, "axis, known is the channels'");
  if (node.inputs.size() > kMaxConcat) return unsupported(node, "number of inputs, known are up to 16");
  std::vector<int> reads;
  std::vector<std::size_t> channels;
  for (std::size_t i = 0; i < node.inputs.size(); ++i) {
    reads.push_back(FRAMEGEN_TRY(floats_of(node, i)));
    channels.push_back(plan(reads.back()).channels);
  }
  const int y = FRAMEGEN_TRY(make_output(node));
  add_step(std::make_unique<ConcatStep>(std::move(channels), plan(y)), node, std::move(reads), y);
  return {};
}

Status Compiler::add_prelu(const Node& node) {
  const graph::Array* slopes = graph.constant(node, 1);
  const int x = FRAMEGEN_TRY(floats_of(node, 0));
  const std::size_t channels = plan(x).channels;
  const Shape by_channel{static_cast<std::int64_t>(channels), 1, 1};
  if (slopes == nullptr || (slopes->floats.size() != 1 && slopes->shape != by_channel))
    return unsupported(node, "slopes, known are one for each channel");
  std::vector<float> all = slopes->floats;
  all.resize(channels, all[0]);
  const int y = FRAMEGEN_TRY(make_output(node));
  add_step(std::make_unique<PReluStep>(std::move(all), plan(y)), node, {x}, y);
  return {};
}

Status Compiler::add_max_pool(const Node& node) {
  const graph::Attributes& a = node.attributes;
  if (a.pads != std::array<std::int64_t, 4>{} || a.dilations != std::array<std::int64_t, 2>{1, 1})
    return unsupported(node, "padding or dilation");
  const int x = FRAMEGEN_TRY(floats_of(node, 0));
  const auto size = [](std::int64_t v) { return static_cast<std::size_t>(v); };
  const PoolShape shape{plan(x).height,    plan(x).width,      plan(x).channels,  size(a.kernel[0]),
                        size(a.kernel[1]), size(a.strides[0]), size(a.strides[1])};
  const int y = FRAMEGEN_TRY(make_output(node));
  add_step(std::make_unique<MaxPoolStep>(shape), node, {x}, y);
  return {};
}

// Zeros behind the channels; a picture's border is a convolution's own affair.
Status Compiler::add_pad(const Node& node) {
  const graph::Array* pads = graph.constant(node, 1);
  const graph::Array* value = graph.constant(node, 2);
  const int x = FRAMEGEN_TRY(floats_of(node, 0));
  const std::size_t after = graph.value(node.output).shape.size() + 1;  // of the channels
  bool known = pads != nullptr &&
               (node.input(2) == kAbsent || (value != nullptr && value->floats == std::vector<float>{0}));
  for (std::size_t i = 0; known && i < pads->integers.size(); ++i)
    known = i == after ? pads->integers[i] >= 0 : pads->integers[i] == 0;
  if (!known) return unsupported(node, "padding, known are zeros behind the channels");
  const int y = FRAMEGEN_TRY(make_output(node));
  add_step(std::make_unique<PadChannelsStep>(plan(x), plan(y)), node, {x}, y);
  return {};
}

// [1,C,1,1] ↔ [1,C] is the same memory; [1,C,H,W] → [1,C·H·W] is the caller's order of pixels.
Status Compiler::add_reshape(const Node& node) {
  const int x = FRAMEGEN_TRY(floats_of(node, 0));
  const TensorPlan to = FRAMEGEN_TRY(describe(node.output, node));
  if (to.pixels() != 1) return unsupported(node, "target, known is [1,C]");
  const int y = FRAMEGEN_TRY(make_output(node));
  add_step(std::make_unique<LayoutStep>(LayoutStep::Way::kOut, plan(x)), node, {x}, y);
  return {};
}

Status Compiler::add_node(const Node& node) {
  switch (node.op) {
    case Op::kConv:
      return add_conv(node);
    case Op::kInvertedResidual:
      return add_block(node);
    case Op::kAdd:
    case Op::kRelu:
    case Op::kSigmoid:
      return add_elementwise(node);
    case Op::kPRelu:
      return add_prelu(node);
    case Op::kMaxPool:
      return add_max_pool(node);
    case Op::kPad:
      return add_pad(node);
    case Op::kConcat:
      return add_concat(node);
    case Op::kFlatten:
    case Op::kReshape:
    case Op::kSqueeze:
      return add_reshape(node);
    case Op::kResize: {
      const int x = FRAMEGEN_TRY(floats_of(node, 0));
      const TensorPlan to = FRAMEGEN_TRY(describe(node.output, node));
      if (to.height != 2 * plan(x).height || to.width != 2 * plan(x).width)
        return unsupported(node, "scale, known is ×2");
      const int y = FRAMEGEN_TRY(make_output(node));
      add_step(std::make_unique<UpsampleStep>(plan(x)), node, {x}, y);
      return {};
    }
    default:
      return unsupported(node, "operation at run time");
  }
}

Result<Program> Compiler::run() {
  program.outputs.assign(section.outputs.size(), -1);
  FRAMEGEN_TRY(enter_kept());
  FRAMEGEN_TRY(enter_inputs());
  for (std::size_t i = 0; i < graph.nodes.size(); ++i)
    if (section.nodes[i]) FRAMEGEN_TRY(add_node(graph.nodes[i]));
  FRAMEGEN_TRY(leave_outputs());
  plan_arena(program);
  return std::move(program);
}

Result<Program> compile(const graph::Graph& graph, const Section& section, PackedWeights& packed) {
  try {
    return Compiler(graph, section, packed).run();
  } catch (const std::bad_alloc&) {
    return Error{ErrorCode::kInternal, "native network", "not enough memory for its weights",
                 "free memory or use the half-width model"};
  }
}

}  // namespace framegen::native
