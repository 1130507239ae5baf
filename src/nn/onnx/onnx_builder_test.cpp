// onnx_builder_test.cpp: what was added stands in the file, and the file is the same every time.
#include "nn/onnx/onnx_builder.hpp"

#include <gtest/gtest.h>

#include "onnx_truth.pb.h"

namespace framegen {
namespace {

OnnxBuilder doubled_convolution() {
  OnnxBuilder builder("tiny");
  builder.add_input({"x", {-1, 1, 4, 4}});
  builder.add_output({"y", {-1, 2, 4, 4}});
  const std::vector<float> weight{1.0f, -2.0f}, bias{0.5f, 0.25f};
  builder.add_initializer("c.weight", Shape{2, 1, 1, 1}, weight);
  builder.add_initializer("c.bias", Shape{2}, bias);
  builder.add_node(
      {"Conv", "c", {"x", "c.weight", "c.bias"}, "c.out", {{"strides", std::vector<std::int64_t>{1, 1}}}});
  builder.add_node(
      {"Concat", "cat", {"c.out", ""}, "y", {{"axis", std::int64_t{1}}, {"mode", std::string("linear")}}});
  return builder;
}

TEST(OnnxBuilder, WritesOpset13AndIrVersion7) {
  const auto bytes = doubled_convolution().bytes();
  ASSERT_TRUE(bytes);
  onnx_truth::Model model;
  ASSERT_TRUE(model.ParseFromArray(bytes->data(), static_cast<int>(bytes->size())));
  EXPECT_EQ(model.ir_version(), 7);
  ASSERT_EQ(model.opset_import_size(), 1);
  EXPECT_EQ(model.opset_import(0).version(), 13);
}

TEST(OnnxBuilder, KeepsNamesShapesWeightsAndAttributesInOrder) {
  const auto bytes = doubled_convolution().bytes();
  ASSERT_TRUE(bytes);
  onnx_truth::Model model;
  ASSERT_TRUE(model.ParseFromArray(bytes->data(), static_cast<int>(bytes->size())));
  const onnx_truth::Graph& graph = model.graph();
  ASSERT_EQ(graph.input_size(), 1);
  EXPECT_EQ(graph.input(0).name(), "x");
  EXPECT_EQ(graph.input(0).type().tensor_type().shape().dim(0).dim_param(), "batch");
  EXPECT_EQ(graph.input(0).type().tensor_type().shape().dim(3).dim_value(), 4);
  ASSERT_EQ(graph.initializer_size(), 2);
  EXPECT_EQ(graph.initializer(0).name(), "c.weight");
  EXPECT_EQ(graph.initializer(0).raw_data().size(), 2 * sizeof(float));
  ASSERT_EQ(graph.node_size(), 2);
  EXPECT_EQ(graph.node(0).op_type(), "Conv");
  EXPECT_EQ(graph.node(0).attribute(0).ints_size(), 2);
  EXPECT_EQ(graph.node(1).input(1), "");
  EXPECT_EQ(graph.node(1).attribute(0).i(), 1);
  EXPECT_EQ(graph.node(1).attribute(1).s(), "linear");
}

TEST(OnnxBuilder, WritesEveryKindOfNumber) {
  OnnxBuilder builder("numbers");
  builder.add_input({"half", {1}}, OnnxElement::kFloat16);
  builder.add_input({"short", {1}}, OnnxElement::kInt32);
  builder.add_output({"long", {1}}, OnnxElement::kInt64);
  const std::vector<std::int64_t> sizes{2, -1};
  builder.add_initializer("sizes", Shape{2}, sizes);
  builder.add_node({"Any", "n", {}, "long", {{"epsilon", 0.5F}}});
  const auto bytes = builder.bytes();
  ASSERT_TRUE(bytes);
  onnx_truth::Model model;
  ASSERT_TRUE(model.ParseFromArray(bytes->data(), static_cast<int>(bytes->size())));
  EXPECT_EQ(model.SerializeAsString(), std::string(bytes->begin(), bytes->end()));
  const onnx_truth::Graph& graph = model.graph();
  EXPECT_EQ(graph.input(0).type().tensor_type().elem_type(), onnx_truth::Tensor::FLOAT16);
  EXPECT_EQ(graph.input(1).type().tensor_type().elem_type(), onnx_truth::Tensor::INT32);
  EXPECT_EQ(graph.output(0).type().tensor_type().elem_type(), onnx_truth::Tensor::INT64);
  EXPECT_EQ(graph.initializer(0).data_type(), onnx_truth::Tensor::INT64);
  EXPECT_EQ(graph.initializer(0).raw_data(),
            std::string("\2\0\0\0\0\0\0\0\377\377\377\377\377\377\377\377", 16));
  EXPECT_EQ(graph.node(0).attribute(0).f(), 0.5F);
}

TEST(OnnxBuilder, WritesTheBytesThatProtobufWrites) {
  const auto bytes = doubled_convolution().bytes();
  ASSERT_TRUE(bytes);
  onnx_truth::Model model;
  ASSERT_TRUE(model.ParseFromArray(bytes->data(), static_cast<int>(bytes->size())));
  EXPECT_EQ(model.SerializeAsString(), std::string(bytes->begin(), bytes->end()));
}

TEST(OnnxBuilder, GivesTheSameBytesEveryTime) {
  const auto first = doubled_convolution().bytes(), second = doubled_convolution().bytes();
  ASSERT_TRUE(first && second);
  EXPECT_EQ(*first, *second);
}

}  // namespace
}  // namespace framegen
