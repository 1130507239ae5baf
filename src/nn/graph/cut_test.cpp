// cut_test.cpp: what is kept and what is computed again, by bytes and multiply-adds.
#include "nn/graph/cut.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <limits>

#include "nn/graph/passes.hpp"
#include "nn/graph/tiny_graph.hpp"

namespace framegen::graph {
namespace {

constexpr double kKeepAll = std::numeric_limits<double>::infinity();

// A skip that is soon computed (27 multiply-adds for 4 numbers of a pixel), and one that is not: 4·40 more
// for 2 numbers of a quarter as many pixels. Both meet what depends on the audio.
struct Network {
  Network() {
    test::TinyGraph tiny;
    Attributes pool;
    pool.kernel = {2, 2}, pool.strides = {2, 2};
    const ValueId image = tiny.input("image", {1, 3, 8, 8}), audio = tiny.input("audio", {1, 2, 4, 4});
    soon = tiny.conv(image, 4);
    late = tiny.conv(tiny.conv(tiny.node(Op::kMaxPool, {soon}, pool), 40), 2);
    const ValueId deep = tiny.add(late, audio);
    const ValueId up = tiny.concat({tiny.doubled(deep), soon});
    graph = tiny.finish({tiny.conv(up, 3)});
  }
  Graph graph;
  ValueId soon = kAbsent, late = kAbsent;
};

TEST(Cut, KeepsEverythingWhereBytesDoNotCount) {
  const Network network;
  const Cut cut = cut_of(network.graph, "audio", kKeepAll);
  EXPECT_EQ(cut.kept, kept_values(network.graph, "audio"));
  EXPECT_EQ(cut.kept.size(), 2U);
  EXPECT_EQ(std::count(cut.again.begin(), cut.again.end(), true), 0);
}

TEST(Cut, ComputesAgainWhatIsLargeAndSoonComputed) {
  const Network network;
  // 16 bytes for 12 multiply-adds of a 1×1 convolution, and a third of that for the late one.
  const Cut cut = cut_of(network.graph, "audio", 1.0);
  EXPECT_EQ(cut.kept, std::vector<ValueId>{network.late});
  EXPECT_EQ(std::count(cut.again.begin(), cut.again.end(), true), 1);
  for (std::size_t n = 0; n < cut.again.size(); ++n)
    EXPECT_EQ(cut.again[n], network.graph.nodes[n].output == network.soon) << n;
}

TEST(Cut, TakesAllThatAValueComesFrom) {
  const Network network;
  const Cut cut = cut_of(network.graph, "audio", 0.0);
  EXPECT_TRUE(cut.kept.empty());
  EXPECT_EQ(std::count(cut.again.begin(), cut.again.end(), true), 4) << "three convolutions and the pooling";
}

}  // namespace
}  // namespace framegen::graph
