// neighbours.cpp AVATAR: libonnx, ONNX Runtime and framegen work in one process, in every order.
#include <onnx/checker.h>
#include <onnx/onnx_pb.h>
#include <onnxruntime_cxx_api.h>

#include <fstream>
#include <iterator>

#include "speak.hpp"

namespace {

std::string network(const std::string& folder) {
  std::ifstream file(folder + "/audio_encoder.onnx", std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

// libonnx reads and judges the network: with its own schemas, and protobuf's own registry of messages.
bool libonnx_works(const std::string& bytes) {
  onnx::ModelProto model;
  if (!model.ParseFromString(bytes) || model.graph().node_size() == 0) return false;
  onnx::checker::check_model(model);
  return model.GetDescriptor()->full_name() == "onnx.ModelProto";
}

bool onnxruntime_works(const std::string& bytes) {
  const Ort::Env env(ORT_LOGGING_LEVEL_FATAL, "neighbours");
  const Ort::Session session(env, bytes.data(), bytes.size(), Ort::SessionOptions{});
  return session.GetInputCount() == 1 && session.GetOutputCount() == 1;
}

}  // namespace

int main(int, char** argv) {
  const std::string bytes = network(argv[1]);
  for (int round = 0; round < 2; ++round) {
    if (!libonnx_works(bytes)) return std::cerr << "libonnx does not work\n", 1;
    if (!onnxruntime_works(bytes)) return std::cerr << "ONNX Runtime does not work\n", 1;
    if (!speaks(argv[1])) return 1;
  }
  return 0;
}
