// fuse_blocks_test.cpp: blocks of single operations become one, in all forms, with the same numbers.
#include "nn/graph/tiny_graph.hpp"

namespace framegen::graph {
namespace {

using test::TinyGraph;

TEST(FuseBlocks, TakesExpandDepthwiseProjectAndResidual) {
  TinyGraph tiny;
  const ValueId x = tiny.input("x", {1, 4, 9, 7});
  const Graph before = tiny.finish({tiny.block(tiny.block(tiny.block(x, 6), 6, 1, true), 5, 2)});
  Graph after = before;
  EXPECT_EQ(*fuse_blocks(after, {}), 3);
  ASSERT_EQ(after.nodes.size(), 3U);
  EXPECT_NE(after.nodes[1].input(block_input::kResidual), kAbsent);
  EXPECT_EQ(after.nodes[2].attributes.strides[0], 2);
  test::expect_same_numbers(before, after);
}

// Each way of keeping a skip, behind an upsampling and beside one.
TEST(FuseBlocks, TakesTheForms) {
  for (const bool upsampled : {true, false})
    for (const bool products : {true, false}) {
      SCOPED_TRACE(testing::Message() << "upsampled " << upsampled << ", products " << products);
      TinyGraph tiny;
      const std::int64_t size = upsampled ? 5 : 10;
      const ValueId low = tiny.input("audio", {1, 4, size, size}), skip = tiny.input("image", {1, 3, 10, 10});
      const Graph before =
          tiny.finish({tiny.block(tiny.concat({upsampled ? tiny.doubled(low) : low, skip}), 5)});
      Graph after = before;
      const PassOptions options{"audio", products ? kEveryProduct : kNoProduct, {}};
      ASSERT_EQ(*split_pointwise(after, options), 1);
      EXPECT_EQ(*fuse_blocks(after, options), 1);
      EXPECT_EQ(after.nodes.size(), upsampled && !products ? 1U : 2U);
      EXPECT_EQ(after.nodes.back().attributes.upsampled, upsampled);
      test::expect_same_numbers(before, after);
    }
}

TEST(FuseBlocks, LeavesABlockWhoseInsideIsReadElsewhere) {
  TinyGraph tiny;
  const ValueId e = tiny.relu(tiny.conv(tiny.input("x", {1, 2, 5, 5}), 4));
  Attributes depthwise;
  depthwise.groups = 4;
  depthwise.pads = {1, 1, 1, 1};
  const ValueId y = tiny.conv(tiny.relu(tiny.conv(e, 4, 3, depthwise)), 2);
  Graph graph = tiny.finish({y, e});
  EXPECT_EQ(*fuse_blocks(graph, {}), 0);
}

}  // namespace
}  // namespace framegen::graph
