// tiny_graph.hpp: small networks with random weights for the tests of the passes and of the native network.
#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "nn/graph/interpreter.hpp"
#include "nn/graph/passes.hpp"
#include "nn/graph/shapes.hpp"
#include "support/golden.hpp"
#include "support/random.hpp"

namespace framegen::test {

class TinyGraph {
 public:
  graph::ValueId input(const std::string& name, Shape shape) {
    const graph::ValueId id = graph_.add_value(name, graph::Type::kFloat, std::move(shape));
    graph_.inputs.push_back(id);
    return id;
  }
  graph::ValueId weight(const Shape& shape, float low = -0.5F, float high = 0.5F) {
    graph::Array array{
        graph::Type::kFloat, shape, random_floats(element_count(shape), low, high, ++seed_), {}};
    return graph_.add_constant("weight" + std::to_string(seed_), std::move(array));
  }
  graph::ValueId integers(std::vector<std::int64_t> values) {
    graph::Array array{
        graph::Type::kInteger, {static_cast<std::int64_t>(values.size())}, {}, std::move(values)};
    return graph_.add_constant("integers", std::move(array));
  }
  graph::ValueId floats(std::vector<float> values) {
    graph::Array array{
        graph::Type::kFloat, {static_cast<std::int64_t>(values.size())}, std::move(values), {}};
    return graph_.add_constant("floats", std::move(array));
  }
  graph::ValueId node(graph::Op op, std::vector<graph::ValueId> inputs, graph::Attributes attributes = {}) {
    graph::Node node{op, std::string(graph::op_name(op)) + std::to_string(graph_.nodes.size()),
                     std::move(inputs), 0, std::move(attributes)};
    node.output = graph_.add_value(node.name);
    graph_.nodes.push_back(node);
    const Status status = graph::infer_node(graph_, node);
    EXPECT_TRUE(status) << status.error().message();
    return node.output;
  }
  const Shape& shape(graph::ValueId id) const { return graph_.value(id).shape; }
  graph::ValueId conv(graph::ValueId x, std::int64_t out, std::int64_t kernel = 1,
                      graph::Attributes attributes = {}, bool bias = true) {
    const std::int64_t in = shape(x)[1] / attributes.groups;
    std::vector<graph::ValueId> inputs{x, weight({out, in, kernel, kernel})};
    if (bias) inputs.push_back(weight({out}));
    return node(graph::Op::kConv, std::move(inputs), std::move(attributes));
  }
  graph::ValueId relu(graph::ValueId x) { return node(graph::Op::kRelu, {x}); }
  graph::ValueId add(graph::ValueId a, graph::ValueId b) { return node(graph::Op::kAdd, {a, b}); }
  graph::ValueId doubled(graph::ValueId x) {
    return node(graph::Op::kResize, {x, graph::kAbsent, floats({1, 1, 2, 2})});
  }
  graph::ValueId concat(std::vector<graph::ValueId> parts) {
    graph::Attributes attributes;
    attributes.axis = 1;
    return node(graph::Op::kConcat, std::move(parts), attributes);
  }
  // Inverted residual block of single operations.
  graph::ValueId block(graph::ValueId x, std::int64_t out, std::int64_t stride = 1, bool residual = false) {
    const std::int64_t expanded = 2 * shape(x)[1];
    graph::Attributes depthwise;
    depthwise.groups = expanded;
    depthwise.pads = {1, 1, 1, 1};
    depthwise.strides = {stride, stride};
    const graph::ValueId e = relu(conv(x, expanded)), d = relu(conv(e, expanded, 3, depthwise)),
                         y = conv(d, out);
    return residual ? add(y, x) : y;
  }
  graph::Graph finish(std::vector<graph::ValueId> outputs) {
    graph_.outputs = std::move(outputs);
    for (const graph::ValueId id : graph_.outputs) graph_.output_names.push_back(graph_.value(id).name);
    return graph_;
  }

 private:
  graph::Graph graph_;
  std::uint64_t seed_ = 0;
};

// The same random inputs for every graph with the same input shapes.
inline std::vector<graph::Array> random_inputs(const graph::Graph& graph) {
  std::vector<graph::Array> inputs;
  for (const graph::ValueId id : graph.inputs) {
    const Shape& shape = graph.value(id).shape;
    inputs.push_back(
        {graph::Type::kFloat, shape, random_floats(element_count(shape), -1, 1, 1000 + inputs.size()), {}});
  }
  return inputs;
}

// The outputs by plain loops.
inline std::vector<graph::Array> interpret(const graph::Graph& graph) {
  auto outputs = graph::reference::run(graph, random_inputs(graph));
  if (outputs) return *std::move(outputs);
  ADD_FAILURE() << outputs.error().message();
  return {};
}

// Whether both give the same numbers. k: a few hundred rounded terms of about 1 each.
inline void expect_same_numbers(const graph::Graph& before, const graph::Graph& after,
                                float tolerance = 2e-5F) {
  const auto expected = interpret(before), actual = interpret(after);
  ASSERT_EQ(expected.size(), actual.size());
  for (std::size_t i = 0; i < expected.size(); ++i) {
    EXPECT_EQ(actual[i].shape, expected[i].shape);
    EXPECT_TRUE(near(actual[i].floats, expected[i].floats, tolerance));
  }
}

inline int count(const graph::Graph& graph, graph::Op op) {
  int n = 0;
  for (const graph::Node& node : graph.nodes) n += node.op == op ? 1 : 0;
  return n;
}

}  // namespace framegen::test
