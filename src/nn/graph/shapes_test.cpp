// shapes_test.cpp: the shape that each operation makes (https://onnx.ai/onnx/operators/), and what does not
// fit.
#include "nn/graph/shapes.hpp"

#include <gtest/gtest.h>

#include <optional>
#include <utility>

namespace framegen::graph {
namespace {

constexpr auto kFloat = Type::kFloat, kInteger = Type::kInteger;
constexpr std::int64_t kHuge = std::int64_t{1} << 40;

// An input: computed from the network's own of this shape, or constant integers or floats; kGone: left out.
struct Given {
  Shape shape;
  std::optional<Type> constant;
  std::vector<double> numbers;
  bool gone = false;
};
Given computed(Shape shape) { return {std::move(shape), {}, {}}; }
Given integers(std::vector<double> numbers) {
  return {{static_cast<std::int64_t>(numbers.size())}, kInteger, std::move(numbers)};
}
Given floats(std::vector<double> numbers) {
  return {{static_cast<std::int64_t>(numbers.size())}, kFloat, std::move(numbers)};
}
const Given kGone{{}, {}, {}, true};

Result<Shape> shape_of(Op op, const std::vector<Given>& inputs, Attributes attributes = {}) {
  Graph graph;
  Node node{op, "tried", {}, kAbsent, std::move(attributes)};
  for (const Given& given : inputs) {
    if (given.gone) {
      node.inputs.push_back(kAbsent);
    } else if (!given.constant) {
      node.inputs.push_back(graph.add_value("x", kFloat, given.shape));
    } else {
      Array array{*given.constant, given.shape, {}, {}};
      for (const double number : given.numbers) {
        if (array.type == kFloat) array.floats.push_back(static_cast<float>(number));
        if (array.type == kInteger) array.integers.push_back(static_cast<std::int64_t>(number));
      }
      node.inputs.push_back(graph.add_constant("numbers", std::move(array)));
    }
  }
  node.output = graph.add_value("y");
  return infer_shape(graph, node);
}

#define EXPECT_SHAPE(expected, ...)                   \
  do {                                                \
    const auto made = shape_of(__VA_ARGS__);          \
    ASSERT_TRUE(made) << made.error().message();      \
    EXPECT_EQ(*made, (expected)) << to_string(*made); \
  } while (false)
#define EXPECT_REFUSED(words, ...)                                                    \
  do {                                                                                \
    const auto made = shape_of(__VA_ARGS__);                                          \
    ASSERT_FALSE(made) << to_string(*made);                                           \
    EXPECT_NE(made.error().what.find(words), std::string::npos) << made.error().what; \
  } while (false)

Attributes with_axis(std::int64_t axis) {
  Attributes attributes;
  attributes.axis = axis;
  return attributes;
}
Attributes with_axes(std::vector<std::int64_t> axes) {
  Attributes attributes;
  attributes.axes = std::move(axes);
  return attributes;
}

TEST(InferShape, ConvolutionsCountWindows) {
  Attributes a;
  a.strides = {2, 2};
  a.pads = {1, 1, 1, 1};
  const Given x = computed({1, 4, 9, 8}), w = computed({6, 4, 3, 3});
  EXPECT_SHAPE((Shape{1, 6, 5, 4}), Op::kConv, {x, w}, a);
  EXPECT_SHAPE((Shape{1, 6, 5, 4}), Op::kConv, {x, w, computed({6}), computed({1, 6, 5, 4})}, a);
  EXPECT_REFUSED("bias", Op::kConv, {x, w, computed({5})}, a);
  EXPECT_REFUSED("addend", Op::kConv, {x, w, computed({6}), computed({1, 6, 5, 5})}, a);
  EXPECT_REFUSED("weight", Op::kConv, {x});
  EXPECT_REFUSED("rank", Op::kConv, {computed({4, 9, 8}), w});
  EXPECT_REFUSED("empty", Op::kConv, {computed({1, 0, 9, 8}), computed({6, 0, 3, 3})});
  EXPECT_REFUSED("does not fit", Op::kConv, {x, computed({6, 3, 3, 3})});
  EXPECT_REFUSED("larger", Op::kConv, {x, computed({6, 4, 10, 3})});
  a.dilations = {0, 1};
  EXPECT_REFUSED("dilation 0", Op::kConv, {x, w}, a);
}

TEST(InferShape, PoolsLieNotInThePaddingAlone) {
  Attributes a;
  a.kernel = {3, 3};
  a.strides = {2, 2};
  EXPECT_SHAPE((Shape{1, 4, 4, 3}), Op::kMaxPool, {computed({1, 4, 9, 8})}, a);
  EXPECT_REFUSED("rank", Op::kMaxPool, {computed({4, 9, 8})}, a);
  a.pads = {0, 3, 0, 0};
  EXPECT_REFUSED("padded", Op::kMaxPool, {computed({1, 4, 9, 8})}, a);
}

TEST(InferShape, ElementsMeetOrAreRepeated) {
  EXPECT_SHAPE((Shape{2, 3, 4}), Op::kAdd, {computed({3, 1}), computed({2, 1, 4})});
  EXPECT_REFUSED("do not fit together", Op::kMul, {computed({3, 2}), computed({3, 4})});
  EXPECT_REFUSED("two inputs", Op::kDiv, {computed({3})});
  EXPECT_SHAPE((Shape{1, 4, 2, 2}), Op::kPRelu, {computed({1, 4, 2, 2}), computed({4, 1, 1})});
  EXPECT_REFUSED("slopes", Op::kPRelu, {computed({1, 4, 2, 2}), computed({2, 4, 1, 1})});
  EXPECT_REFUSED("rank", Op::kPRelu, {computed({4, 2}), computed({4, 1})});
}

TEST(InferShape, NormalizationNeedsAChannelsNumbers) {
  const Given x = computed({1, 4, 2, 2}), c = computed({4});
  EXPECT_SHAPE((Shape{1, 4, 2, 2}), Op::kBatchNormalization, {x, c, c, c, c});
  EXPECT_REFUSED("mean and variance", Op::kBatchNormalization, {x, c, c, c});
  EXPECT_REFUSED("mean and variance", Op::kBatchNormalization, {x, c, c, c, computed({3})});
}

TEST(InferShape, JoiningAddsUpOneAxis) {
  EXPECT_SHAPE((Shape{1, 5, 2}), Op::kConcat, {computed({1, 3, 2}), computed({1, 2, 2})}, with_axis(-2));
  EXPECT_REFUSED("do not fit together", Op::kConcat, {computed({1, 3}), computed({2, 3})}, with_axis(1));
  EXPECT_REFUSED("do not fit together", Op::kConcat, {computed({1, 3}), computed({1, 3, 1})}, with_axis(1));
  EXPECT_REFUSED("left out", Op::kConcat, {computed({1, 3}), kGone}, with_axis(1));
  EXPECT_REFUSED("outside a rank", Op::kConcat, {computed({1, 3}), computed({1, 3})}, with_axis(2));
}

TEST(InferShape, ResizingGoesBySizesOrScales) {
  const Given x = computed({1, 4, 5, 6});
  EXPECT_SHAPE((Shape{1, 4, 7, 8}), Op::kResize, {x, kGone, kGone, integers({1, 4, 7, 8})});
  EXPECT_SHAPE((Shape{1, 4, 7, 12}), Op::kResize, {x, kGone, floats({1, 1, 1.5, 2})});
  EXPECT_REFUSED("sizes", Op::kResize, {x, kGone, kGone, integers({7, 8})});
  EXPECT_REFUSED("computed", Op::kResize, {x, kGone, kGone, computed({4})});
  EXPECT_REFUSED("computed", Op::kResize, {x, kGone, computed({4})});
  EXPECT_REFUSED("computed", Op::kResize, {x});
  EXPECT_REFUSED("2 scales", Op::kResize, {x, kGone, floats({2, 2})});
  for (const double scale : {0.0, -1.0, 1e12})
    EXPECT_REFUSED("impossible scale", Op::kResize, {x, kGone, floats({1, 1, 1, scale})});
}

TEST(InferShape, ReshapingKeepsTheCount) {
  const Given x = computed({2, 3, 4});
  EXPECT_SHAPE((Shape{2, 12}), Op::kReshape, {x, integers({0, -1})});
  EXPECT_SHAPE((Shape{0, 3, 0}), Op::kReshape, {computed({0, 3}), integers({0, 3, -1})});
  EXPECT_REFUSED("cannot become", Op::kReshape, {x, integers({5, 5})});
  EXPECT_REFUSED("impossible shape", Op::kReshape, {x, integers({-1, -1})});
  EXPECT_REFUSED("impossible shape", Op::kReshape, {x, integers({-2})});
  EXPECT_REFUSED("impossible shape", Op::kReshape, {x, integers({1e15, 1e15})});
  EXPECT_REFUSED("computed", Op::kReshape, {x, computed({2})});
  EXPECT_REFUSED("needs a shape", Op::kReshape, {x});
}

TEST(InferShape, SlicesGoForwardsAndBackwards) {
  const Given x = computed({5, 6});
  EXPECT_SHAPE((Shape{3, 6}), Op::kSlice, {x, integers({1}), integers({4})});
  EXPECT_SHAPE((Shape{5, 2}), Op::kSlice, {x, integers({-2}), integers({100}), integers({1})});
  EXPECT_SHAPE((Shape{5, 6}), Op::kSlice,
               {x, integers({-1}), integers({-100}), integers({1}), integers({-1})});
  EXPECT_SHAPE((Shape{0, 6}), Op::kSlice, {computed({0, 6}), integers({1}), integers({4})});
  EXPECT_SHAPE((Shape{0, 6}), Op::kSlice, {x, integers({4}), integers({1})});
  EXPECT_REFUSED("step 2", Op::kSlice, {x, integers({0}), integers({4}), integers({0}), integers({2})});
  EXPECT_REFUSED("different lengths", Op::kSlice, {x, integers({0, 0}), integers({4})});
  EXPECT_REFUSED("outside a rank", Op::kSlice, {x, integers({0}), integers({4}), integers({2})});
  EXPECT_REFUSED("computed", Op::kSlice, {x, computed({1}), integers({4})});
  EXPECT_REFUSED("starts and ends", Op::kSlice, {x, integers({0})});
}

TEST(InferShape, TransposingWantsAPermutation) {
  const Given x = computed({2, 3, 4});
  EXPECT_SHAPE((Shape{4, 3, 2}), Op::kTranspose, {x});
  EXPECT_SHAPE((Shape{3, 2, 4}), Op::kTranspose, {x}, with_axes({1, 0, 2}));
  for (const auto& wrong : {std::vector<std::int64_t>{0, 0, 1}, {0, 1, 3}, {-1, 0, 1}, {0, 1}})
    EXPECT_REFUSED("permutation", Op::kTranspose, {x}, with_axes(wrong));
}

TEST(InferShape, PaddingAddsOrTakesAway) {
  const Given x = computed({2, 3});
  EXPECT_SHAPE((Shape{3, 2}), Op::kPad, {x, integers({1, 0, 0, -1})});
  EXPECT_REFUSED("paddings", Op::kPad, {x, integers({1, 1})});
  EXPECT_REFUSED("paddings", Op::kPad, {x, integers({1, 0, 0, 0}), kGone, integers({0})});
  EXPECT_REFUSED("impossible paddings", Op::kPad, {x, integers({kHuge * 4096.0, 0, 0, 0})});
  EXPECT_REFUSED("impossible shape", Op::kPad, {x, integers({-5, 0, 0, 0})});
  EXPECT_REFUSED("needs paddings", Op::kPad, {x});
}

TEST(InferShape, AxesOfOneComeAndGo) {
  EXPECT_SHAPE((Shape{3}), Op::kSqueeze, {computed({1, 3, 1})});
  EXPECT_SHAPE((Shape{3, 1}), Op::kSqueeze, {computed({1, 3, 1}), integers({0})});
  EXPECT_SHAPE((Shape{1, 3, 1}), Op::kUnsqueeze, {computed({3})}, with_axes({0, -1}));
  EXPECT_REFUSED("are not 1", Op::kSqueeze, {computed({2, 3})}, with_axes({0}));
  EXPECT_REFUSED("outside a rank", Op::kSqueeze, {computed({1, 3})}, with_axes({5}));
  EXPECT_REFUSED("rank 12", Op::kUnsqueeze, {computed({1, 1, 1, 1})}, with_axes({0, 1, 2, 3, 4, 5, 6, 7}));
}

TEST(InferShape, GatheringPutsTheIndicesWhereTheAxisWas) {
  EXPECT_SHAPE((Shape{2, 5, 4}), Op::kGather, {computed({2, 3, 4}), integers({0, 1, 2, 0, 1})}, with_axis(1));
  EXPECT_REFUSED("outside a rank", Op::kGather, {computed({2, 3}), integers({0})}, with_axis(2));
  EXPECT_REFUSED("needs indices", Op::kGather, {computed({2, 3})});
}

TEST(InferShape, FlatteningLeavesTwoAxes) {
  EXPECT_SHAPE((Shape{2, 12}), Op::kFlatten, {computed({2, 3, 4})}, with_axis(1));
  EXPECT_SHAPE((Shape{24, 1}), Op::kFlatten, {computed({2, 3, 4})}, with_axis(3));
  EXPECT_REFUSED("outside a rank", Op::kFlatten, {computed({2, 3})}, with_axis(4));
}

TEST(InferShape, ShapesAreNumbers) {
  EXPECT_SHAPE((Shape{3}), Op::kShape, {computed({2, 3, 4})});
  EXPECT_SHAPE((Shape{2, 5}), Op::kConstantOfShape, {integers({2, 5})});
  EXPECT_REFUSED("impossible shape", Op::kConstantOfShape, {integers({1e15, 1e15})});
}

TEST(InferShape, WhatReadsNothingOrItselfOrOtherNumbersIsRefused) {
  EXPECT_REFUSED("no input", Op::kRelu, {});
  EXPECT_REFUSED("no input", Op::kRelu, {kGone});
  EXPECT_REFUSED("element type", Op::kRelu, {integers({1})});
  EXPECT_REFUSED("unknown operation", static_cast<Op>(200), {computed({1})});
  Graph graph;
  const ValueId x = graph.add_value("x", kFloat, {1});
  const auto itself = infer_shape(graph, {Op::kRelu, "itself", {x}, x, {}});
  ASSERT_FALSE(itself);
  EXPECT_NE(itself.error().what.find("reads what it makes"), std::string::npos);
}

}  // namespace
}  // namespace framegen::graph
