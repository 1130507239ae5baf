// split_pointwise_test.cpp: 1×1 convolutions move below upsampling, split at Concat, and give the same
// numbers.
#include "nn/graph/macs.hpp"
#include "nn/graph/tiny_graph.hpp"

namespace framegen::graph {
namespace {

using test::TinyGraph;

Graph up_block(TinyGraph& tiny) {
  const ValueId low = tiny.conv(tiny.input("audio", {1, 6, 5, 7}), 8),
                skip = tiny.conv(tiny.input("image", {1, 3, 10, 14}), 4);
  return tiny.finish({tiny.relu(tiny.conv(tiny.concat({tiny.doubled(low), skip}), 16))});
}

TEST(SplitPointwise, MovesTheProductBelowTheUpsamplingAndSavesThreeQuarters) {
  TinyGraph tiny;
  const Graph before = up_block(tiny);
  Graph after = before;
  EXPECT_EQ(*split_pointwise(after, {"audio", kEveryProduct, {}}), 1);
  EXPECT_EQ(test::count(after, Op::kConcat), 0);
  std::int64_t saved = 0;
  for (const Node& node : before.nodes) saved += macs(before, node);
  for (const Node& node : after.nodes) saved -= macs(after, node);
  EXPECT_EQ(saved, 16 * 8 * (10 * 14 - 5 * 7));
  test::expect_same_numbers(before, after);
}

TEST(SplitPointwise, LeavesTheSkipsProductIndependentOfTheAudio) {
  TinyGraph tiny;
  Graph graph = up_block(tiny);
  ASSERT_TRUE(split_pointwise(graph, {"audio", kEveryProduct, {}}));
  const std::vector<ValueId> kept = kept_values(graph, "audio");
  ASSERT_EQ(kept.size(), 1U);
  EXPECT_EQ(graph.value(kept[0]).shape, (Shape{1, 16, 10, 14}));
}

TEST(SplitPointwise, SplitsAConcatOfImageAndAudioWithoutUpsampling) {
  TinyGraph tiny;
  const ValueId a = tiny.conv(tiny.input("audio", {1, 6, 5, 7}), 8),
                i = tiny.conv(tiny.input("image", {1, 3, 5, 7}), 4);
  const Graph before = tiny.finish({tiny.conv(tiny.concat({i, a}), 16)});
  Graph split = before, whole = before;
  EXPECT_EQ(*split_pointwise(split, {"audio", kEveryProduct, {}}), 1);
  EXPECT_EQ(*split_pointwise(whole, {"", kEveryProduct, {}}), 0) << "nothing is kept, so nothing is gained";
  test::expect_same_numbers(before, split);
}

TEST(SplitPointwise, MovesASecondBlockThatReadsTheFirst) {
  TinyGraph tiny;
  const ValueId low = tiny.input("audio", {1, 4, 3, 3});
  const ValueId first = tiny.conv(tiny.concat({tiny.doubled(low), tiny.input("image", {1, 3, 6, 6})}), 5);
  const Graph before =
      tiny.finish({tiny.conv(tiny.concat({tiny.doubled(first), tiny.input("large", {1, 2, 12, 12})}), 3)});
  Graph after = before;
  EXPECT_EQ(*split_pointwise(after, {"audio", kEveryProduct, {}}), 2);
  test::expect_same_numbers(before, after);
}

TEST(SplitPointwise, LeavesAloneWhatOthersReadToo) {
  TinyGraph tiny;
  const ValueId up = tiny.doubled(tiny.input("audio", {1, 4, 3, 3}));
  const Graph before = tiny.finish({tiny.conv(up, 5), up});
  Graph after = before;
  EXPECT_EQ(*split_pointwise(after, {"audio", kEveryProduct, {}}), 0);
}

}  // namespace
}  // namespace framegen::graph
