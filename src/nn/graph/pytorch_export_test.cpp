// pytorch_export_test.cpp: a plain PyTorch export folds to the clean graph and gives PyTorch's numbers
// (tests/golden/make_pytorch_export.py, docs/reference.md §6).
#include <map>

#include "core/aligned_buffer.hpp"
#include "nn/graph/load.hpp"
#include "nn/graph/tiny_graph.hpp"
#include "nn/native/native_network.hpp"
#include "nn/native/split_network.hpp"

namespace framegen::graph {
namespace {

const char kExport[] = "tests/golden/graph/pytorch_export.onnx";

Array golden_input(const std::string& name) {
  const NpyArray npy = test::golden_array("graph/pytorch_export_" + name + ".npy");
  return {Type::kFloat, npy.shape, *npy_values<float>(npy), {}};
}

TEST(PyTorchExport, FoldsToTheCleanGraph) {
  auto graph = load_onnx(std::filesystem::path(kExport));
  ASSERT_TRUE(graph) << graph.error().message();
  EXPECT_FALSE(graph->symbolic_batch);
  const PassOptions clean{"audio", kEveryProduct, {"split-pointwise", "fuse-blocks", "fuse-activations"}};
  const auto reports = run_passes(*graph, clean);
  ASSERT_TRUE(reports) << reports.error().message();
  std::map<std::string, int> ops;
  for (const Node& node : graph->nodes) ++ops[std::string(op_name(node.op))];
  EXPECT_EQ(ops, (std::map<std::string, int>{
                     {"Add", 5}, {"Concat", 3}, {"Conv", 38}, {"Relu", 25}, {"Resize", 2}, {"Sigmoid", 1}}));
}

TEST(PyTorchExport, GivesPyTorchsNumbersInThePlainLoops) {
  const auto graph = load_onnx(std::filesystem::path(kExport));
  ASSERT_TRUE(graph) << graph.error().message();
  const auto output = reference::run(*graph, {golden_input("input"), golden_input("audio")});
  ASSERT_TRUE(output) << output.error().message();
  EXPECT_TRUE(test::near((*output)[0].floats, golden_input("output").floats, 1e-5F));
}

TEST(PyTorchExport, GivesPyTorchsNumbersInTwoParts) {
  for (const KeptSkips skips : {KeptSkips::kProducts, KeptSkips::kSources}) {
    SplitOptions options;
    options.skips = skips;
    const auto network = SplitNetwork::load(std::filesystem::path(kExport), options);
    ASSERT_TRUE(network) << network.error().message();
    const auto runner = (*network)->make_runner();
    ASSERT_TRUE(runner);
    const Array image = golden_input("input"), audio = golden_input("audio"),
                expected = golden_input("output");
    AlignedBuffer<std::byte> kept((*network)->image_part_bytes());
    const TensorView input(image.shape, image.floats);
    ASSERT_TRUE((*runner)->run_image({&input, 1}, kept.span()));
    std::vector<float> output(expected.floats.size());
    ASSERT_TRUE((*runner)->run_audio(audio.floats, kept.span(), output, {}));
    EXPECT_TRUE(test::near(output, expected.floats, 1e-5F));
  }
}

}  // namespace
}  // namespace framegen::graph
