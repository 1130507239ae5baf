// parts_test.cpp: both parts behind one another are the whole network, and what passes between them is small.
#include "nn/graph/parts.hpp"

#include <gtest/gtest.h>

#include "nn/graph/load.hpp"
#include "nn/graph/tiny_graph.hpp"
#include "nn/graph/to_onnx.hpp"

namespace framegen::graph {
namespace {

// A skip that meets the upsampled audio in a Concat, as in a U-Net's decoder: rewritten by the passes the
// skip has a 1×1 convolution of its own, which makes more channels than it has.
Graph small_unet() {
  test::TinyGraph tiny;
  const ValueId image = tiny.input("input", {1, 3, 8, 8}), audio = tiny.input("audio", {1, 5, 4, 4});
  Attributes padded;
  padded.pads = {1, 1, 1, 1};
  const ValueId skip = tiny.relu(tiny.conv(image, 4, 3, padded));
  const ValueId deep = tiny.relu(tiny.conv(audio, 6));
  const ValueId joined = tiny.concat({tiny.doubled(deep), skip});
  const ValueId face = tiny.node(Op::kSigmoid, {tiny.conv(tiny.relu(tiny.conv(joined, 12)), 3)});
  Graph graph = tiny.finish({face});
  graph.output_names = {"output"};
  const auto passed = run_passes(graph, {"audio", kNoProduct, {"fuse-blocks", "fuse-activations"}});
  EXPECT_TRUE(passed.ok());
  return graph;
}

std::vector<Array> run(const Graph& graph, const std::vector<Array>& inputs) {
  auto outputs = reference::run(graph, inputs);
  EXPECT_TRUE(outputs.ok()) << (outputs ? "" : outputs.error().message());
  return outputs ? *std::move(outputs) : std::vector<Array>(1);
}

TEST(SplitParts, BehindOneAnotherAreTheWholeNetwork) {
  const Graph whole = small_unet();
  const auto parts = split_parts(whole, "audio");
  ASSERT_TRUE(parts.ok()) << parts.error().message();
  const auto inputs = test::random_inputs(whole);
  auto between = run(parts->image, {inputs[0]});
  between.push_back(inputs[1]);
  const auto expected = run(whole, inputs), actual = run(parts->audio, between);
  EXPECT_EQ(actual[0].shape, expected[0].shape);
  EXPECT_TRUE(test::near(actual[0].floats, expected[0].floats, 0));
}

TEST(SplitParts, KeepTheSkipAndNotItsLargerProduct) {
  const auto parts = split_parts(small_unet(), "audio");
  ASSERT_TRUE(parts.ok());
  ASSERT_EQ(parts->kept, std::vector<std::string>{"kept0"});
  EXPECT_EQ(parts->image.value(parts->image.outputs[0]).shape, (Shape{1, 4, 8, 8}));
  EXPECT_EQ(test::count(parts->image, Op::kConv), 1);
}

TEST(SplitParts, HandAPictureOnThatTheAudioPartReadsItself) {
  test::TinyGraph tiny;
  const ValueId image = tiny.input("input", {1, 3, 4, 4}), audio = tiny.input("audio", {1, 3, 4, 4});
  const Graph whole = tiny.finish({tiny.add(image, tiny.conv(audio, 3))});
  const auto parts = split_parts(whole, "audio");
  ASSERT_TRUE(parts.ok());
  const auto inputs = test::random_inputs(whole);
  const auto handed = run(parts->image, {inputs[0]});
  EXPECT_TRUE(test::near(handed[0].floats, inputs[0].floats, 0));
  EXPECT_TRUE(
      test::near(run(parts->audio, {handed[0], inputs[1]})[0].floats, run(whole, inputs)[0].floats, 0));
}

TEST(SplitParts, RefuseWhatCannotBeCut) {
  test::TinyGraph tiny;
  const ValueId image = tiny.input("input", {1, 3, 4, 4}), audio = tiny.input("audio", {1, 3, 4, 4});
  const Graph deaf = tiny.finish({tiny.relu(image)});
  EXPECT_EQ(split_parts(deaf, "sound").error().what, "is not an input of the network");
  EXPECT_EQ(split_parts(deaf, "audio").error().what, "does not reach the network's output");
  test::TinyGraph blind;
  const ValueId heard = blind.input("audio", {1, 3, 4, 4});
  EXPECT_FALSE(split_parts(blind.finish({blind.relu(heard)}), "audio").ok());
  (void)audio;
}

TEST(ToOnnx, ReadBackIsTheSameNetwork) {
  const Graph whole = small_unet();
  const auto bytes = to_onnx(whole);
  ASSERT_TRUE(bytes.ok()) << bytes.error().message();
  const auto again = load_onnx(*bytes);
  ASSERT_TRUE(again.ok()) << again.error().message();
  ASSERT_EQ(again->output_names, std::vector<std::string>{"output"});
  test::expect_same_numbers(whole, *again, 0);
}

// What other families' networks have and SyncTalk_2D's has not.
TEST(ToOnnx, EveryOperationIsReadBack) {
  test::TinyGraph tiny;
  const ValueId x = tiny.input("x", {1, 4, 8, 8}), slope = tiny.weight({4, 1, 1});
  Attributes pool, normal;
  pool.kernel = {3, 3}, pool.strides = {2, 2}, pool.pads = {1, 1, 1, 1}, normal.epsilon = 1e-3F;
  const ValueId positive = tiny.weight({4}, 0.5F, 1.5F);
  const ValueId normalised =
      tiny.node(Op::kBatchNormalization, {x, positive, tiny.weight({4}), tiny.weight({4}), positive}, normal);
  const ValueId kinked = tiny.node(Op::kPRelu, {normalised, slope});
  const ValueId pooled = tiny.node(Op::kMaxPool, {kinked}, pool);
  const ValueId half =
      tiny.node(Op::kDiv, {tiny.node(Op::kSub, {pooled, tiny.floats({0.25F})}), tiny.floats({2.0F})});
  const ValueId squashed = tiny.node(Op::kSigmoid, {tiny.node(Op::kMul, {half, pooled})});
  const Graph whole = tiny.finish({squashed});
  const auto bytes = to_onnx(whole);
  ASSERT_TRUE(bytes.ok()) << bytes.error().message();
  const auto again = load_onnx(*bytes);
  ASSERT_TRUE(again.ok()) << again.error().message();
  test::expect_same_numbers(whole, *again, 0);
}

TEST(ToOnnx, ABatchGivesEachPictureItsOwnKeptTensors) {
  const auto parts = split_parts(small_unet(), "audio");
  ASSERT_TRUE(parts.ok());
  const auto bytes = to_onnx(parts->audio, {.batch = 2, .kept = parts->kept});
  ASSERT_TRUE(bytes.ok()) << bytes.error().message();
  const auto two = load_onnx(*bytes);
  ASSERT_TRUE(two.ok()) << two.error().message();
  ASSERT_EQ(two->inputs.size(), 3u);
  EXPECT_EQ(two->value(two->inputs[0]).name, "kept0.0");
  EXPECT_EQ(two->value(two->inputs[1]).name, "kept0.1");
  EXPECT_EQ(two->value(two->inputs[2]).shape, (Shape{2, 5, 4, 4}));
  const auto inputs = test::random_inputs(*two);
  const auto both = run(*two, inputs)[0].floats;
  for (std::size_t k = 0; k < 2; ++k) {
    SCOPED_TRACE(k);
    Array sound{Type::kFloat, {1, 5, 4, 4}, {}, {}};
    sound.floats.assign(inputs[2].floats.begin() + static_cast<std::ptrdiff_t>(k) * 80,
                        inputs[2].floats.begin() + static_cast<std::ptrdiff_t>(k + 1) * 80);
    const auto alone = run(parts->audio, {inputs[k], sound})[0].floats;
    const std::vector<float> mine(both.begin() + static_cast<std::ptrdiff_t>(k * alone.size()),
                                  both.begin() + static_cast<std::ptrdiff_t>((k + 1) * alone.size()));
    EXPECT_TRUE(test::near(mine, alone, 0));
  }
}

TEST(ToOnnx, RefusesWhatADeviceIsNotGiven) {
  test::TinyGraph tiny;
  const ValueId x = tiny.input("x", {1, 2, 4, 4});
  Attributes turned;
  turned.axes = {0, 1, 3, 2};
  const auto bytes = to_onnx(tiny.finish({tiny.node(Op::kTranspose, {x}, turned)}));
  ASSERT_FALSE(bytes.ok());
  EXPECT_TRUE(is_unsupported(bytes.error()));
}

TEST(ToOnnx, SaysWhichWeightsFloat16CannotSay) {
  test::TinyGraph tiny;
  const ValueId x = tiny.input("x", {1, 1, 2, 2});
  const auto bytes =
      to_onnx(tiny.finish({tiny.node(Op::kMul, {x, tiny.floats({70000.0F})})}), {.half = true});
  ASSERT_FALSE(bytes.ok());
  EXPECT_EQ(bytes.error().what, "has weights beyond what float16 can say");
}

}  // namespace
}  // namespace framegen::graph
