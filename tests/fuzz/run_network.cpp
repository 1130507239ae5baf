// run_network.cpp: numbers in, numbers compared.
#include "run_network.hpp"

#include <algorithm>
#include <cmath>
#include <memory>
#include <vector>

#include "core/aligned_buffer.hpp"
#include "fuzz_bytes.hpp"
#include "nn/graph/interpreter.hpp"
#include "nn/graph/macs.hpp"
#include "nn/graph/passes.hpp"
#include "nn/graph/shapes.hpp"
#include "nn/native/native_network.hpp"
#include "nn/native/split_network.hpp"
#if defined(FRAMEGEN_FUZZ_ONNXRUNTIME)
#include "nn/onnxruntime/onnxruntime_network.hpp"
#endif

namespace framegen::fuzz {
namespace {

constexpr std::int64_t kMostElements = 1 << 15, kMostMacs = 1 << 21;
constexpr float kLargestCompared = 100;  // beyond it rounding alone may make any difference

using Outputs = std::vector<std::vector<float>>;

struct Task {
  const graph::Graph& graph;
  std::vector<graph::Array> inputs;
  Outputs expected;
  float largest = 0;  // of all the network's numbers, weights included
  bool comparable = true;
};

bool is_small(const graph::Graph& graph) {
  std::int64_t elements = 0, macs = 0;
  for (const graph::Value& value : graph.values) elements += element_count(value.shape);
  for (const graph::Node& node : graph.nodes) macs += graph::macs(graph, node);
  return elements <= kMostElements && macs <= kMostMacs;
}

// −1 … 1, the same for the same input.
std::vector<graph::Array> make_inputs(const graph::Graph& graph) {
  std::vector<graph::Array> inputs;
  std::uint32_t state = 1;
  for (const graph::ValueId id : graph.inputs) {
    graph::Array array{graph::Type::kFloat, graph.value(id).shape, {}, {}};
    for (std::size_t n = element_count(array.shape); n > 0; --n) {
      state = state * 1664525U + 1013904223U;
      array.floats.push_back(static_cast<float>(state >> 8) / static_cast<float>(1U << 23) - 1.0F);
    }
    inputs.push_back(std::move(array));
  }
  return inputs;
}

void measure(Task& task, std::span<const float> numbers) {
  for (const float x : numbers) {
    if (!(std::abs(x) <= kLargestCompared)) task.comparable = false;
    task.largest = std::max(task.largest, std::abs(x));
  }
}

// False: the plain loops refuse it.
bool interpret(Task& task) {
  const auto all = graph::reference::run_all(task.graph, task.inputs);
  if (!all) return false;
  for (const graph::Constant& value : *all)
    if (value != nullptr) measure(task, value->floats);
  for (const graph::ValueId id : task.graph.outputs) {
    const graph::Constant& value = (*all)[static_cast<std::size_t>(id)];
    if (value == nullptr || value->type != graph::Type::kFloat) return false;
    task.expected.push_back(value->floats);
  }
  return true;
}

// Sums of up to some hundred terms of at most largest² each, rounded or, where `scaled`, of 16 bits.
void compare(const Task& task, std::span<const float> actual, std::size_t output, bool scaled,
             const char* what) {
  const std::vector<float>& expected = task.expected[output];
  expect(actual.size() == expected.size(), what);
  if (!task.comparable) return;
  const float scale = (1 + task.largest) * (1 + task.largest), tolerance = scale * (scaled ? 8e-3F : 2e-4F);
  for (std::size_t i = 0; i < actual.size(); ++i)
    expect(std::abs(actual[i] - expected[i]) <= tolerance, what);
}

Outputs run(const Task& task, const Network& network) {
  const auto runner = network.make_runner();
  expect(runner.ok(), "a runner can be made");
  std::vector<TensorView> inputs;
  for (const graph::Array& array : task.inputs) inputs.emplace_back(array.shape, array.floats);
  Outputs out;
  std::vector<MutableTensorView> outputs;
  for (const graph::ValueId id : task.graph.outputs)
    out.emplace_back(element_count(task.graph.value(id).shape));
  for (std::size_t i = 0; i < out.size(); ++i)
    outputs.emplace_back(task.graph.value(task.graph.outputs[i]).shape, out[i]);
  const Status status = (*runner)->run(inputs, outputs);
  expect(status.ok(), "a network that was taken runs");
  return out;
}

bool run_whole(const Task& task) {
  Outputs first;
  for (const std::size_t threads : {1, 2}) {
    const auto network = make_native_network(task.graph, {threads, {}});
    if (!network) return false;
    const Outputs outputs = run(task, **network);
    for (std::size_t i = 0; i < outputs.size(); ++i)
      compare(task, outputs[i], i, false, "the native network gives the loops' numbers");
    if (threads == 1) first = outputs;
    if (task.comparable) expect(outputs == first, "two threads give the bytes of one");
  }
  return true;
}

// The face's pixels where the first output is a picture, in memory of exactly that size.
struct Face {
  std::unique_ptr<std::uint8_t[]> pixels;
  MutableImageView view;

  explicit Face(const Shape& shape) {
    if (shape.size() != 4 || shape[1] != 3) return;
    const auto height = static_cast<int>(shape[2]), width = static_cast<int>(shape[3]);
    pixels = std::make_unique<std::uint8_t[]>(static_cast<std::size_t>(3 * height * width));
    view = {pixels.get(), width, height, std::ptrdiff_t{3} * width};
  }
  void compare(std::span<const float> output) const {
    const std::size_t plane = output.size() / 3;
    for (std::size_t i = 0; pixels != nullptr && i < output.size(); ++i) {
      const float value = output[i % 3 * plane + i / 3] * 255.0F;
      const auto expected = static_cast<std::uint8_t>(std::min(value > 0.0F ? value : 0.0F, 255.0F));
      expect(pixels[i] == expected, "pixels are the numbers, truncated");
    }
  }
};

void run_split(const Task& task, std::size_t changing, const SplitOptions& options) {
  const auto network = SplitNetwork::make(task.graph, options);
  if (!network) return;
  const auto runner = (*network)->make_runner();
  expect(runner.ok(), "a runner can be made");
  std::vector<TensorView> pictures;
  for (std::size_t i = 0; i < task.inputs.size(); ++i)
    if (i != changing) pictures.emplace_back(task.inputs[i].shape, task.inputs[i].floats);
  AlignedBuffer<std::byte> kept((*network)->image_part_bytes());
  expect((*runner)->run_image(pictures, kept.span()).ok(), "the image part runs");
  const Shape& shape = task.graph.value(task.graph.outputs[0]).shape;
  std::vector<float> output(element_count(shape));
  const Face face(shape);
  expect((*runner)->run_audio(pictures, task.inputs[changing].floats, kept.span(), output, face.view).ok(),
         "the audio part runs");
  compare(task, output, 0, options.storage == KeptStorage::kScaled,
          "the network in two parts gives the loops' numbers");
  face.compare(output);
}

void run_parts(const Task& task) {
  for (std::size_t i = 0; i < task.graph.inputs.size(); ++i)
    for (const KeptStorage storage : {KeptStorage::kFloat32, KeptStorage::kScaled})
      for (const KeptSkips skips : {KeptSkips::kProducts, KeptSkips::kSources}) {
        SplitOptions options;
        options.changing_input = task.graph.value(task.graph.inputs[i]).name;
        options.storage = storage;
        options.skips = skips;
        options.threads = storage == KeptStorage::kScaled ? 2 : 1;
        for (const bool again : {false, true}) {
          options.again = again;
          run_split(task, i, options);
        }
      }
}

void run_onnxruntime([[maybe_unused]] const Task& task, [[maybe_unused]] std::span<const std::uint8_t> onnx) {
#if defined(FRAMEGEN_FUZZ_ONNXRUNTIME)
  if (onnx.empty()) return;
  const auto network = load_onnxruntime_network(onnx, "fuzz");
  if (!network) return;  // there is none, or it refuses what we take
  const Outputs outputs = run(task, **network);
  for (std::size_t i = 0; i < outputs.size(); ++i)
    compare(task, outputs[i], i, false, "ONNX Runtime gives the loops' numbers");
#endif
}

}  // namespace

void run_network(const graph::Graph& given, std::span<const std::uint8_t> onnx) {
  graph::Graph graph = given;
  if (!graph::infer_shapes(graph) || !is_small(graph)) return;
  for (const graph::ValueId id : graph.inputs)
    if (graph.value(id).type != graph::Type::kFloat || element_count(graph.value(id).shape) == 0) return;
  Task task{graph, make_inputs(graph), {}};
  if (!make_native_network(graph) || !interpret(task)) return;
  for (const graph::Value& value : graph.values)
    if (value.constant != nullptr) measure(task, value.constant->floats);
  run_whole(task);
  run_parts(task);
  run_onnxruntime(task, onnx);
}

}  // namespace framegen::fuzz
