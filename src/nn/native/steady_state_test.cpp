// steady_state_test.cpp: after the first frame a runner asks for no memory.
#include "nn/graph/tiny_graph.hpp"
#include "nn/native/native_network.hpp"
#include "nn/native/split_network.hpp"
#include "support/allocations.hpp"

namespace framegen {
namespace {

TEST(NativeSteadyState, AsksForNoMemoryInAHundredFrames) {
  for (const std::size_t threads : {1, 2}) {
    test::TinyGraph tiny;
    const graph::ValueId skip = tiny.block(tiny.input("image", {1, 6, 12, 12}), 5),
                         audio = tiny.block(tiny.input("audio", {1, 4, 6, 6}), 6);
    const graph::ValueId up = tiny.block(tiny.concat({tiny.doubled(audio), skip}), 4);
    const graph::Graph graph = tiny.finish({tiny.node(graph::Op::kSigmoid, {tiny.conv(up, 3)})});
    SplitOptions options;
    options.threads = threads;
    const auto network = SplitNetwork::make(graph, options);
    ASSERT_TRUE(network);
    const auto runner = (*network)->make_runner();
    const auto inputs = test::random_inputs(graph);
    AlignedBuffer<std::byte> kept((*network)->image_part_bytes());
    const TensorView picture(inputs[0].shape, inputs[0].floats);
    std::vector<std::uint8_t> face(3 * 12 * 12);
    ASSERT_TRUE((*runner)->run_image({&picture, 1}, kept.span()));
    ASSERT_TRUE((*runner)->run_audio(inputs[1].floats, kept.span(), {}, {face.data(), 12, 12, 36}));
    ASSERT_TRUE((*runner)->run_once({&picture, 1}, inputs[1].floats, {}, {face.data(), 12, 12, 36}));
    const test::AllocationCounter counter;
    for (int frame = 0; frame < 100; ++frame) {
      const Status image = (*runner)->run_image({&picture, 1}, kept.span());
      const Status status =
          (*runner)->run_audio(inputs[1].floats, kept.span(), {}, {face.data(), 12, 12, 36});
      const Status once = (*runner)->run_once({&picture, 1}, inputs[1].floats, {}, {face.data(), 12, 12, 36});
      if (!image || !status || !once) ADD_FAILURE();
    }
    EXPECT_EQ(counter.count().ours, 0);
    EXPECT_EQ(counter.count().theirs, 0);
  }
}

}  // namespace
}  // namespace framegen
