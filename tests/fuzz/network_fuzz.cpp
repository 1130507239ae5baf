// network_fuzz.cpp: bytes as the plan of a small network of every operation that we run, in any order; run in
// every way that there is.
#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <optional>
#include <string>
#include <vector>

#include "fuzz_bytes.hpp"
#include "nn/graph/load.hpp"
#include "nn/onnx/onnx_builder.hpp"
#include "run_network.hpp"

namespace {

using namespace framegen;
using fuzz::Bytes;
using std::int64_t;

constexpr int64_t kMostElements = 1 << 12;  // of one tensor
constexpr int kMostSteps = 14;

struct Made {
  std::string name;
  Shape shape;  // [1,C,H,W] or [1,C]
};

class Plan {
 public:
  explicit Plan(Bytes& bytes) : bytes_(bytes), builder_("plan") {}

  std::vector<std::uint8_t> build() {
    input("image");
    if (bytes_.number(4) != 0) input("audio");
    for (int step = 0; step < kMostSteps && !bytes_.empty(); ++step) add_step();
    for (int outputs = 1 + bytes_.number(3); outputs > 0; --outputs) {
      // The last one made, most often: everything before it is then part of the network.
      const Made& made = bytes_.flag() ? pick() : made_.back();
      if (std::find(outputs_.begin(), outputs_.end(), made.name) != outputs_.end()) continue;
      outputs_.push_back(made.name);
      builder_.add_output({made.name, made.shape});
    }
    auto onnx = builder_.bytes();
    fuzz::expect(onnx.ok(), "a plan becomes a file");
    return *std::move(onnx);
  }

 private:
  void input(const std::string& name) {
    // Two inputs of one size, as often as not: sums and concatenations need them.
    Shape shape = !made_.empty() && bytes_.flag()
                      ? made_.front().shape
                      : Shape{1, 1 + bytes_.number(9), 1 + bytes_.number(12), 1 + bytes_.number(12)};
    builder_.add_input({name, shape});
    made_.push_back({name, std::move(shape)});
  }

  const Made& pick() {
    return made_[static_cast<std::size_t>(bytes_.number(static_cast<int>(made_.size())))];
  }
  // One of four dimensions; the inputs always are.
  Made pick_picture() {
    for (int tries = 0; tries < 4; ++tries)
      if (const Made& made = pick(); made.shape.size() == 4) return made;
    return made_.front();
  }

  std::string weight(const Shape& shape, int64_t fan_in) {
    std::vector<float> values(element_count(shape));
    const float range = 1.5F / std::sqrt(static_cast<float>(fan_in));
    for (float& value : values) {
      state_ = state_ * 1664525U + 1013904223U;
      value = range * (static_cast<float>(state_ >> 8) / static_cast<float>(1U << 23) - 1.0F);
    }
    const std::string name = "w" + std::to_string(weights_++);
    builder_.add_initializer(name, shape, values);
    return name;
  }

  Made node(const std::string& op, std::vector<std::string> inputs, Shape shape,
            std::vector<OnnxAttribute> attributes = {}) {
    const std::string name = op + std::to_string(nodes_++);
    builder_.add_node({op, name + "_node", std::move(inputs), name, std::move(attributes)});
    made_.push_back({name, std::move(shape)});
    return made_.back();
  }

  struct Kernel {
    int64_t size = 1, stride = 1, pad = 0;
  };
  std::optional<Made> conv(const Made& x, int64_t out_channels, bool depthwise, Kernel k) {
    const auto across = [&](std::size_t d) { return (x.shape[d] + 2 * k.pad - k.size) / k.stride + 1; };
    if (x.shape[2] + 2 * k.pad < k.size || x.shape[3] + 2 * k.pad < k.size) return std::nullopt;
    const int64_t channels = x.shape[1], per_group = depthwise ? 1 : channels;
    if (depthwise) out_channels = channels;
    Shape shape{1, out_channels, across(2), across(3)};
    if (out_channels * shape[2] * shape[3] > kMostElements) return std::nullopt;
    std::vector<std::string> inputs{
        x.name, weight({out_channels, per_group, k.size, k.size}, per_group * k.size * k.size)};
    if (bytes_.number(4) != 0) inputs.push_back(weight({out_channels}, 4));
    return node("Conv", std::move(inputs), std::move(shape),
                {{"group", depthwise ? channels : int64_t{1}},
                 {"kernel_shape", std::vector<int64_t>{k.size, k.size}},
                 {"pads", std::vector<int64_t>(4, k.pad)},
                 {"strides", std::vector<int64_t>{k.stride, k.stride}}});
  }
  Made unary(const char* op, const Made& x) { return node(op, {x.name}, x.shape); }

  void block() {
    const Made x = pick_picture();
    const auto expanded = conv(x, 1 + bytes_.number(40), false, {});
    if (!expanded) return;
    const auto filtered = conv(unary("Relu", *expanded), 0, true, {3, 1 + bytes_.number(2), 1});
    if (!filtered) return;
    const bool residual = bytes_.flag();
    const auto projected =
        conv(unary("Relu", *filtered), residual ? x.shape[1] : 1 + bytes_.number(20), false, {});
    if (projected && residual && projected->shape == x.shape) node("Add", {projected->name, x.name}, x.shape);
  }

  void sum() {
    const Made a = pick();
    for (std::size_t i = made_.size(); i-- > 0;) {
      if (made_[i].shape != a.shape || (made_[i].name == a.name && bytes_.flag())) continue;
      node("Add", {a.name, made_[i].name}, a.shape);
      return;
    }
  }

  void concat() {
    const Made a = pick_picture();
    std::vector<std::string> parts{a.name};
    int64_t channels = a.shape[1];
    for (std::size_t i = made_.size(); i-- > 0 && parts.size() < 4;) {
      const Shape& s = made_[i].shape;
      if (s.size() != 4 || s[2] != a.shape[2] || s[3] != a.shape[3] || bytes_.flag()) continue;
      if ((channels + s[1]) * s[2] * s[3] > kMostElements) continue;
      parts.push_back(made_[i].name);
      channels += s[1];
    }
    node("Concat", std::move(parts), {1, channels, a.shape[2], a.shape[3]}, {{"axis", int64_t{1}}});
  }

  void double_size() {
    const Made x = pick_picture();
    if (4 * static_cast<int64_t>(element_count(x.shape)) > kMostElements) return;
    const std::string scales = "s" + std::to_string(weights_++);
    builder_.add_initializer(scales, std::array<int64_t, 1>{4}, std::array<float, 4>{1, 1, 2, 2});
    node("Resize", {x.name, "", scales}, {1, x.shape[1], 2 * x.shape[2], 2 * x.shape[3]},
         {{"coordinate_transformation_mode", std::string("align_corners")}, {"mode", std::string("linear")}});
  }

  void flatten() {
    const Made x = pick_picture();
    node("Flatten", {x.name}, {1, x.shape[1] * x.shape[2] * x.shape[3]}, {{"axis", int64_t{1}}});
  }

  void add_step() {
    switch (bytes_.number(10)) {
      case 0:
        conv(pick_picture(), 1 + bytes_.number(40), false,
             {1 + bytes_.number(4), 1 + bytes_.number(3), bytes_.number(3)});
        return;
      case 1:
        conv(pick_picture(), 0, true, {1 + bytes_.number(5), 1 + bytes_.number(3), bytes_.number(3)});
        return;
      case 2:
        unary("Relu", pick());
        return;
      case 3:
        unary("Sigmoid", pick());
        return;
      case 4:
        sum();
        return;
      case 5:
        concat();
        return;
      case 6:
        double_size();
        return;
      case 7:
        flatten();
        return;
      case 8:
        if (const auto face = conv(pick_picture(), 3, false, {})) unary("Sigmoid", *face);
        return;
      default:
        block();
    }
  }

  Bytes& bytes_;
  OnnxBuilder builder_;
  std::vector<Made> made_;
  std::vector<std::string> outputs_;
  int weights_ = 0, nodes_ = 0;
  std::uint32_t state_ = 7;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Bytes bytes(data, size);
  const std::vector<std::uint8_t> onnx = Plan(bytes).build();
  const auto graph = graph::load_onnx(onnx);
  fuzz::expect(graph.ok(), "a plan's file is read");
  fuzz::run_network(*graph, onnx);
  return 0;
}
