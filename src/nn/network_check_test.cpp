// network_check_test.cpp: each way in which a network can be the wrong one is told in one line.
#include "nn/network_check.hpp"

#include <gtest/gtest.h>

namespace framegen {
namespace {

const NetworkInfo kExpected{{{"input", {-1, 6, 320, 320}}, {"audio", {-1, 32, 16, 16}}},
                            {{"output", {-1, 3, 320, 320}}}};

std::string complaint(const NetworkInfo& info) {
  const auto order = check_network(info, kExpected, "g.onnx");
  if (order) return "";
  EXPECT_EQ(order.error().code, ErrorCode::kBadAvatar);
  return order.error().message();
}

TEST(CheckNetwork, FindsTensorsInAnyOrderAndAtAFixedBatch) {
  const NetworkInfo info{{{"audio", {1, 32, 16, 16}}, {"input", {1, 6, 320, 320}}},
                         {{"output", {1, 3, 320, 320}}}};
  const auto order = check_network(info, kExpected, "g.onnx");
  ASSERT_TRUE(order) << order.error().message();
  EXPECT_EQ(order->inputs, (std::vector<std::size_t>{1, 0}));
  EXPECT_EQ(order->outputs, (std::vector<std::size_t>{0}));
}

TEST(CheckNetwork, SaysWhichTensorIsMissing) {
  const NetworkInfo info{{{"input", {-1, 6, 320, 320}}, {"mel", {-1, 32, 16, 16}}}, kExpected.outputs};
  EXPECT_EQ(complaint(info),
            "g.onnx: no input 'audio' [batch,32,16,16] in the network (inputs: 'input', 'mel'); give the "
            "network that "
            "belongs to this avatar");
}

TEST(CheckNetwork, SaysWhichShapeWasExpected) {
  NetworkInfo info = kExpected;
  info.outputs[0].shape = {-1, 3, 160, 160};
  EXPECT_EQ(complaint(info),
            "g.onnx: output 'output' is [batch,3,160,160], expected [batch,3,320,320]; give the network that "
            "belongs to "
            "this avatar");
  info.outputs[0].shape = {3, 320, 320};
  EXPECT_NE(complaint(info).find("is [3,320,320], expected [batch,3,320,320]"), std::string::npos);
}

TEST(CheckNetwork, SaysWhichTensorIsOneTooMany) {
  NetworkInfo info = kExpected;
  info.inputs.push_back({"style", {-1, 8}});
  EXPECT_NE(complaint(info).find("inputs are 'input', 'audio', 'style', expected 'input', 'audio'"),
            std::string::npos);
}

TEST(CheckNetwork, SaysThatThereAreNoOutputs) {
  NetworkInfo info = kExpected;
  info.outputs.clear();
  EXPECT_NE(complaint(info).find("no output 'output' [batch,3,320,320] in the network (outputs: none)"),
            std::string::npos);
}

}  // namespace
}  // namespace framegen
