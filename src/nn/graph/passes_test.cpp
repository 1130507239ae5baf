// passes_test.cpp: folding, fusing and removing, each with the same numbers before and after; names and
// reports.
#include "nn/graph/tiny_graph.hpp"

namespace framegen::graph {
namespace {

using test::TinyGraph;

TEST(FoldBatchNorm, BecomesWeightAndBiasOfTheConvolution) {
  for (const bool bias : {true, false}) {
    SCOPED_TRACE(bias);
    TinyGraph tiny;
    const ValueId y = tiny.conv(tiny.input("x", {1, 3, 6, 5}), 4, 3, {}, bias);
    const ValueId norm = tiny.node(Op::kBatchNormalization, {y, tiny.weight({4}, 0.5F, 2), tiny.weight({4}),
                                                             tiny.weight({4}), tiny.weight({4}, 0.1F, 1)});
    const Graph before = tiny.finish({norm});
    Graph after = before;
    EXPECT_EQ(*fold_batch_norm(after, {}), 1);
    EXPECT_EQ(after.nodes.size(), 1U);
    test::expect_same_numbers(before, after);
  }
}

TEST(FuseActivations, TakesSumAndActivationIntoTheConvolution) {
  TinyGraph tiny;
  const ValueId x = tiny.input("x", {1, 4, 6, 5});
  Attributes same;
  same.pads = {1, 1, 1, 1};
  const ValueId hidden = tiny.relu(tiny.add(tiny.conv(x, 4, 3, same), x));
  const Graph before = tiny.finish({tiny.node(Op::kSigmoid, {tiny.conv(hidden, 3)})});
  Graph after = before;
  EXPECT_EQ(*fuse_activations(after, {}), 3);
  EXPECT_EQ(after.nodes.size(), 2U);
  test::expect_same_numbers(before, after);
}

// The pads of a PyTorch export: sizes taken from shapes, subtracted, padded with zeros, turned round.
TEST(FoldConstants, MakesEmptyPadsDisappear) {
  TinyGraph tiny;
  const ValueId x = tiny.input("x", {1, 2, 4, 6}), y = tiny.input("y", {1, 2, 4, 6});
  const ValueId difference = tiny.node(Op::kSub, {tiny.node(Op::kShape, {y}), tiny.node(Op::kShape, {x})});
  const ValueId height = tiny.node(Op::kGather, {difference, tiny.integers({2})});
  Attributes first;
  const ValueId pads = tiny.node(
      Op::kConcat, {tiny.integers({0, 0}), height, height, tiny.integers({0, 0}), height, height}, first);
  Graph graph = tiny.finish({tiny.add(tiny.node(Op::kIdentity, {x}), y)});
  // Shape arithmetic is not known before folding, so the Pad is put in by hand.
  const ValueId padded = graph.add_value("padded");
  graph.nodes.push_back({Op::kPad, "pad", {graph.nodes.back().output, pads}, padded, {}});
  graph.outputs = {padded};
  const Graph before = graph;
  ASSERT_TRUE(fold_constants(graph, {}));
  EXPECT_EQ(test::count(graph, Op::kPad), 1);
  EXPECT_EQ(*remove_identities(graph, {}), 2);
  ASSERT_EQ(graph.nodes.size(), 1U);
  EXPECT_EQ(graph.nodes[0].op, Op::kAdd);
  test::expect_same_numbers(before, graph);
}

TEST(RemoveDead, RemovesWhatNoOutputNeeds) {
  TinyGraph tiny;
  const ValueId x = tiny.input("x", {1, 2, 4, 6}), used = tiny.relu(x);
  tiny.conv(tiny.conv(x, 3), 2);
  Graph graph = tiny.finish({used});
  EXPECT_EQ(*remove_dead(graph, {}), 2);
  EXPECT_EQ(graph.nodes.size(), 1U);
}

TEST(Passes, CanEachBeSwitchedOffAndTheNumbersStay) {
  TinyGraph tiny;
  const ValueId a = tiny.block(tiny.input("audio", {1, 4, 5, 5}), 6),
                i = tiny.block(tiny.input("image", {1, 3, 10, 10}), 4);
  const ValueId up = tiny.block(tiny.concat({tiny.doubled(a), i}), 5);
  const Graph before = tiny.finish({tiny.node(Op::kSigmoid, {tiny.conv(up, 3)})});
  for (const Pass& pass : passes()) {
    SCOPED_TRACE(pass.name);
    Graph after = before;
    const auto reports = run_passes(after, {"audio", kEveryProduct, {std::string(pass.name)}});
    ASSERT_TRUE(reports) << reports.error().message();
    EXPECT_EQ(reports->size(), passes().size() - 1);
    test::expect_same_numbers(before, after);
  }
  Graph all = before;
  ASSERT_TRUE(run_passes(all, {"audio", kEveryProduct, {}}));
  EXPECT_EQ(test::count(all, Op::kInvertedResidual), 3);
  EXPECT_EQ(all.nodes.size(), 5U) << "three blocks, the skip's product, the output";
}

TEST(Passes, NameWhatIsNotKnown) {
  TinyGraph tiny;
  Graph graph = tiny.finish({tiny.relu(tiny.input("x", {1, 2, 4, 6}))});
  EXPECT_EQ(run_passes(graph, {"", kEveryProduct, {"fold-nothing"}}).error().what, "is not known");
  EXPECT_EQ(
      run_passes(graph, {"audio", kEveryProduct, {}}).error().message(),
      "input 'audio': is not an input of the network; name the tensors in avatar.json as the network does");
}

}  // namespace
}  // namespace framegen::graph
