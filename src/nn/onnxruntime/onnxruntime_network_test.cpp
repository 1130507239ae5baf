// onnxruntime_network_test.cpp: a small network runs; every way of not running is an error of one line.
#include "nn/onnxruntime/onnxruntime_network.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <thread>

#include "core/files.hpp"
#include "nn/onnx/onnx_builder.hpp"

namespace framegen {
namespace {

// y = relu(2x − 1), any batch, two values each.
std::vector<std::uint8_t> tiny_network(std::int64_t batch = -1) {
  OnnxBuilder builder("tiny");
  builder.add_input({"x", {batch, 1, 1, 2}});
  builder.add_output({"y", {batch, 1, 1, 2}});
  const float weight = 2.0f, bias = -1.0f;
  builder.add_initializer("w", Shape{1, 1, 1, 1}, {&weight, 1});
  builder.add_initializer("b", Shape{1}, {&bias, 1});
  builder.add_node({"Conv", "c", {"x", "w", "b"}, "c.out", {}});
  builder.add_node({"Relu", "r", {"c.out"}, "y", {}});
  auto bytes = builder.bytes();
  EXPECT_TRUE(bytes);
  return bytes ? *std::move(bytes) : std::vector<std::uint8_t>{};
}

Status run(NetworkRunner& runner, const Tensor& x, Tensor& y) {
  const TensorView in(x);
  const MutableTensorView out(y);
  return runner.run({&in, 1}, {&out, 1});
}

Tensor filled(Shape shape, float first) {
  Tensor tensor(std::move(shape));
  for (std::size_t i = 0; i < tensor.size(); ++i) tensor.data[i] = first + static_cast<float>(i);
  return tensor;
}

// Sets an environment variable for one test.
class Environment {
 public:
  Environment(const char* name, const char* value) : name_(name) {
    if (const char* old = std::getenv(name)) old_ = old;
    ::setenv(name, value, 1);
  }
  ~Environment() { old_.empty() ? ::unsetenv(name_) : ::setenv(name_, old_.c_str(), 1); }

 private:
  const char* name_;
  std::string old_;
};

// Found by network_fuzz: ONNX Runtime itself writes nothing there.
TEST(OnnxRuntimeNetwork, AnOutputThatIsAnInputIsWritten) {
  OnnxBuilder builder("through");
  builder.add_input({"x", {1, 2}});
  builder.add_node({"Relu", "r", {"x"}, "y", {}});
  builder.add_output({"x", {1, 2}});
  builder.add_output({"y", {1, 2}});
  const auto network = load_onnxruntime_network(*builder.bytes(), "through.onnx");
  ASSERT_TRUE(network) << network.error().message();
  const Tensor x = filled({1, 2}, -1.5f);
  Tensor same({1, 2}), y({1, 2});
  const TensorView in(x);
  const std::array<MutableTensorView, 2> out{MutableTensorView(same), MutableTensorView(y)};
  ASSERT_TRUE((*(*network)->make_runner())->run({&in, 1}, out));
  for (std::size_t i = 0; i < 2; ++i) {
    EXPECT_EQ(same.data[i], x.data[i]);
    EXPECT_EQ(y.data[i], 0.0f);
  }
}

TEST(OnnxRuntimeNetwork, ReportsItsTensors) {
  const auto network = load_onnxruntime_network(tiny_network(), "tiny.onnx");
  ASSERT_TRUE(network) << network.error().message();
  const NetworkInfo& info = (*network)->info();
  ASSERT_EQ(info.inputs.size(), 1u);
  EXPECT_EQ(info.inputs[0].name, "x");
  EXPECT_EQ(info.inputs[0].shape, (Shape{-1, 1, 1, 2}));
  ASSERT_EQ(info.outputs.size(), 1u);
  EXPECT_EQ(info.outputs[0].name, "y");
}

TEST(OnnxRuntimeNetwork, WritesItsOutputWhereTheCallerSays) {
  const auto network = load_onnxruntime_network(tiny_network(), "tiny.onnx");
  ASSERT_TRUE(network) << network.error().message();
  const auto runner = (*network)->make_runner();
  ASSERT_TRUE(runner);
  for (const std::int64_t batch : {1, 3, 2, 3}) {
    SCOPED_TRACE(batch);
    const Tensor x = filled({batch, 1, 1, 2}, 0.0f);
    Tensor y({batch, 1, 1, 2});
    const auto status = run(**runner, x, y);
    ASSERT_TRUE(status) << status.error().message();
    for (std::size_t i = 0; i < y.size(); ++i)
      EXPECT_EQ(y.data[i], std::max(0.0f, 2 * static_cast<float>(i) - 1));
  }
}

TEST(OnnxRuntimeNetwork, ReadsNewContentsOfTheSameMemory) {
  const auto network = load_onnxruntime_network(tiny_network(), "tiny.onnx");
  ASSERT_TRUE(network);
  const auto runner = (*network)->make_runner();
  Tensor x({1, 1, 1, 2}), y({1, 1, 1, 2});
  for (int k = 1; k < 4; ++k) {
    x.data[0] = x.data[1] = static_cast<float>(k);
    ASSERT_TRUE(run(**runner, x, y));
    EXPECT_EQ(y.data[1], static_cast<float>(2 * k - 1));
  }
}

TEST(OnnxRuntimeNetwork, RunsFromManyThreadsAtOnce) {
  const auto network = load_onnxruntime_network(tiny_network(), "tiny.onnx");
  ASSERT_TRUE(network);
  std::vector<int> right(4);
  std::vector<std::thread> threads;
  for (int k = 0; k < 4; ++k)
    threads.emplace_back([&, k] {
      const auto runner = (*network)->make_runner();
      const Tensor x = filled({1, 1, 1, 2}, static_cast<float>(k + 1));
      Tensor y({1, 1, 1, 2});
      for (int i = 0; i < 50; ++i)
        right[static_cast<std::size_t>(k)] +=
            run(**runner, x, y) && y.data[0] == static_cast<float>(2 * k + 1);
    });
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(right, (std::vector<int>{50, 50, 50, 50}));
}

TEST(OnnxRuntimeNetwork, SaysWhichTensorHasAWrongShape) {
  const auto network = load_onnxruntime_network(tiny_network(1), "tiny.onnx");
  ASSERT_TRUE(network);
  const auto runner = (*network)->make_runner();
  const Tensor x = filled({2, 1, 1, 2}, 0.0f);
  Tensor y({2, 1, 1, 2});
  const auto status = run(**runner, x, y);
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code, ErrorCode::kBadAvatar);
  EXPECT_EQ(status.error().message(),
            "tensor 'x': 4 values of shape [2,1,1,2] where the network has [1,1,1,2]");
}

TEST(OnnxRuntimeNetwork, RefusesAFileCutAnywhere) {
  const std::vector<std::uint8_t> whole = tiny_network();
  for (std::size_t size = 0; size < whole.size(); size += 7) {
    SCOPED_TRACE(size);
    const auto network = load_onnxruntime_network(std::span(whole).first(size), "cut.onnx");
    ASSERT_FALSE(network);
    EXPECT_EQ(network.error().code, ErrorCode::kBadAvatar);
    EXPECT_TRUE(network.error().message().starts_with("cut.onnx: not a network that ONNX Runtime can run ("))
        << network.error().message();
    EXPECT_EQ(network.error().message().find('\n'), std::string::npos);
  }
}

TEST(OnnxRuntimeNetwork, RefusesAMissingFileAndATextFile) {
  const auto missing = load_onnxruntime_network(std::filesystem::path("nowhere/g.onnx"));
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().message(), "nowhere/g.onnx: no such file; check the path of the network");
  const auto text = load_onnxruntime_network(std::filesystem::path("CMakeLists.txt"));
  ASSERT_FALSE(text);
  EXPECT_EQ(text.error().code, ErrorCode::kBadAvatar);
}

TEST(OnnxRuntimeNetwork, LoadsFromAPathToo) {
  const auto path = std::filesystem::path(testing::TempDir()) / "onnxruntime_network_test.onnx";
  ASSERT_TRUE(write_file(path, tiny_network()));
  const auto network = load_onnxruntime_network(path);
  EXPECT_TRUE(network) << network.error().message();
  std::filesystem::remove(path);
}

TEST(OnnxRuntimeNetwork, ListsTheProvidersThereAreWhenOneIsMissing) {
  const auto described = describe_onnxruntime();
  ASSERT_TRUE(described) << described.error().message();
  for (const std::string& there : described->providers)
    if (there == "CoreMLExecutionProvider") GTEST_SKIP() << "this ONNX Runtime has CoreML";
  const auto network =
      load_onnxruntime_network(tiny_network(), "tiny.onnx", {.provider = OnnxRuntimeProvider::kCoreMl});
  ASSERT_FALSE(network);
  EXPECT_EQ(network.error().code, ErrorCode::kBadUse);
  EXPECT_TRUE(network.error().message().starts_with(
      "--provider coreml: the installed ONNX Runtime does not have it; use one of: cpu"))
      << network.error().message();
}

// The system's, found by the loader under its bare name, is another version, with libraries of its own.
TEST(OnnxRuntimeNetwork, NamesTheLibraryByItsPlaceAndNeverByItsNameAlone) {
  const auto described = describe_onnxruntime();
  ASSERT_TRUE(described) << described.error().message();
  EXPECT_TRUE(std::filesystem::path(described->path).is_absolute()) << described->path;
}

TEST(OnnxRuntimeNetwork, AMissingLibraryIsAnErrorWithARemedy) {
  const Environment nowhere("FRAMEGEN_ONNXRUNTIME", "/nowhere/libonnxruntime.so");
  const auto network = load_onnxruntime_network(tiny_network(), "tiny.onnx");
  ASSERT_FALSE(network);
  EXPECT_EQ(network.error().code, ErrorCode::kInternal);
  const std::string message = network.error().message();
  EXPECT_NE(message.find("/nowhere/libonnxruntime.so"), std::string::npos) << message;
  EXPECT_NE(message.find("set FRAMEGEN_ONNXRUNTIME"), std::string::npos) << message;
}

TEST(OnnxRuntimeNetwork, ALibraryOfAnotherKindIsAnErrorToo) {
  const Environment text("FRAMEGEN_ONNXRUNTIME", "CMakeLists.txt");
  const auto described = describe_onnxruntime();
  ASSERT_FALSE(described);
  EXPECT_EQ(described.error().code, ErrorCode::kInternal);
}

}  // namespace
}  // namespace framegen
