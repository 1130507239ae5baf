// evaluate.cpp: shape arithmetic and data movement, for constants (the export's pad arithmetic:
// docs/reference.md §6).
#include "nn/graph/evaluate.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "nn/graph/shapes.hpp"

namespace framegen::graph {
namespace {

using std::int64_t;
using Offsets = std::vector<int64_t>;

Offsets strides_of(const Shape& shape) {
  Offsets strides(shape.size(), 1);
  for (std::size_t d = shape.size(); d-- > 1;) strides[d - 1] = strides[d] * shape[d];
  return strides;
}

// Calls visit(output offset, source offset) for every element of `shape`; the source moves by strides[d] per
// step of dimension d.
template <class Visit>
void walk(const Shape& shape, const Offsets& strides, int64_t base, const Visit& visit) {
  const auto count = static_cast<int64_t>(element_count(shape));
  Offsets index(shape.size(), 0);
  int64_t source = base;
  for (int64_t out = 0; out < count; ++out) {
    visit(static_cast<std::size_t>(out), static_cast<std::size_t>(source));
    for (std::size_t d = shape.size(); d-- > 0;) {
      source += strides[d];
      if (++index[d] < shape[d]) break;
      source -= strides[d] * shape[d];
      index[d] = 0;
    }
  }
}

// One node on elements of one type.
template <class T>
struct Evaluation {
  const Graph& graph;
  const Node& node;
  std::span<const Array* const> inputs;
  const Shape& shape;  // of the output

  static const std::vector<T>& elements(const Array& a) {
    if constexpr (std::is_same_v<T, float>)
      return a.floats;
    else
      return a.integers;
  }
  std::vector<T> strided(const Offsets& strides, int64_t base) const {
    const std::vector<T>& from = elements(*inputs[0]);
    std::vector<T> out(element_count(shape));
    walk(shape, strides, base, [&](std::size_t to, std::size_t source) { out[to] = from[source]; });
    return out;
  }

  std::vector<T> transpose() const {
    const Offsets of_input = strides_of(inputs[0]->shape);
    Offsets strides;
    for (std::size_t d = 0; d < shape.size(); ++d)
      strides.push_back(node.attributes.axes.empty()
                            ? of_input[shape.size() - 1 - d]
                            : of_input[static_cast<std::size_t>(node.attributes.axes[d])]);
    return strided(strides, 0);
  }

  Result<std::vector<T>> slice() const {
    Offsets strides = strides_of(inputs[0]->shape);
    const auto ranges = FRAMEGEN_TRY(slice_ranges(graph, node));
    int64_t base = 0;
    for (std::size_t d = 0; d < strides.size(); ++d) {
      base += ranges[d].start * strides[d];
      strides[d] *= ranges[d].step;
    }
    return strided(strides, base);
  }

  std::vector<T> concat() const {
    const auto rank = static_cast<int64_t>(shape.size());
    const auto axis = static_cast<std::size_t>(node.attributes.axis < 0 ? node.attributes.axis + rank
                                                                        : node.attributes.axis);
    const Offsets strides = strides_of(shape);
    std::vector<T> out(element_count(shape));
    int64_t base = 0;
    for (const Array* input : inputs) {
      const std::vector<T>& from = elements(*input);
      walk(input->shape, strides, base, [&](std::size_t source, std::size_t to) { out[to] = from[source]; });
      base += input->shape[axis] * strides[axis];
    }
    return out;
  }

  Result<std::vector<T>> gather() const {
    const Array& data = *inputs[0];
    const auto rank = static_cast<int64_t>(data.shape.size());
    const auto axis = static_cast<std::size_t>(node.attributes.axis < 0 ? node.attributes.axis + rank
                                                                        : node.attributes.axis);
    const int64_t size = data.shape[axis], inner = strides_of(data.shape)[axis];
    const auto outer = size * inner == 0 ? 0 : static_cast<int64_t>(elements(data).size()) / (size * inner);
    std::vector<T> out;
    for (int64_t o = 0; o < outer; ++o) {
      for (int64_t index : inputs[1]->integers) {
        if (index < -size || index >= size)
          return Error{ErrorCode::kBadAvatar, describe_node(node),
                       "index " + std::to_string(index) + " outside " + std::to_string(size),
                       "export the network again"};
        const auto from = elements(data).begin() + (o * size + (index < 0 ? index + size : index)) * inner;
        out.insert(out.end(), from, from + inner);
      }
    }
    return out;
  }

  Result<std::vector<T>> arithmetic() const {
    const std::vector<T>&a = elements(*inputs[0]), &b = elements(*inputs[1]);
    std::vector<T> out(element_count(shape)), right(out.size());
    walk(shape, broadcast(inputs[0]->shape), 0, [&](std::size_t to, std::size_t from) { out[to] = a[from]; });
    walk(shape, broadcast(inputs[1]->shape), 0,
         [&](std::size_t to, std::size_t from) { right[to] = b[from]; });
    for (std::size_t i = 0; i < out.size(); ++i) {
      if constexpr (std::is_integral_v<T>) {
        // Wrapping, through unsigned: hostile constants must not overflow.
        const auto x = static_cast<std::uint64_t>(out[i]), y = static_cast<std::uint64_t>(right[i]);
        if (node.op == Op::kDiv && (right[i] == 0 || right[i] == -1))
          return Error{ErrorCode::kBadAvatar, describe_node(node), "divides by " + std::to_string(right[i]),
                       "export the network again"};
        out[i] = node.op == Op::kAdd   ? static_cast<T>(x + y)
                 : node.op == Op::kSub ? static_cast<T>(x - y)
                 : node.op == Op::kMul ? static_cast<T>(x * y)
                                       : out[i] / right[i];
      } else {
        out[i] = node.op == Op::kAdd   ? out[i] + right[i]
                 : node.op == Op::kSub ? out[i] - right[i]
                 : node.op == Op::kMul ? out[i] * right[i]
                                       : out[i] / right[i];
      }
    }
    return out;
  }
  Offsets broadcast(const Shape& from) const {
    const Offsets of_input = strides_of(from);
    Offsets strides(shape.size(), 0);
    for (std::size_t i = 0; i < from.size(); ++i)
      if (from[i] != 1) strides[shape.size() - from.size() + i] = of_input[i];
    return strides;
  }

  Result<std::vector<T>> run() const {
    switch (node.op) {
      case Op::kIdentity:
      case Op::kReshape:
      case Op::kFlatten:
      case Op::kSqueeze:
      case Op::kUnsqueeze:
        return elements(*inputs[0]);
      case Op::kTranspose:
        return transpose();
      case Op::kSlice:
        return slice();
      case Op::kConcat:
        return concat();
      case Op::kGather:
        return gather();
      case Op::kAdd:
      case Op::kSub:
      case Op::kMul:
      case Op::kDiv:
        return arithmetic();
      default:
        return unsupported(node, "operation on constants");
    }
  }
};

Array cast(const Array& from, Type to) {
  Array out = from;
  out.type = to;
  if (from.type == to) return out;
  if (to == Type::kFloat) {
    out.floats.assign(from.integers.begin(), from.integers.end());
    out.integers.clear();
  } else {
    for (const float v : from.floats) {  // what does not fit becomes 0: C++ leaves it undefined
      const bool fits = std::abs(v) < 9e18F;
      out.integers.push_back(fits ? static_cast<int64_t>(v) : 0);
    }
    out.floats.clear();
  }
  return out;
}

Array fill(const Node& node, const Shape& shape) {
  Array out;
  out.shape = shape;
  const Constant& value = node.attributes.fill;
  out.type = value ? value->type : Type::kFloat;
  if (out.type == Type::kFloat)
    out.floats.assign(element_count(shape), value ? value->floats[0] : 0.0F);
  else
    out.integers.assign(element_count(shape), value->integers[0]);
  return out;
}

}  // namespace

Result<Array> evaluate(const Graph& graph, const Node& node, std::span<const Array* const> inputs) {
  const Shape& shape = graph.value(node.output).shape;
  if (node.op == Op::kConstantOfShape) return fill(node, shape);
  for (const Array* input : inputs)
    if (input == nullptr && node.op != Op::kSlice)
      return unsupported(node, "operation on constants without an input");
  if (node.op == Op::kCast) return cast(*inputs[0], node.attributes.to);
  Array out;
  out.type = inputs[0]->type;
  out.shape = shape;
  if (out.type == Type::kFloat)
    out.floats = FRAMEGEN_TRY((Evaluation<float>{graph, node, inputs, shape}.run()));
  else
    out.integers = FRAMEGEN_TRY((Evaluation<int64_t>{graph, node, inputs, shape}.run()));
  return out;
}

}  // namespace framegen::graph
