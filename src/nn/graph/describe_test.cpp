// describe_test.cpp: the figures of a small network, counted by hand.
#include "nn/graph/describe.hpp"

#include "nn/graph/tiny_graph.hpp"

namespace framegen::graph {
namespace {

TEST(Describe, CountsEachPart) {
  test::TinyGraph tiny;
  const ValueId a = tiny.conv(tiny.input("audio", {1, 6, 5, 7}), 8),
                i = tiny.conv(tiny.input("image", {1, 3, 5, 7}), 4);
  const GraphFigures figures = describe(tiny.finish({tiny.concat({i, a})}), "audio");
  EXPECT_EQ(figures.image.nodes, (std::map<std::string, int>{{"Conv", 1}}));
  EXPECT_EQ(figures.image.macs, 4 * 3 * 35);
  EXPECT_EQ(figures.image.weight_bytes, 4U * (12 + 4));
  EXPECT_EQ(figures.audio.nodes, (std::map<std::string, int>{{"Concat", 1}, {"Conv", 1}}));
  EXPECT_EQ(figures.audio.tensor_bytes, 4U * (8 + 12) * 35);
  ASSERT_EQ(figures.kept.size(), 1U);
  EXPECT_EQ(figures.kept[0].bytes, 4U * 4 * 35);
}

}  // namespace
}  // namespace framegen::graph
