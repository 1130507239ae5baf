// native_network.cpp: Network and NetworkRunner on a compiled program; a batch is a loop.
#include "nn/native/native_network.hpp"

#include <new>
#include <system_error>

#include "nn/graph/load.hpp"
#include "nn/graph/passes.hpp"
#include "nn/native/compile.hpp"
#include "nn/native/executor.hpp"
#include "nn/native/network_info.hpp"
#include "nn/network_check.hpp"

namespace framegen {
namespace {

class NativeRunner final : public NetworkRunner {
 public:
  NativeRunner(const native::Program& program, const NetworkInfo& info, std::size_t threads)
      : info_(info), team_(threads), executor_(program, team_) {}

  Status run(std::span<const TensorView> inputs, std::span<const MutableTensorView> outputs) override {
    if (inputs.size() != info_.inputs.size() || outputs.size() != info_.outputs.size() || inputs.empty())
      return Error{ErrorCode::kInternal, "native network", "was given another number of tensors than it has",
                   ""};
    const auto batch = static_cast<std::size_t>(inputs[0].shape.empty() ? 0 : inputs[0].shape[0]);
    for (std::size_t i = 0; i < inputs.size(); ++i)
      if (!fits(inputs[i].shape, inputs[i].data.size(), info_.inputs[i], batch))
        return misfit(info_.inputs[i], inputs[i].shape);
    for (std::size_t i = 0; i < outputs.size(); ++i)
      if (!fits(outputs[i].shape, outputs[i].data.size(), info_.outputs[i], batch))
        return misfit(info_.outputs[i], outputs[i].shape);
    for (std::size_t b = 0; b < batch; ++b) {
      for (std::size_t i = 0; i < inputs.size(); ++i)
        executor_.set_input(i, inputs[i].data.data() + b * (inputs[i].data.size() / batch));
      for (std::size_t i = 0; i < outputs.size(); ++i)
        executor_.set_output(i, outputs[i].data.data() + b * (outputs[i].data.size() / batch));
      executor_.run();
    }
    return {};
  }

 private:
  static bool fits(std::span<const std::int64_t> shape, std::size_t size, const TensorInfo& info,
                   std::size_t batch) {
    return shape_fits(shape, info.shape) && static_cast<std::size_t>(shape[0]) == batch &&
           size == element_count(shape);
  }
  static Error misfit(const TensorInfo& info, std::span<const std::int64_t> shape) {
    return {ErrorCode::kBadAvatar, "tensor '" + info.name + "'",
            "is " + to_string(shape) + " where the network has " + to_string(info.shape),
            "use the networks that belong to this avatar"};
  }

  const NetworkInfo& info_;
  native::Team team_;
  native::Executor executor_;
};

class NativeNetwork final : public Network {
 public:
  NativeNetwork(native::Program program, NetworkInfo info, std::size_t threads)
      : program_(std::move(program)), info_(std::move(info)), threads_(threads) {}
  const NetworkInfo& info() const override { return info_; }
  Result<std::unique_ptr<NetworkRunner>> make_runner() const override {
    try {
      return std::unique_ptr<NetworkRunner>(std::make_unique<NativeRunner>(program_, info_, threads_));
    } catch (const std::bad_alloc&) {
      return Error{ErrorCode::kInternal, "native network", "not enough memory for a worker",
                   "use fewer threads"};
    } catch (const std::system_error& e) {
      return Error{ErrorCode::kInternal, "native network", std::string("cannot start a thread: ") + e.what(),
                   "use fewer threads"};
    }
  }

 private:
  native::Program program_;
  NetworkInfo info_;
  std::size_t threads_;
};

}  // namespace

Result<std::shared_ptr<const Network>> make_native_network(graph::Graph graph, const NativeOptions& options) {
  FRAMEGEN_TRY(graph::run_passes(graph, {"", graph::kEveryProduct, options.passes_off}));
  native::Section section;
  section.nodes.assign(graph.nodes.size(), true);
  section.inputs = graph.inputs;
  section.outputs = graph.outputs;
  if (options.even_if_slow || product_precision_is_native(options.precision))
    section.precision = options.precision;
  native::PackedWeights packed;
  native::Program program = FRAMEGEN_TRY(native::compile(graph, section, packed));
  return std::shared_ptr<const Network>(std::make_shared<NativeNetwork>(
      std::move(program), native::network_info(graph), std::max<std::size_t>(1, options.threads)));
}

Result<std::shared_ptr<const Network>> load_native_network(std::span<const std::uint8_t> onnx,
                                                           const NativeOptions& options) {
  return make_native_network(FRAMEGEN_TRY(graph::load_onnx(onnx)), options);
}

Result<std::shared_ptr<const Network>> load_native_network(const std::filesystem::path& onnx,
                                                           const NativeOptions& options) {
  auto network = make_native_network(FRAMEGEN_TRY(graph::load_onnx(onnx)), options);
  if (!network) return std::move(network).error().within(onnx.string());
  return network;
}

}  // namespace framegen
