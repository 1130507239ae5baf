// agreement_test.cpp: networks that are shipped give ONNX Runtime's numbers on our own kernels.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "nn/native/native_network.hpp"
#include "nn/onnxruntime/onnxruntime_network.hpp"
#include "support/random.hpp"

namespace framegen {
namespace {

std::vector<std::vector<float>> run(const Network& network, const std::vector<float>& picture) {
  const auto runner = network.make_runner();
  EXPECT_TRUE(runner);
  std::vector<std::vector<float>> values;
  std::vector<MutableTensorView> outputs;
  for (const TensorInfo& info : network.info().outputs) values.emplace_back(element_count(info.shape));
  for (std::size_t i = 0; i < values.size(); ++i)
    outputs.emplace_back(network.info().outputs[i].shape, values[i]);
  const TensorView input(network.info().inputs[0].shape, picture);
  const Status status = (*runner)->run({&input, 1}, outputs);
  EXPECT_TRUE(status) << status.error().message();
  return values;
}

class Agreement : public ::testing::TestWithParam<const char*> {};

TEST_P(Agreement, OfOurKernelsWithOnnxRuntime) {
  const auto ours = load_native_network(std::filesystem::path(GetParam()));
  ASSERT_TRUE(ours) << ours.error().message();
  const auto theirs = load_onnxruntime_network(std::filesystem::path(GetParam()));
  ASSERT_TRUE(theirs) << theirs.error().message();
  const Shape& shape = (*ours)->info().inputs[0].shape;
  for (std::uint64_t seed = 0; seed < 3; ++seed) {
    const auto picture = test::random_floats(element_count(shape), -1, 1, seed);
    const auto actual = run(**ours, picture), expected = run(**theirs, picture);
    ASSERT_EQ(actual.size(), expected.size());
    for (std::size_t i = 0; i < actual.size(); ++i) {
      SCOPED_TRACE((*ours)->info().outputs[i].name);
      float largest = 1;
      for (const float v : expected[i]) largest = std::max(largest, std::abs(v));
      ASSERT_EQ(actual[i].size(), expected[i].size());
      for (std::size_t k = 0; k < actual[i].size(); ++k)  // seventy layers, each a few ε of its sums
        ASSERT_NEAR(actual[i][k], expected[i][k], 1e-5F * largest) << k;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Networks, Agreement,
                         ::testing::Values("assets/face/detector.onnx", "assets/face/mesh.onnx"));

}  // namespace
}  // namespace framegen
