// shapes.cpp: shape inference of the operations of the networks in docs/reference.md §6.
#include "nn/graph/shapes.hpp"

#include <algorithm>
#include <cmath>

#include "nn/graph/limits.hpp"
#include "nn/graph/types.hpp"

namespace framegen::graph {
namespace {

using std::int64_t;

Error misfit(const Node& node, const std::string& what) {
  return {ErrorCode::kBadAvatar, describe_node(node), what, "export the network again"};
}

// One node and the shapes of its inputs.
struct Inference {
  const Graph& graph;
  const Node& node;

  const Shape& shape(std::size_t i) const { return graph.value(node.input(i)).shape; }
  bool has(std::size_t i) const { return node.input(i) != kAbsent; }

  // The constant integers of input i.
  Result<std::vector<int64_t>> integers(std::size_t i, const char* what) const {
    const Array* array = graph.constant(node, i);
    if (array == nullptr || array->type != Type::kInteger)
      return unsupported(node, std::string(what) + " that is computed from the input");
    return array->integers;
  }
  Result<int64_t> axis(int64_t axis, std::size_t rank) const {
    const auto n = static_cast<int64_t>(rank);
    if (axis < -n || axis >= n)
      return misfit(node, "axis " + std::to_string(axis) + " outside a rank of " + std::to_string(n));
    return axis < 0 ? axis + n : axis;
  }

  Result<Shape> conv() const;
  Result<Shape> windows(const Shape& x, std::int64_t channels, std::array<std::int64_t, 2> kernel) const;
  Result<Shape> max_pool() const;
  Result<Shape> prelu() const;
  Result<Shape> elementwise() const;
  Result<Shape> concat() const;
  Result<Shape> resize() const;
  Result<Shape> reshape() const;
  Result<Shape> slice() const;
  Result<Shape> transpose() const;
  Result<Shape> pad() const;
  Result<Shape> squeeze(bool un) const;
  Result<Shape> gather() const;
  Result<Shape> flatten() const;
  Result<Shape> inverted_residual() const;
  Result<Shape> run() const;
};

// How many windows of a kernel an input has, on both axes.
Result<Shape> Inference::windows(const Shape& x, int64_t channels, std::array<int64_t, 2> kernel) const {
  const Attributes& a = node.attributes;
  Shape out{x[0], channels, 0, 0};
  for (std::size_t d = 0; d < 2; ++d) {
    if (a.strides[d] == 0 || a.dilations[d] == 0) return misfit(node, "stride or dilation 0");
    const int64_t room = x[2 + d] + a.pads[d] + a.pads[2 + d] - (a.dilations[d] * (kernel[d] - 1) + 1);
    if (room < 0 || kernel[d] == 0)
      return misfit(
          node, "kernel " + to_string(Shape{kernel[0], kernel[1]}) + " is larger than input " + to_string(x));
    out[2 + d] = room / a.strides[d] + 1;
  }
  return out;
}

Result<Shape> Inference::max_pool() const {
  const Shape& x = shape(0);
  if (x.size() != 4) return unsupported(node, "rank: input " + to_string(x));
  const Attributes& a = node.attributes;
  for (std::size_t d = 0; d < 2; ++d)  // else a window could lie in the padding alone
    if (a.pads[d] >= a.kernel[d] || a.pads[2 + d] >= a.kernel[d])
      return misfit(node, "is padded by its kernel or more");
  return windows(x, x[1], a.kernel);
}

Result<Shape> Inference::prelu() const {
  const Shape& x = shape(0);
  if (x.size() != 4) return unsupported(node, "rank: input " + to_string(x));
  if (FRAMEGEN_TRY(elementwise()) != x)
    return misfit(node, "slopes " + to_string(shape(1)) + " do not fit " + to_string(x));
  return x;
}

Result<Shape> Inference::conv() const {
  if (!has(conv_input::kX) || !has(conv_input::kWeight)) return misfit(node, "needs an input and a weight");
  const Shape &x = shape(conv_input::kX), &w = shape(conv_input::kWeight);
  const Attributes& a = node.attributes;
  if (x.size() != 4 || w.size() != 4)
    return unsupported(node, "rank: input " + to_string(x) + ", weight " + to_string(w));
  if (bounded_count(x) < 1 || bounded_count(w) < 1) return misfit(node, "has an empty input or weight");
  if (w[1] * a.groups != x[1] || w[0] % a.groups != 0)
    return misfit(node, "weight " + to_string(w) + " does not fit input " + to_string(x));
  if (has(conv_input::kBias) && shape(conv_input::kBias) != Shape{w[0]})
    return misfit(node,
                  "bias " + to_string(shape(conv_input::kBias)) + ", expected " + to_string(Shape{w[0]}));
  const Shape out = FRAMEGEN_TRY(windows(x, w[0], {w[2], w[3]}));
  if (has(conv_input::kAddend) && shape(conv_input::kAddend) != out)
    return misfit(node, "addend of another shape");
  return out;
}

Result<Shape> Inference::elementwise() const {
  if (!has(0) || !has(1)) return misfit(node, "needs two inputs");
  const Shape &a = shape(0), &b = shape(1);
  Shape out(std::max(a.size(), b.size()));
  for (std::size_t i = 0; i < out.size(); ++i) {
    const int64_t da = i < a.size() ? a[a.size() - 1 - i] : 1, db = i < b.size() ? b[b.size() - 1 - i] : 1;
    if (da != db && da != 1 && db != 1)
      return misfit(node, to_string(a) + " and " + to_string(b) + " do not fit together");
    out[out.size() - 1 - i] = da == 1 ? db : da;
  }
  return out;
}

Result<Shape> Inference::concat() const {
  if (node.inputs.empty() || !has(0)) return misfit(node, "needs an input");
  Shape out = shape(0);
  const auto axis_at = static_cast<std::size_t>(FRAMEGEN_TRY(axis(node.attributes.axis, out.size())));
  for (std::size_t i = 1; i < node.inputs.size(); ++i) {
    if (!has(i)) return misfit(node, "an input is left out");
    Shape other = shape(i);
    bool fits = other.size() == out.size();
    for (std::size_t d = 0; fits && d < out.size(); ++d) fits = d == axis_at || other[d] == out[d];
    if (!fits) return misfit(node, to_string(shape(0)) + " and " + to_string(other) + " do not fit together");
    out[axis_at] += other[axis_at];
  }
  return out;
}

Result<Shape> Inference::resize() const {
  const Shape& x = shape(0);
  if (has(3)) {  // sizes
    std::vector<int64_t> sizes = FRAMEGEN_TRY(integers(3, "size"));
    if (sizes.size() != x.size())
      return misfit(node, "sizes " + to_string(sizes) + " for an input of " + to_string(x));
    return sizes;
  }
  const Array* scales = graph.constant(node, 2);
  if (scales == nullptr || scales->type != Type::kFloat)
    return unsupported(node, "scale that is computed from the input");
  if (scales->floats.size() != x.size())
    return misfit(node, "has " + std::to_string(scales->floats.size()) + " scales for " + to_string(x));
  Shape out;
  for (std::size_t d = 0; d < x.size(); ++d) {
    const double size = std::floor(static_cast<double>(x[d]) * static_cast<double>(scales->floats[d]));
    if (!(size >= 1 && size < 1e9))
      return misfit(node, "impossible scale " + std::to_string(scales->floats[d]));
    out.push_back(static_cast<int64_t>(size));
  }
  return out;
}

Result<Shape> Inference::reshape() const {
  Shape out = FRAMEGEN_TRY(integers(1, "shape"));
  const Shape& x = shape(0);
  int64_t known = 1, open = -1;
  for (std::size_t d = 0; d < out.size(); ++d) {
    if (out[d] == 0 && d < x.size()) out[d] = x[d];
    if (out[d] == -1 && open < 0) {
      open = static_cast<int64_t>(d);
    } else if (out[d] < 0 || (out[d] > 0 && known > kMaxElements / out[d])) {
      return misfit(node, "impossible shape " + to_string(out));
    } else {
      known *= out[d];
    }
  }
  const int64_t count = bounded_count(x);
  if (open >= 0) out[static_cast<std::size_t>(open)] = known == 0 ? 0 : count / known;
  if (bounded_count(out) != count) return misfit(node, to_string(x) + " cannot become " + to_string(out));
  return out;
}

Result<Shape> Inference::slice() const {
  Shape out;
  for (const SliceRange& range : FRAMEGEN_TRY(slice_ranges(graph, node))) out.push_back(range.count);
  return out;
}

Result<Shape> Inference::transpose() const {
  const Shape& x = shape(0);
  std::vector<int64_t> order = node.attributes.axes;
  if (order.empty())
    for (std::size_t d = x.size(); d-- > 0;) order.push_back(static_cast<int64_t>(d));
  std::vector<bool> seen(x.size(), false);
  Shape out;
  for (const int64_t d : order) {
    if (d < 0 || d >= static_cast<int64_t>(x.size()) || seen[static_cast<std::size_t>(d)])
      return misfit(node, "permutation " + to_string(order) + " does not fit " + to_string(x));
    seen[static_cast<std::size_t>(d)] = true;
    out.push_back(x[static_cast<std::size_t>(d)]);
  }
  if (out.size() != x.size())
    return misfit(node, "permutation " + to_string(order) + " does not fit " + to_string(x));
  return out;
}

Result<Shape> Inference::pad() const {
  Shape out = shape(0);
  const auto pads = FRAMEGEN_TRY(integers(1, "padding"));
  if (pads.size() != 2 * out.size() || has(3))
    return misfit(node, "paddings " + to_string(pads) + " for " + to_string(out));
  for (std::size_t d = 0; d < out.size(); ++d) {
    if (std::abs(pads[d]) > kMaxElements || std::abs(pads[d + out.size()]) > kMaxElements)
      return misfit(node, "impossible paddings");
    out[d] += pads[d] + pads[d + out.size()];
  }
  return out;
}

Result<Shape> Inference::squeeze(bool un) const {
  const Shape& x = shape(0);
  std::vector<int64_t> axes = has(1) ? FRAMEGEN_TRY(integers(1, "axis")) : node.attributes.axes;
  const std::size_t rank = un ? x.size() + axes.size() : x.size();
  if (rank > kMaxRank) return misfit(node, "rank " + std::to_string(rank));
  std::vector<bool> listed(rank, false);
  for (const int64_t a : axes) listed[static_cast<std::size_t>(FRAMEGEN_TRY(axis(a, rank)))] = true;
  Shape out;
  for (std::size_t d = 0, from = 0; d < rank; ++d) {
    if (un && listed[d])
      out.push_back(1);
    else if (un && from < x.size())
      out.push_back(x[from++]);
    else if (!un && !(listed[d] || (axes.empty() && x[d] == 1)))
      out.push_back(x[d]);
  }
  if (bounded_count(out) != bounded_count(x))
    return misfit(node, "axes " + to_string(axes) + " of " + to_string(x) + " are not 1");
  return out;
}

Result<Shape> Inference::gather() const {
  const Shape &x = shape(0), &indices = shape(1);
  const auto at = static_cast<std::size_t>(FRAMEGEN_TRY(axis(node.attributes.axis, x.size())));
  Shape out(x.begin(), x.begin() + static_cast<std::ptrdiff_t>(at));
  out.insert(out.end(), indices.begin(), indices.end());
  out.insert(out.end(), x.begin() + static_cast<std::ptrdiff_t>(at) + 1, x.end());
  return out;
}

Result<Shape> Inference::flatten() const {
  const Shape& x = shape(0);
  const int64_t rank = static_cast<int64_t>(x.size());
  const int64_t at = node.attributes.axis == rank ? rank : FRAMEGEN_TRY(axis(node.attributes.axis, x.size()));
  const std::span<const int64_t> all(x);
  return Shape{bounded_count(all.first(static_cast<std::size_t>(at))),
               bounded_count(all.subspan(static_cast<std::size_t>(at)))};
}

Result<Shape> Inference::inverted_residual() const {  // made by our own pass: its inputs fit
  const Shape& x = shape(block_input::kSource);
  const int64_t factor = node.attributes.upsampled ? 2 : 1;
  const auto strided = [&](std::size_t d) {
    return (x[2 + d] * factor - 1) / node.attributes.strides[d] + 1;
  };
  return Shape{x[0], shape(block_input::kProjectWeight)[0], strided(0), strided(1)};
}

Result<Shape> Inference::run() const {
  if (node.inputs.empty() || (node.input(0) == kAbsent)) return misfit(node, "has no input");
  switch (node.op) {
    case Op::kAdd:
    case Op::kSub:
    case Op::kMul:
    case Op::kDiv:
      return elementwise();
    case Op::kBatchNormalization: {
      for (std::size_t i = 1; i < 5; ++i)
        if (!has(i) || shape(0).size() < 2 || shape(i) != Shape{shape(0)[1]})
          return misfit(node,
                        "needs scale, bias, mean and variance for the channels of " + to_string(shape(0)));
      return shape(0);
    }
    case Op::kCast:
    case Op::kIdentity:
    case Op::kRelu:
    case Op::kSigmoid:
      return shape(0);
    case Op::kConcat:
      return concat();
    case Op::kConstantOfShape:
      return integers(0, "shape");
    case Op::kConv:
      return conv();
    case Op::kFlatten:
      return flatten();
    case Op::kGather:
      return has(1) ? gather() : misfit(node, "needs indices");
    case Op::kMaxPool:
      return max_pool();
    case Op::kPRelu:
      return prelu();
    case Op::kPad:
      return has(1) ? pad() : misfit(node, "needs paddings");
    case Op::kReshape:
      return has(1) ? reshape() : misfit(node, "needs a shape");
    case Op::kResize:
      return resize();
    case Op::kShape:
      return Shape{static_cast<int64_t>(shape(0).size())};
    case Op::kSlice:
      return has(1) && has(2) ? slice() : misfit(node, "needs starts and ends");
    case Op::kSqueeze:
      return squeeze(false);
    case Op::kUnsqueeze:
      return squeeze(true);
    case Op::kTranspose:
      return transpose();
    case Op::kInvertedResidual:
      return inverted_residual();
  }
  return misfit(node, "unknown operation");
}

}  // namespace

Result<std::vector<SliceRange>> slice_ranges(const Graph& graph, const Node& node) {
  const Inference at{graph, node};
  const Shape& x = at.shape(0);
  std::vector<SliceRange> ranges;
  for (const int64_t size : x) ranges.push_back({0, 1, size});
  const auto starts = FRAMEGEN_TRY(at.integers(1, "start")), ends = FRAMEGEN_TRY(at.integers(2, "end"));
  std::vector<int64_t> axes, steps(starts.size(), 1);
  for (std::size_t i = 0; i < starts.size(); ++i) axes.push_back(static_cast<int64_t>(i));
  if (at.has(3)) axes = FRAMEGEN_TRY(at.integers(3, "axis"));
  if (at.has(4)) steps = FRAMEGEN_TRY(at.integers(4, "step"));
  if (ends.size() != starts.size() || axes.size() != starts.size() || steps.size() != starts.size())
    return misfit(node, "starts, ends, axes and steps of different lengths");
  for (std::size_t i = 0; i < starts.size(); ++i) {
    const auto d = static_cast<std::size_t>(FRAMEGEN_TRY(at.axis(axes[i], x.size())));
    const int64_t size = x[d], step = steps[i];
    if (step != 1 && step != -1) return unsupported(node, "step " + std::to_string(step));
    if (size == 0) continue;
    // Forwards the range lies in 0 … size, backwards in size−1 … −1 (one before the first element).
    const int64_t low = step > 0 ? 0 : -1, high = step > 0 ? size : size - 1;
    const auto place = [&](int64_t v) { return std::clamp(v < 0 ? v + size : v, low, high); };
    const int64_t start = place(starts[i]), end = place(ends[i]);
    ranges[d] = {start, step, std::max<int64_t>(0, (end - start) * step)};
  }
  return ranges;
}

Result<Shape> infer_shape(const Graph& graph, const Node& node) {
  for (const ValueId id : node.inputs)
    if (id == node.output) return misfit(node, "reads what it makes");
  if (!node.inputs.empty() && node.input(0) != kAbsent && !types_fit(graph, node))
    return misfit(node, "inputs of the wrong element type");
  Shape shape = FRAMEGEN_TRY((Inference{graph, node}.run()));
  if (bounded_count(shape) < 0 || shape.size() > kMaxRank)
    return misfit(node, "would make the impossible shape " + to_string(shape));
  return shape;
}

Status infer_node(Graph& graph, const Node& node) {
  graph.value(node.output).shape = FRAMEGEN_TRY(infer_shape(graph, node));
  graph.value(node.output).type = output_type(graph, node);
  return {};
}

Status infer_shapes(Graph& graph) {
  for (const Node& node : graph.nodes) FRAMEGEN_TRY(infer_node(graph, node));
  return {};
}

}  // namespace framegen::graph
