// evaluate_test.cpp: operations on numbers that are known before the network runs, by hand; and hostile ones.
#include "nn/graph/evaluate.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <limits>

#include "nn/graph/shapes.hpp"

namespace framegen::graph {
namespace {

constexpr std::int64_t kLeast = std::numeric_limits<std::int64_t>::min();

Array integers(Shape shape, std::vector<std::int64_t> numbers) {
  return {Type::kInteger, std::move(shape), {}, std::move(numbers)};
}
Array floats(Shape shape, std::vector<float> numbers) {
  return {Type::kFloat, std::move(shape), std::move(numbers), {}};
}

Result<Array> evaluated(Op op, const std::vector<Array>& arrays, Attributes attributes = {}) {
  Graph graph;
  Node node{op, "tried", {}, kAbsent, std::move(attributes)};
  for (const Array& array : arrays) node.inputs.push_back(graph.add_constant("c", array));
  node.output = graph.add_value("y");
  FRAMEGEN_TRY(infer_node(graph, node));
  std::vector<const Array*> inputs;
  for (std::size_t i = 0; i < arrays.size(); ++i) inputs.push_back(graph.constant(node, i));
  return evaluate(graph, node, inputs);
}

Attributes with_axis(std::int64_t axis) {
  Attributes attributes;
  attributes.axis = axis;
  return attributes;
}
Attributes to(Type type) {
  Attributes attributes;
  attributes.to = type;
  return attributes;
}

TEST(Evaluate, IntegersAreCalculatedAndWrap) {
  const Array a = integers({2}, {7, kLeast}), b = integers({1}, {2});
  EXPECT_EQ(evaluated(Op::kAdd, {a, b})->integers, (std::vector<std::int64_t>{9, kLeast + 2}));
  EXPECT_EQ(evaluated(Op::kSub, {a, b})->integers,
            (std::vector<std::int64_t>{5, std::numeric_limits<std::int64_t>::max() - 1}));
  EXPECT_EQ(evaluated(Op::kMul, {a, b})->integers, (std::vector<std::int64_t>{14, 0}));
  EXPECT_EQ(evaluated(Op::kDiv, {a, b})->integers, (std::vector<std::int64_t>{3, kLeast / 2}));
  for (const std::int64_t by : {0, -1}) EXPECT_FALSE(evaluated(Op::kDiv, {a, integers({1}, {by})}));
}

TEST(Evaluate, FloatsAreCalculatedWhereTheyMeet) {
  const Array a = floats({2, 1}, {6, 8}), b = floats({2}, {2, 4});
  EXPECT_EQ(evaluated(Op::kAdd, {a, b})->floats, (std::vector<float>{8, 10, 10, 12}));
  EXPECT_EQ(evaluated(Op::kSub, {a, b})->floats, (std::vector<float>{4, 2, 6, 4}));
  EXPECT_EQ(evaluated(Op::kMul, {a, b})->floats, (std::vector<float>{12, 24, 16, 32}));
  EXPECT_EQ(evaluated(Op::kDiv, {a, b})->floats, (std::vector<float>{3, 1.5F, 4, 2}));
}

TEST(Evaluate, GathersFromEitherEnd) {
  const Array data = integers({2, 3}, {0, 1, 2, 10, 11, 12});
  EXPECT_EQ(evaluated(Op::kGather, {data, integers({2}, {2, -3})}, with_axis(-1))->integers,
            (std::vector<std::int64_t>{2, 0, 12, 10}));
  for (const std::int64_t outside : {3, -4}) {
    const auto refused = evaluated(Op::kGather, {data, integers({1}, {outside})}, with_axis(1));
    ASSERT_FALSE(refused);
    EXPECT_NE(refused.error().what.find("outside 3"), std::string::npos) << refused.error().what;
  }
  EXPECT_TRUE(evaluated(Op::kGather, {integers({0}, {}), integers({1}, {0})})->integers.empty());
}

TEST(Evaluate, NumbersAreMovedAsTheyAre) {
  const Array data = integers({2, 3}, {0, 1, 2, 10, 11, 12});
  EXPECT_EQ(evaluated(Op::kTranspose, {data})->integers, (std::vector<std::int64_t>{0, 10, 1, 11, 2, 12}));
  EXPECT_EQ(evaluated(Op::kFlatten, {data}, with_axis(1))->integers, data.integers);
  EXPECT_EQ(evaluated(Op::kSlice, {data, integers({1}, {-1}), integers({1}, {-9}), integers({1}, {1}),
                                   integers({1}, {-1})})
                ->integers,
            (std::vector<std::int64_t>{2, 1, 0, 12, 11, 10}));
  EXPECT_EQ(evaluated(Op::kConcat, {data, data}, with_axis(1))->shape, (Shape{2, 6}));
}

TEST(Evaluate, CastsBothWaysAndWhatDoesNotFitIsNothing) {
  EXPECT_EQ(evaluated(Op::kCast, {floats({3}, {1.9F, -1.9F, 1e30F})}, to(Type::kInteger))->integers,
            (std::vector<std::int64_t>{1, -1, 0}));
  EXPECT_EQ(evaluated(Op::kCast, {integers({2}, {3, -4})}, to(Type::kFloat))->floats,
            (std::vector<float>{3, -4}));
  EXPECT_EQ(evaluated(Op::kCast, {integers({1}, {3})}, to(Type::kInteger))->integers,
            (std::vector<std::int64_t>{3}));
}

TEST(Evaluate, FillsShapesWithOneNumber) {
  EXPECT_EQ(evaluated(Op::kConstantOfShape, {integers({1}, {3})})->floats, (std::vector<float>{0, 0, 0}));
  Attributes sevens;
  sevens.fill = std::make_shared<const Array>(integers({1}, {7}));
  EXPECT_EQ(evaluated(Op::kConstantOfShape, {integers({1}, {2})}, sevens)->integers,
            (std::vector<std::int64_t>{7, 7}));
}

TEST(Evaluate, LeavesOtherOperationsToTheNetwork) {
  const auto refused = evaluated(Op::kSigmoid, {floats({1}, {1})});
  ASSERT_FALSE(refused);
  EXPECT_TRUE(is_unsupported(refused.error())) << refused.error().message();
}

}  // namespace
}  // namespace framegen::graph
