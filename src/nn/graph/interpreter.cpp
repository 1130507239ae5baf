// interpreter.cpp: one function per operation, NCHW, nothing clever (docs/reference.md §6).
#include "nn/graph/interpreter.hpp"

#include <algorithm>
#include <cmath>

#include "nn/graph/evaluate.hpp"
#include "nn/graph/shapes.hpp"

namespace framegen::graph::reference {
namespace {

using std::int64_t;

Array make(Shape shape) {
  Array out;
  out.floats.assign(element_count(shape), 0.0F);
  out.shape = std::move(shape);
  return out;
}

// Sums run over output rows, so that the inner loop is over neighbouring pixels.
Array conv(const Array& x, const Array& w, const Array* bias, const Attributes& a, Shape shape) {
  Array y = make(std::move(shape));
  const int64_t out_c = y.shape[1], h = y.shape[2], wd = y.shape[3], in_per_group = w.shape[1];
  const int64_t out_per_group = out_c / a.groups, kh = w.shape[2], kw = w.shape[3], xh = x.shape[2],
                xw = x.shape[3];
  for (int64_t n = 0; n < y.shape[0]; ++n)
    for (int64_t o = 0; o < out_c; ++o) {
      float* plane = y.floats.data() + (n * out_c + o) * h * wd;
      std::fill(plane, plane + h * wd, bias ? bias->floats[static_cast<std::size_t>(o)] : 0.0F);
      for (int64_t c = 0; c < in_per_group; ++c) {
        const float* from =
            x.floats.data() + (n * x.shape[1] + o / out_per_group * in_per_group + c) * xh * xw;
        for (int64_t ky = 0; ky < kh; ++ky)
          for (int64_t kx = 0; kx < kw; ++kx) {
            const float weight =
                w.floats[static_cast<std::size_t>(((o * in_per_group + c) * kh + ky) * kw + kx)];
            const int64_t dx = kx * a.dilations[1] - a.pads[1];
            for (int64_t i = 0; i < h; ++i) {
              const int64_t row = i * a.strides[0] + ky * a.dilations[0] - a.pads[0];
              if (row < 0 || row >= xh) continue;
              int64_t begin = 0, end = wd;
              while (begin < end && begin * a.strides[1] + dx < 0) ++begin;
              while (end > begin && (end - 1) * a.strides[1] + dx >= xw) --end;
              for (int64_t j = begin; j < end; ++j)
                plane[i * wd + j] += weight * from[row * xw + j * a.strides[1] + dx];
            }
          }
      }
    }
  return y;
}

void add_to(Array& y, const Array* x) {
  for (std::size_t i = 0; x != nullptr && i < y.floats.size(); ++i) y.floats[i] += x->floats[i];
}
void relu(Array& y) {
  for (float& v : y.floats) v = std::max(v, 0.0F);
}
void sigmoid(Array& y) {
  for (float& v : y.floats) v = static_cast<float>(1.0 / (1.0 + std::exp(-static_cast<double>(v))));
}
void activate(Array& y, Activation activation) {
  if (activation == Activation::kRelu) relu(y);
  if (activation == Activation::kSigmoid) sigmoid(y);
}

// Linear with aligned corners: output 0 is input 0, the last output the last input.
Array resize(const Array& x, Shape shape) {
  Array y = make(std::move(shape));
  const int64_t xh = x.shape[2], xw = x.shape[3], h = y.shape[2], w = y.shape[3];
  const auto place = [](int64_t i, int64_t in, int64_t out) {
    return out == 1 ? 0.0
                    : static_cast<double>(i) * static_cast<double>(in - 1) / static_cast<double>(out - 1);
  };
  for (int64_t p = 0; p < y.shape[0] * y.shape[1]; ++p)
    for (int64_t i = 0; i < h; ++i)
      for (int64_t j = 0; j < w; ++j) {
        const double sy = place(i, xh, h), sx = place(j, xw, w);
        const auto y0 = static_cast<int64_t>(sy), x0 = static_cast<int64_t>(sx);
        const int64_t y1 = std::min(y0 + 1, xh - 1), x1 = std::min(x0 + 1, xw - 1);
        const auto fy = static_cast<float>(sy - static_cast<double>(y0)),
                   fx = static_cast<float>(sx - static_cast<double>(x0));
        const float* from = x.floats.data() + p * xh * xw;
        const float top = from[y0 * xw + x0] * (1 - fx) + from[y0 * xw + x1] * fx;
        const float bottom = from[y1 * xw + x0] * (1 - fx) + from[y1 * xw + x1] * fx;
        y.floats[static_cast<std::size_t>((p * h + i) * w + j)] = top * (1 - fy) + bottom * fy;
      }
  return y;
}

Array batch_norm(const std::vector<const Array*>& in, float epsilon) {
  Array y = *in[0];
  const std::size_t channels = static_cast<std::size_t>(y.shape[1]);
  const std::size_t plane = y.floats.size() / channels / static_cast<std::size_t>(y.shape[0]);
  for (std::size_t i = 0; i < y.floats.size(); ++i) {
    const std::size_t c = i / plane % channels;
    y.floats[i] =
        (y.floats[i] - in[3]->floats[c]) / std::sqrt(in[4]->floats[c] + epsilon) * in[1]->floats[c] +
        in[2]->floats[c];
  }
  return y;
}

Array with_channels(const Array& like, int64_t channels) {
  Array out;
  out.shape = {like.shape[0], channels, like.shape[2], like.shape[3]};
  return out;
}

Array pointwise(const Array& x, const Array& w, const Array* bias) {
  return conv(x, w, bias, {}, with_channels(x, w.shape[0]).shape);
}

Array inverted_residual(const Node& node, const std::vector<const Array*>& in, const Shape& shape) {
  Array e = in[block_input::kExpandWeight]
                ? pointwise(*in[block_input::kSource], *in[block_input::kExpandWeight], nullptr)
                : *in[block_input::kSource];
  if (node.attributes.upsampled) e = resize(e, {e.shape[0], e.shape[1], 2 * e.shape[2], 2 * e.shape[3]});
  if (in[block_input::kSkip]) {
    const Array product = pointwise(*in[block_input::kSkip], *in[block_input::kSkipWeight], nullptr);
    add_to(e, &product);
  }
  const auto plane = static_cast<std::size_t>(e.shape[2] * e.shape[3]),
             channels = static_cast<std::size_t>(e.shape[1]);
  for (std::size_t i = 0; in[block_input::kExpandBias] && i < e.floats.size(); ++i)
    e.floats[i] += in[block_input::kExpandBias]->floats[i / plane % channels];
  add_to(e, in[block_input::kAddend]);
  relu(e);
  Attributes depthwise;
  depthwise.groups = e.shape[1];
  depthwise.pads = {1, 1, 1, 1};
  depthwise.strides = node.attributes.strides;
  Array d = conv(e, *in[block_input::kDepthwiseWeight], in[block_input::kDepthwiseBias], depthwise,
                 {shape[0], e.shape[1], shape[2], shape[3]});
  relu(d);
  Array y = pointwise(d, *in[block_input::kProjectWeight], in[block_input::kProjectBias]);
  add_to(y, in[block_input::kResidual]);
  return y;
}

Array pad(const Array& x, const Array& pads, const Array* value, const Shape& shape) {  // not negative
  Array y = make(shape);
  std::fill(y.floats.begin(), y.floats.end(), value ? value->floats[0] : 0.0F);
  std::vector<int64_t> index(shape.size(), 0);
  for (std::size_t i = 0; i < x.floats.size(); ++i) {
    int64_t to = 0;
    for (std::size_t d = 0; d < shape.size(); ++d) to = to * shape[d] + index[d] + pads.integers[d];
    y.floats[static_cast<std::size_t>(to)] = x.floats[i];
    for (std::size_t d = shape.size(); d-- > 0;) {
      if (++index[d] < x.shape[d]) break;
      index[d] = 0;
    }
  }
  return y;
}

Array max_pool(const Array& x, const Attributes& a, const Shape& shape) {
  Array y = make(shape);
  const int64_t h = x.shape[2], w = x.shape[3];
  std::size_t at = 0;
  for (int64_t p = 0; p < shape[0] * shape[1]; ++p)
    for (int64_t i = 0; i < shape[2]; ++i)
      for (int64_t j = 0; j < shape[3]; ++j) {
        float largest = -INFINITY;
        for (int64_t ky = 0; ky < a.kernel[0]; ++ky)
          for (int64_t kx = 0; kx < a.kernel[1]; ++kx) {
            const int64_t row = i * a.strides[0] + ky * a.dilations[0] - a.pads[0],
                          column = j * a.strides[1] + kx * a.dilations[1] - a.pads[1];
            if (row >= 0 && row < h && column >= 0 && column < w)
              largest = std::max(largest, x.floats[static_cast<std::size_t>((p * h + row) * w + column)]);
          }
        y.floats[at++] = largest;
      }
  return y;
}

Array prelu(const Array& x, const Array& slopes) {  // a slope for each channel, or one
  Array y = x;
  const std::size_t channels = slopes.floats.size(),
                    plane = static_cast<std::size_t>(x.shape[2] * x.shape[3]);
  for (std::size_t i = 0; i < y.floats.size(); ++i)
    if (y.floats[i] < 0) y.floats[i] *= slopes.floats[i / plane % channels];
  return y;
}

Result<Array> run_node(const Graph& graph, const Node& node, const std::vector<const Array*>& in) {
  const Shape& shape = graph.value(node.output).shape;
  switch (node.op) {
    case Op::kConv: {
      Array y = conv(*in[0], *in[1], in.size() > 2 ? in[2] : nullptr, node.attributes, shape);
      add_to(y, in.size() > 3 ? in[3] : nullptr);
      activate(y, node.attributes.activation);
      return y;
    }
    case Op::kRelu:
    case Op::kSigmoid: {
      Array y = *in[0];
      activate(y, node.op == Op::kRelu ? Activation::kRelu : Activation::kSigmoid);
      return y;
    }
    case Op::kResize:
      return resize(*in[0], shape);
    case Op::kBatchNormalization:
      return batch_norm(in, node.attributes.epsilon);
    case Op::kInvertedResidual:
      return inverted_residual(node, in, shape);
    case Op::kMaxPool:
      return max_pool(*in[0], node.attributes, shape);
    case Op::kPRelu:
      return prelu(*in[0], *in[1]);
    case Op::kPad:
      return pad(*in[0], *in[1], in.size() > 2 ? in[2] : nullptr, shape);
    default:
      return evaluate(graph, node, in);
  }
}

}  // namespace

Result<std::vector<Constant>> run_all(const Graph& original, const std::vector<Array>& inputs) {
  Graph graph = original;
  std::vector<Constant> made(graph.values.size());
  for (std::size_t v = 0; v < made.size(); ++v) made[v] = graph.values[v].constant;
  for (std::size_t i = 0; i < graph.inputs.size(); ++i)
    made[static_cast<std::size_t>(graph.inputs[i])] = std::make_shared<const Array>(inputs[i]);
  for (const Node& node : graph.nodes) {
    FRAMEGEN_TRY(infer_node(graph, node));
    std::vector<const Array*> in;
    for (const ValueId id : node.inputs)
      in.push_back(id == kAbsent ? nullptr : made[static_cast<std::size_t>(id)].get());
    Array out;
    if (node.op == Op::kShape) {
      out = {Type::kInteger, {static_cast<int64_t>(in[0]->shape.size())}, {}, in[0]->shape};
    } else {
      out = FRAMEGEN_TRY(run_node(graph, node, in));
    }
    auto shared = std::make_shared<const Array>(std::move(out));
    made[static_cast<std::size_t>(node.output)] = shared;
    if (shared->type == Type::kInteger)
      graph.value(node.output).constant = shared;  // shapes further down need it
  }
  return made;
}

Result<std::vector<Array>> run(const Graph& graph, const std::vector<Array>& inputs) {
  const std::vector<Constant> made = FRAMEGEN_TRY(run_all(graph, inputs));
  std::vector<Array> outputs;
  for (const ValueId id : graph.outputs) outputs.push_back(*made[static_cast<std::size_t>(id)]);
  return outputs;
}

}  // namespace framegen::graph::reference
