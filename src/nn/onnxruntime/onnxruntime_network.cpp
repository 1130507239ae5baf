// onnxruntime_network.cpp: ONNX Runtime behind Network; its exceptions end here.
#include "nn/onnxruntime/onnxruntime_network.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <exception>
#include <new>
#include <system_error>
#include <utility>

#include "nn/network_check.hpp"
#include "nn/onnxruntime/onnxruntime_library.hpp"
#include "nn/onnxruntime/provider.hpp"
#include "nn/onnxruntime/session.hpp"

namespace framegen {
namespace {

Result<std::vector<TensorInfo>> tensors(const Ort::Session& session, bool inputs, const std::string& name) {
  Ort::AllocatorWithDefaultOptions allocator;
  std::vector<TensorInfo> list;
  const std::size_t count = inputs ? session.GetInputCount() : session.GetOutputCount();
  for (std::size_t i = 0; i < count; ++i) {
    const auto tensor =
        inputs ? session.GetInputNameAllocated(i, allocator) : session.GetOutputNameAllocated(i, allocator);
    const Ort::TypeInfo type = inputs ? session.GetInputTypeInfo(i) : session.GetOutputTypeInfo(i);
    if (type.GetONNXType() != ONNX_TYPE_TENSOR ||
        type.GetTensorTypeAndShapeInfo().GetElementType() != ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT)
      return Error{ErrorCode::kBadAvatar, name,
                   fmt::format("{} '{}' is not a float32 tensor", inputs ? "input" : "output", tensor.get()),
                   "export the network in float32"};
    list.push_back({tensor.get(), type.GetTensorTypeAndShapeInfo().GetShape()});
  }
  return list;
}

// A tensor over the caller's memory, made anew only when that memory or the shape is another one.
class Binding {
 public:
  explicit Binding(const TensorInfo& info) : info_(&info) {}

  // Errors: kBadAvatar where the shape is not one that the network takes.
  Status bind(Ort::Value& value, float* data, std::size_t size, std::span<const std::int64_t> shape,
              const Ort::MemoryInfo& memory) {
    if (data == data_ && std::equal(shape.begin(), shape.end(), shape_.begin(), shape_.end())) return {};
    if (!shape_fits(shape, info_->shape) || size != element_count(shape))
      return Error{ErrorCode::kBadAvatar, "tensor '" + info_->name + "'",
                   fmt::format("{} values of shape {} where the network has {}", size, to_string(shape),
                               to_string(info_->shape)),
                   ""};
    data_ = nullptr;
    value = Ort::Value::CreateTensor<float>(memory, data, size, shape.data(), shape.size());
    shape_.assign(shape.begin(), shape.end());
    data_ = data;
    return {};
  }

 private:
  const TensorInfo* info_;
  const float* data_ = nullptr;
  Shape shape_;
};

class OnnxRuntimeRunner final : public NetworkRunner {
 public:
  OnnxRuntimeRunner(const NetworkInfo& info, Ort::Session& session, OnnxRuntimeProvider provider)
      : session_(session),
        provider_(provider),
        memory_(Ort::MemoryInfo::CreateCpu(OrtArenaAllocator, OrtMemTypeDefault)) {
    for (const TensorInfo& tensor : info.inputs) {
      names_in_.push_back(tensor.name.c_str());
      bindings_in_.emplace_back(tensor);
      values_in_.emplace_back(nullptr);
    }
    for (const TensorInfo& tensor : info.outputs) {
      names_out_.push_back(tensor.name.c_str());
      bindings_out_.emplace_back(tensor);
      values_out_.emplace_back(nullptr);
      const auto same = std::find_if(info.inputs.begin(), info.inputs.end(),
                                     [&](const TensorInfo& input) { return input.name == tensor.name; });
      source_.push_back(static_cast<std::size_t>(same - info.inputs.begin()));
    }
  }

  Status run(std::span<const TensorView> inputs, std::span<const MutableTensorView> outputs) override {
    if (inputs.size() != names_in_.size() || outputs.size() != names_out_.size())
      return Error{ErrorCode::kBadAvatar, "network",
                   fmt::format("given {} inputs and {} outputs, has {} and {}", inputs.size(), outputs.size(),
                               names_in_.size(), names_out_.size()),
                   ""};
    try {
      // ONNX Runtime reads inputs only; its interface has one type for both directions.
      for (std::size_t i = 0; i < inputs.size(); ++i)
        FRAMEGEN_TRY(bindings_in_[i].bind(values_in_[i], const_cast<float*>(inputs[i].data.data()),
                                          inputs[i].data.size(), inputs[i].shape, memory_));
      for (std::size_t i = 0; i < outputs.size(); ++i)
        FRAMEGEN_TRY(bindings_out_[i].bind(values_out_[i], outputs[i].data.data(), outputs[i].data.size(),
                                           outputs[i].shape, memory_));
      const ProviderTurn turn(provider_);
      session_.Run(Ort::RunOptions{nullptr}, names_in_.data(), values_in_.data(), values_in_.size(),
                   names_out_.data(), values_out_.data(), values_out_.size());
      // An output that is an input: ONNX Runtime leaves the caller's memory as it was, and says nothing.
      for (std::size_t i = 0; i < outputs.size(); ++i)
        if (source_[i] < inputs.size() && inputs[source_[i]].data.size() == outputs[i].data.size())
          std::ranges::copy(inputs[source_[i]].data, outputs[i].data.begin());
      return {};
    } catch (const Ort::Exception& e) {
      return run_failed(provider_, e.what());
    } catch (const std::bad_alloc&) {
      return run_failed(provider_, "bad_alloc: failed to allocate memory");
    }
  }

 private:
  Ort::Session& session_;
  OnnxRuntimeProvider provider_;
  Ort::MemoryInfo memory_;
  std::vector<const char*> names_in_, names_out_;
  std::vector<Binding> bindings_in_, bindings_out_;
  std::vector<Ort::Value> values_in_, values_out_;
  std::vector<std::size_t> source_;  // for each output the input that it is; beyond the last: none
};

class OnnxRuntimeNetwork final : public Network {
 public:
  OnnxRuntimeNetwork(std::shared_ptr<const OnnxRuntimeLibrary> library, Ort::Session session,
                     NetworkInfo info, OnnxRuntimeProvider provider)
      : library_(std::move(library)),
        session_(std::move(session)),
        info_(std::move(info)),
        provider_(provider) {}
  ~OnnxRuntimeNetwork() override {
    const ProviderTurn turn(provider_);
    session_ = Ort::Session{nullptr};
  }

  const NetworkInfo& info() const override { return info_; }

  Result<std::unique_ptr<NetworkRunner>> make_runner() const override {
    try {
      return std::unique_ptr<NetworkRunner>(std::make_unique<OnnxRuntimeRunner>(info_, session_, provider_));
    } catch (const std::exception& e) {
      return Error{ErrorCode::kInternal, "ONNX Runtime", first_line(e.what()), ""};
    }
  }

 private:
  std::shared_ptr<const OnnxRuntimeLibrary> library_;  // outlives the session
  mutable Ort::Session session_;                       // Run() is safe from many threads at once
  NetworkInfo info_;
  OnnxRuntimeProvider provider_;
};

Result<std::shared_ptr<Network>> network_of(std::shared_ptr<const OnnxRuntimeLibrary> library,
                                            Ort::Session session, const std::string& name,
                                            OnnxRuntimeProvider provider) {
  try {
    NetworkInfo info;
    info.inputs = FRAMEGEN_TRY(tensors(session, true, name));
    info.outputs = FRAMEGEN_TRY(tensors(session, false, name));
    return std::shared_ptr<Network>(std::make_shared<OnnxRuntimeNetwork>(
        std::move(library), std::move(session), std::move(info), provider));
  } catch (const Ort::Exception& e) {
    return not_readable(name, e.what());
  } catch (const std::exception& e) {
    return Error{ErrorCode::kInternal, name, first_line(e.what()), ""};
  }
}

}  // namespace

Result<std::shared_ptr<Network>> load_onnxruntime_network(std::span<const std::uint8_t> model,
                                                          const std::string& name,
                                                          const OnnxRuntimeOptions& options) {
  if (model.empty()) return not_readable(name, "it is empty");
  const auto library = FRAMEGEN_TRY(onnxruntime_library());
  return network_of(library, FRAMEGEN_TRY(open_session(*library, model, name, options)), name,
                    options.provider);
}

Result<std::shared_ptr<Network>> load_onnxruntime_network(const std::filesystem::path& model,
                                                          const OnnxRuntimeOptions& options) {
  std::error_code failed;
  if (!std::filesystem::is_regular_file(model, failed))
    return Error{ErrorCode::kBadAvatar, model.string(), "no such file", "check the path of the network"};
  const auto library = FRAMEGEN_TRY(onnxruntime_library());
  return network_of(library, FRAMEGEN_TRY(open_session(*library, model, options)), model.string(),
                    options.provider);
}

Result<OnnxRuntimeDescription> describe_onnxruntime() {
  const auto library = FRAMEGEN_TRY(onnxruntime_library());
  try {
    auto providers = Ort::GetAvailableProviders();
    for (const Ort::ConstEpDevice& device : library->plugin_devices)
      if (std::ranges::find(providers, device.EpName()) == providers.end())
        providers.emplace_back(device.EpName());
    return OnnxRuntimeDescription{library->version, library->path, std::move(providers),
                                  library->plugin_refused};
  } catch (const std::exception& e) {
    return Error{ErrorCode::kInternal, "ONNX Runtime", first_line(e.what()), ""};
  }
}

}  // namespace framegen
