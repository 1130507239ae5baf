// compile_test.cpp: compiled networks against the plain loops, over operations, odd sizes, threads and
// batches.
#include <algorithm>
#include <set>
#include <string>

#include "kernels/instruction_set.hpp"
#include "nn/graph/tiny_graph.hpp"
#include "nn/native/native_network.hpp"
#include "nn/native/split_network.hpp"
#include "support/guarded.hpp"

namespace framegen {
namespace {

using graph::Attributes;
using graph::Graph;
using graph::Op;
using graph::ValueId;
using test::TinyGraph;

std::vector<std::vector<float>> run_native(const Graph& graph, const NativeOptions& options) {
  const auto network = make_native_network(graph, options);
  if (!network) {
    ADD_FAILURE() << network.error().message();
    return {};
  }
  const auto runner = (*network)->make_runner();
  const std::vector<graph::Array> arrays = test::random_inputs(graph);
  std::vector<TensorView> inputs;
  for (const graph::Array& array : arrays) inputs.emplace_back(array.shape, array.floats);
  std::vector<std::vector<float>> out;
  std::vector<MutableTensorView> outputs;
  for (const ValueId id : graph.outputs) out.emplace_back(element_count(graph.value(id).shape));
  for (std::size_t i = 0; i < out.size(); ++i)
    outputs.emplace_back(graph.value(graph.outputs[i]).shape, out[i]);
  const Status status = (*runner)->run(inputs, outputs);
  EXPECT_TRUE(status) << status.error().message();
  return out;
}

// With all passes, with none, with three threads: near the plain loops, and the same bytes for any threads.
void expect_native_equals_loops(const Graph& graph) {
  const auto expected = test::interpret(graph);
  const std::vector<std::string> none{"split-pointwise", "fuse-blocks", "fuse-activations"};
  const auto fused = run_native(graph, {}), plain = run_native(graph, {1, none}),
             threaded = run_native(graph, {3, {}});
  ASSERT_EQ(fused.size(), expected.size());
  for (std::size_t i = 0; i < expected.size(); ++i) {
    EXPECT_TRUE(test::near(fused[i], expected[i].floats, 5e-5F));
    EXPECT_TRUE(test::near(plain[i], expected[i].floats, 5e-5F));
    EXPECT_EQ(fused[i], threaded[i]);
  }
}

TEST(NativeNetwork, EqualsThePlainLoopsForBlocksAndUpsampling) {
  for (const std::int64_t size : {1, 2, 5, 12}) {
    SCOPED_TRACE(size);
    TinyGraph tiny;
    const ValueId low = tiny.block(tiny.input("audio", {1, 4, size, size + 1}), 6, 1);
    const ValueId skip = tiny.block(tiny.input("image", {1, 3, 2 * size, 2 * size + 2}), 5);
    const ValueId up = tiny.block(tiny.block(tiny.concat({tiny.doubled(low), skip}), 7), 7, 1, true);
    expect_native_equals_loops(tiny.finish({tiny.node(Op::kSigmoid, {tiny.conv(up, 3)})}));
  }
}

TEST(NativeNetwork, EqualsThePlainLoopsForStridesAndPadsOfDenseConvolutions) {
  TinyGraph tiny;
  Attributes wide, tall, far;
  wide.strides = {3, 1}, wide.pads = {1, 1, 1, 1};
  tall.strides = {3, 2}, tall.pads = {1, 1, 1, 1};
  far.strides = {2, 2}, far.pads = {3, 3, 3, 3};
  const ValueId a = tiny.relu(tiny.conv(tiny.input("mel", {1, 1, 17, 16}), 5, 3, wide));
  Attributes same;
  same.pads = {1, 1, 1, 1};
  const ValueId residual = tiny.relu(tiny.add(tiny.conv(a, 5, 3, same), a));
  const ValueId b = tiny.relu(tiny.conv(residual, 9, 3, tall)), c = tiny.conv(b, 4, 3, far);
  expect_native_equals_loops(tiny.finish({c, residual}));
}

TEST(NativeNetwork, EqualsThePlainLoopsForFlattenInTheCallersOrder) {
  TinyGraph tiny;
  Attributes axis;
  axis.axis = 1;
  const ValueId x = tiny.conv(tiny.input("x", {1, 3, 4, 5}), 7);
  expect_native_equals_loops(tiny.finish({tiny.node(Op::kFlatten, {x}, axis)}));
}

TEST(NativeNetwork, EqualsThePlainLoopsForSingleOperations) {
  TinyGraph tiny;
  const ValueId x = tiny.input("x", {1, 6, 4, 5});
  Attributes depthwise;
  depthwise.groups = 6, depthwise.pads = {2, 2, 2, 2}, depthwise.strides = {2, 1};
  const ValueId d = tiny.conv(x, 6, 5, depthwise);
  expect_native_equals_loops(tiny.finish(
      {tiny.node(Op::kSigmoid, {d}), tiny.doubled(tiny.relu(x)), tiny.concat({x, tiny.add(x, x), x})}));
}

TEST(NativeNetwork, EqualsThePlainLoopsForPReluPoolingAndPaddedChannels) {
  for (const std::int64_t channels : {1, 3, 16, 21}) {
    SCOPED_TRACE(channels);
    TinyGraph tiny;
    const ValueId x = tiny.conv(tiny.input("x", {1, 3, 10, 8}), channels);
    const ValueId curved = tiny.node(Op::kPRelu, {x, tiny.weight({channels, 1, 1}, -1, 2)});
    const ValueId one = tiny.node(Op::kPRelu, {x, tiny.weight({1}, 0.1F, 0.2F)});
    Attributes pool, uneven, depthwise;
    pool.kernel = {2, 2}, pool.strides = {2, 2};
    uneven.kernel = {3, 1}, uneven.strides = {1, 2};
    depthwise.groups = channels, depthwise.pads = {0, 0, 1, 1}, depthwise.strides = {2, 2};
    const ValueId pooled = tiny.node(Op::kMaxPool, {curved}, pool);
    const ValueId padded = tiny.node(Op::kPad, {pooled, tiny.integers({0, 0, 0, 0, 0, 5, 0, 0})});
    const ValueId sum = tiny.add(padded, tiny.conv(tiny.conv(curved, channels, 3, depthwise), channels + 5));
    expect_native_equals_loops(tiny.finish({sum, tiny.node(Op::kMaxPool, {one}, uneven), pooled}));
  }
}

TEST(NativeNetwork, LeavesPaddedPicturesAndPaddedPoolingToOthers) {
  for (const std::vector<std::int64_t>& pads : {std::vector<std::int64_t>{0, 0, 1, 0, 0, 0, 0, 0},
                                                {0, 2, 0, 0, 0, 0, 0, 0},
                                                {0, 0, 0, 0, 0, -1, 0, 0}}) {
    TinyGraph tiny;
    const auto network = make_native_network(
        tiny.finish({tiny.node(Op::kPad, {tiny.input("x", {1, 3, 4, 4}), tiny.integers(pads)})}));
    ASSERT_FALSE(network);
    EXPECT_TRUE(graph::is_unsupported(network.error()));
  }
  TinyGraph tiny;
  Attributes pool;
  pool.kernel = {3, 3}, pool.pads = {1, 1, 1, 1};
  const auto network =
      make_native_network(tiny.finish({tiny.node(Op::kMaxPool, {tiny.input("x", {1, 3, 4, 4})}, pool)}));
  ASSERT_FALSE(network);
  EXPECT_TRUE(graph::is_unsupported(network.error()));
}

TEST(NativeNetwork, RunsABatchAsOneAfterTheOther) {
  TinyGraph tiny;
  Graph graph = tiny.finish({tiny.relu(tiny.conv(tiny.input("x", {1, 3, 4, 5}), 2))});
  graph.symbolic_batch = true;
  const auto network = make_native_network(graph);
  ASSERT_TRUE(network);
  EXPECT_EQ((*network)->info().outputs[0].shape, (Shape{-1, 2, 4, 5}));
  const auto runner = (*network)->make_runner();
  const std::vector<float> x = test::random_floats(3 * 60, -1, 1, 5);
  std::vector<float> together(3 * 40), alone(3 * 40);
  const Shape three{3, 3, 4, 5}, out_three{3, 2, 4, 5}, one{1, 3, 4, 5}, out_one{1, 2, 4, 5};
  const TensorView all(three, x);
  const MutableTensorView all_out(out_three, together);
  ASSERT_TRUE((*runner)->run({&all, 1}, {&all_out, 1}));
  for (std::size_t b = 0; b < 3; ++b) {
    const TensorView single(one, std::span(x).subspan(b * 60, 60));
    const MutableTensorView single_out(out_one, std::span(alone).subspan(b * 40, 40));
    ASSERT_TRUE((*runner)->run({&single, 1}, {&single_out, 1}));
  }
  EXPECT_EQ(together, alone);
  const MutableTensorView wrong(out_one, std::span(alone).first(40));
  EXPECT_FALSE((*runner)->run({&all, 1}, {&wrong, 1}));
}

TEST(NativeNetwork, NamesTheOperationAndTheNodeThatItCannotRun) {
  TinyGraph tiny;
  const auto network =
      make_native_network(tiny.finish({tiny.node(Op::kTranspose, {tiny.input("x", {1, 3, 4, 4})})}));
  ASSERT_FALSE(network);
  EXPECT_TRUE(graph::is_unsupported(network.error()));
  EXPECT_EQ(network.error().message(),
            "node 'Transpose0' (Transpose): unsupported operation at run time; use the onnxruntime backend");
}

// A face, row after row without gaps, in guarded memory.
MutableImageView face_in(test::Guarded<std::uint8_t>& pixels, std::int64_t size) {
  const int side = static_cast<int>(size);
  return {pixels.data(), side, side, std::ptrdiff_t{3} * side};
}

// The pixels are the network's numbers, truncated to bytes, B, G, R beside each other; nothing else is
// written.
void expect_face_of(const std::vector<float>& output, const test::Guarded<std::uint8_t>& face) {
  ASSERT_EQ(face.size(), output.size());
  EXPECT_TRUE(face.intact());
  const std::size_t plane = output.size() / 3;
  for (std::size_t i = 0; i < face.size(); ++i) {
    const float value = output[i % 3 * plane + i / 3] * 255.0F;
    ASSERT_EQ(face[i], static_cast<std::uint8_t>(std::clamp(value, 0.0F, 255.0F))) << "value " << i;
  }
}

// Runs a split network of the inputs "image" and "audio": the first output, and the face where there is one.
void run_split(const Graph& graph, const SplitOptions& options, std::vector<float>& output,
               MutableImageView face) {
  const auto network = SplitNetwork::make(graph, options);
  ASSERT_TRUE(network) << network.error().message();
  const auto runner = (*network)->make_runner();
  ASSERT_TRUE(runner);
  const auto inputs = test::random_inputs(graph);
  AlignedBuffer<std::byte> kept((*network)->image_part_bytes());
  const TensorView picture(inputs[0].shape, inputs[0].floats);
  ASSERT_TRUE((*runner)->run_image({&picture, 1}, kept.span()));
  output.resize(element_count(graph.value(graph.outputs[0]).shape));
  ASSERT_TRUE((*runner)->run_audio(inputs[1].floats, kept.span(), output, face));
}

// All storages and ways to keep skips, at the size of a sister family and at an odd one.
TEST(SplitNetwork, EqualsThePlainLoops) {
  for (const std::int64_t size : {5, 8})
    for (const KeptStorage storage : {KeptStorage::kFloat32, KeptStorage::kScaled})
      for (const KeptSkips skips : {KeptSkips::kProducts, KeptSkips::kSources})
        for (const std::size_t threads : {1, 2}) {
          SCOPED_TRACE(testing::Message() << size << (storage == KeptStorage::kScaled ? " scaled" : " floats")
                                          << " threads " << threads);
          TinyGraph tiny;
          const ValueId image = tiny.input("image", {1, 6, 2 * size, 2 * size}),
                        audio = tiny.input("audio", {1, 4, size, size});
          const ValueId skip = tiny.block(image, 5), deep = tiny.block(skip, 6, 2);
          const ValueId fused = tiny.block(tiny.concat({deep, tiny.block(audio, 4)}), 6);
          const ValueId up = tiny.block(tiny.concat({tiny.doubled(fused), skip}), 4);
          const Graph graph = tiny.finish({tiny.node(Op::kSigmoid, {tiny.conv(up, 3)})});
          SplitOptions options;
          options.storage = storage, options.skips = skips, options.threads = threads;
          const auto network = SplitNetwork::make(graph, options);
          ASSERT_TRUE(network) << network.error().message();
          const auto runner = (*network)->make_runner();
          const auto inputs = test::random_inputs(graph);
          AlignedBuffer<std::byte> kept((*network)->image_part_bytes());
          const TensorView picture(inputs[0].shape, inputs[0].floats);
          ASSERT_TRUE((*runner)->run_image({&picture, 1}, kept.span()));
          const auto expected = test::interpret(graph);
          std::vector<float> output(expected[0].floats.size());
          ASSERT_TRUE((*runner)->run_audio(inputs[1].floats, kept.span(), output, {}));
          EXPECT_TRUE(
              test::near(output, expected[0].floats, storage == KeptStorage::kScaled ? 2e-4F : 5e-5F));
          std::vector<float> once(output.size());
          ASSERT_TRUE((*runner)->run_once({&picture, 1}, inputs[1].floats, once, {}));
          EXPECT_TRUE(test::near(once, expected[0].floats, 5e-5F));
          test::Guarded<std::uint8_t> face(output.size());
          ASSERT_TRUE((*runner)->run_audio(inputs[1].floats, kept.span(), {}, face_in(face, 2 * size)));
          expect_face_of(output, face);
        }
}

// In bytes a product that is kept is the one that its block would have made: where one was of bytes and the
// other was not, both ways showed different pictures.
TEST(SplitNetwork, KeepsInBytesWhatItComputesAtOnce) {
  for (const std::int64_t out : {8, 24}) {  // nearly the face, and further from it
    SCOPED_TRACE(out);
    TinyGraph tiny;
    const ValueId image = tiny.input("image", {1, 6, 16, 16}), audio = tiny.input("audio", {1, 4, 8, 8});
    const ValueId skip = tiny.block(tiny.block(image, 16), 16), deep = tiny.block(skip, 32, 2);
    const ValueId fused = tiny.block(tiny.concat({deep, tiny.block(audio, 32)}), 32);
    const ValueId up = tiny.block(tiny.concat({tiny.doubled(fused), skip}), out);
    const Graph graph = tiny.finish({tiny.node(Op::kSigmoid, {tiny.conv(up, 3)})});
    const auto inputs = test::random_inputs(graph);
    const TensorView picture(inputs[0].shape, inputs[0].floats);
    std::vector<float> kept, once(3 * 16 * 16);
    SplitOptions options;
    options.precision = ProductPrecision::kInt8;
    ChannelRanges ranges;
    const auto run_once = [&](SplitOptions with, ChannelRanges* watched) {
      const auto network = SplitNetwork::make(graph, with);
      ASSERT_TRUE(network) << network.error().message();
      const auto runner = (*network)->make_runner();
      (*runner)->watch(watched);
      ASSERT_TRUE((*runner)->run_once({&picture, 1}, inputs[1].floats, once, {}));
    };
    SplitOptions unfused;
    unfused.passes_off = {"fuse-blocks"};
    run_once(unfused, &ranges);
    options.ranges = ranges;
    for (const std::string set : {"scalar", "sse4", "avx2", "avx3", "amx", "neon"}) {
      SCOPED_TRACE(set);
      if (!use_at_most(set)) continue;  // not of this machine
      run_once(options, nullptr);
      run_split(graph, options, kept, {});
      // Nearly the face a projection is of 16 bits, which another last bit of a sum turns the other way.
      const bool brief = out < 16 && product_precision_is_native(ProductPrecision::kBFloat16);
      EXPECT_TRUE(test::near(once, kept, brief ? 1e-4F : 1e-5F));
    }
    EXPECT_TRUE(use_at_most("").ok());
  }
}

// Three channels on their way to a vector are no face, however large they are.
TEST(SplitNetwork, WritesTheFaceFromItsFirstOutputAndFromNothingElse) {
  TinyGraph tiny;
  const ValueId image = tiny.input("image", {1, 6, 4, 4}), audio = tiny.input("audio", {1, 3, 9, 40});
  Attributes axis;
  axis.axis = 1;
  const ValueId vector = tiny.node(Op::kFlatten, {tiny.relu(audio)}, axis);
  Attributes far;
  far.strides = {4, 12};
  const ValueId small = tiny.conv(audio, 3, 1, far);  // [1,3,3,4]
  Attributes pads;
  pads.pads = {1, 0, 0, 0};
  const ValueId face = tiny.relu(tiny.add(tiny.conv(image, 3), tiny.conv(small, 3, 1, pads)));
  const ValueId wide = tiny.node(Op::kSigmoid, {tiny.conv(audio, 3)});
  const Graph graph = tiny.finish({face, vector, wide, tiny.relu(audio)});
  const auto expected = test::interpret(graph);
  test::Guarded<std::uint8_t> pixels(48);
  std::vector<float> output;
  run_split(graph, {}, output, face_in(pixels, 4));
  EXPECT_TRUE(test::near(output, expected[0].floats, 2e-4F));
  expect_face_of(output, pixels);
}

TEST(SplitNetwork, NamesEachStepThatItMeasures) {
  TinyGraph tiny;
  const ValueId image = tiny.input("image", {1, 3, 8, 8}), audio = tiny.input("audio", {1, 6, 8, 8});
  Attributes depthwise, pool;
  depthwise.groups = 6, depthwise.pads = {2, 2, 2, 2};
  pool.kernel = {2, 2}, pool.strides = {2, 2};
  const ValueId seen = tiny.node(Op::kPRelu, {tiny.conv(image, 6), tiny.weight({6, 1, 1})});
  const ValueId heard = tiny.conv(tiny.add(seen, audio), 6, 5, depthwise);
  const ValueId small = tiny.node(Op::kMaxPool, {tiny.concat({heard, tiny.relu(seen)})}, pool);
  const ValueId padded = tiny.node(Op::kPad, {small, tiny.integers({0, 0, 0, 0, 0, 3, 0, 0})});
  const Graph graph = tiny.finish({tiny.node(Op::kSigmoid, {tiny.conv(tiny.doubled(padded), 3)})});
  const auto inputs = test::random_inputs(graph);
  const TensorView picture(inputs[0].shape, inputs[0].floats);
  std::vector<float> output(3 * 64);
  std::set<std::string_view> kinds;
  for (const KeptStorage storage : {KeptStorage::kFloat32, KeptStorage::kScaled}) {
    SplitOptions options;
    options.storage = storage;
    const auto network = SplitNetwork::make(graph, options);
    ASSERT_TRUE(network) << network.error().message();
    const auto runner = (*network)->make_runner();
    AlignedBuffer<std::byte> kept((*network)->image_part_bytes());
    (*runner)->profile(true);
    ASSERT_TRUE((*runner)->run_image({&picture, 1}, kept.span()));
    ASSERT_TRUE((*runner)->run_audio(inputs[1].floats, kept.span(), output, {}));
    ASSERT_TRUE((*runner)->run_once({&picture, 1}, inputs[1].floats, output, {}));
    for (const auto way :
         {SplitRunner::Way::kImagePart, SplitRunner::Way::kAudioPart, SplitRunner::Way::kOnce})
      for (const LayerTime& layer : (*runner)->layer_times(way)) {
        kinds.insert(layer.kind);
        EXPECT_GE(layer.milliseconds, 0);
        EXPECT_NE(layer.name, "");
      }
  }
  for (const char* kind : {"conv", "prelu", "add", "depthwise", "relu", "concat", "max-pool", "pad",
                           "upsample", "sigmoid", "to-scaled", "from-scaled"})
    EXPECT_TRUE(kinds.contains(kind)) << kind << " of " << testing::PrintToString(kinds);
}

TEST(SplitNetwork, WhatDoesNotFitIsNamed) {
  TinyGraph tiny;
  const ValueId image = tiny.input("image", {1, 6, 8, 8}), audio = tiny.input("audio", {1, 6, 8, 8});
  const Graph graph = tiny.finish({tiny.conv(tiny.add(tiny.block(image, 6), audio), 3)});
  const auto network = SplitNetwork::make(graph, {});
  ASSERT_TRUE(network) << network.error().message();
  const auto runner = (*network)->make_runner();
  const auto inputs = test::random_inputs(graph);
  const TensorView picture(inputs[0].shape, inputs[0].floats);
  const Shape small{1, 6, 4, 8};
  const TensorView half(small, std::span(inputs[0].floats).first(6 * 32));
  const std::span<const float> sound = inputs[1].floats;
  AlignedBuffer<std::byte> room((*network)->image_part_bytes() + 64);
  const auto kept = room.span().first((*network)->image_part_bytes());
  std::vector<float> output(3 * 64);
  std::vector<std::uint8_t> pixels(3 * 64);
  const MutableImageView face{pixels.data(), 8, 8, 24}, wide{pixels.data(), 16, 4, 48};
  const auto expect_named = [](const Status& status, const char* what) {
    ASSERT_FALSE(status);
    EXPECT_NE(status.error().message().find(what), std::string::npos) << status.error().message();
  };
  SplitRunner& run = **runner;
  expect_named(run.run_image({&picture, 1}, kept.first(8)), "kept memory of another size");
  expect_named(run.run_image({&picture, 1}, room.span().subspan(4, kept.size())), "not aligned to 64 bytes");
  expect_named(run.run_image({}, kept), "another number of pictures");
  expect_named(run.run_image({&half, 1}, kept), "a picture of another size");
  ASSERT_TRUE(run.run_image({&picture, 1}, kept));
  expect_named(run.run_audio(sound, kept.first(8), output, {}), "kept memory of another size");
  expect_named(run.run_audio(sound.first(8), kept, output, {}), "an audio window of another size");
  expect_named(run.run_audio(sound, kept, std::span(output).first(8), {}), "an output of another size");
  expect_named(run.run_audio(sound, kept, {}, wide), "a face of another size");
  expect_named(run.run_once({}, sound, output, {}), "another number of pictures");
  expect_named(run.run_once({&picture, 1}, sound.first(8), output, {}), "an audio window of another size");
  EXPECT_TRUE(run.run_audio(sound, kept, output, face));
}

// Scaled rows are written once the sigmoid has seen floats.
TEST(SplitNetwork, KeepsASigmoidOfThePictureInEitherStorage) {
  for (const KeptStorage storage : {KeptStorage::kFloat32, KeptStorage::kScaled}) {
    SCOPED_TRACE(storage == KeptStorage::kScaled ? "scaled" : "floats");
    TinyGraph tiny;
    const ValueId image = tiny.input("image", {1, 6, 5, 7}), audio = tiny.input("audio", {1, 8, 5, 7});
    const ValueId gate = tiny.node(Op::kSigmoid, {tiny.conv(image, 8)});
    const Graph graph = tiny.finish({tiny.conv(tiny.add(gate, audio), 3)});
    const auto expected = test::interpret(graph);
    SplitOptions options;
    options.storage = storage;
    std::vector<float> output;
    run_split(graph, options, output, {});
    EXPECT_TRUE(test::near(output, expected[0].floats, 2e-4F));
  }
}

TEST(SplitNetwork, SaysWhenTheInputDoesNotReachTheOutput) {
  TinyGraph tiny;
  const ValueId a = tiny.input("audio", {1, 2, 4, 4});
  tiny.relu(a);
  const auto network = SplitNetwork::make(tiny.finish({tiny.relu(tiny.input("image", {1, 2, 4, 4}))}));
  ASSERT_FALSE(network);
  EXPECT_EQ(network.error().where, "input 'audio'");
}

}  // namespace
}  // namespace framegen
