// device_parts.cpp: sessions and bindings; what stays on the device is never looked at from here.
#include "nn/onnxruntime/device_parts.hpp"

#include <algorithm>
#include <atomic>
#include <exception>
#include <new>
#include <optional>
#include <utility>

#include "core/aligned_buffer.hpp"
#include "nn/onnxruntime/provider.hpp"
#include "nn/onnxruntime/session.hpp"

namespace framegen {

class PartOnDevice {
 public:
  PartOnDevice(OnnxRuntimeProvider provider, std::vector<Ort::Value> tensors)
      : provider_(provider), tensors_(std::move(tensors)) {}
  PartOnDevice(const PartOnDevice&) = delete;
  PartOnDevice& operator=(const PartOnDevice&) = delete;
  ~PartOnDevice() {
    const ProviderTurn turn(provider_);
    tensors_.clear();
  }
  const Ort::Value& tensor(std::size_t i) const { return tensors_[i]; }

 private:
  OnnxRuntimeProvider provider_;
  std::vector<Ort::Value> tensors_;
};

namespace {

constexpr unsigned kTellsWhereTensorsLie = 23;  // of ONNX Runtime's interfaces

// Element sizes of those that a part can hold.
std::size_t element_bytes(ONNXTensorElementDataType type) {
  return type == ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT16 ? 2 : 4;
}

struct Loaded {
  std::shared_ptr<const OnnxRuntimeLibrary> library;
  DeviceNetworks networks;  // the files' bytes are dropped
  OnnxRuntimeOptions options;
  mutable Ort::Session image{nullptr}, audio{nullptr}, batch{nullptr};  // Run() is safe from many threads
  std::vector<std::string> kept_of_batch;  // "kept0.0", "kept0.1", …: by tensor, then by place in the batch
  mutable std::atomic<std::size_t> kept_bytes{0};

  ~Loaded() {
    const ProviderTurn turn(options.provider);
    batch = Ort::Session{nullptr};
    audio = Ort::Session{nullptr};
    image = Ort::Session{nullptr};
  }
};

Ort::MemoryInfo in_host_memory() { return Ort::MemoryInfo::CreateCpu(OrtDeviceAllocator, OrtMemTypeDefault); }

// One session's bound tensors: host memory of its own for what goes up and comes down.
class Bound {
 public:
  Bound(const Loaded& loaded, Ort::Session& session, std::size_t batch)
      : loaded_(loaded), session_(session), batch_(batch), host_(in_host_memory()), binding_(session) {
    const DeviceNetworks& networks = loaded.networks;
    sounds_ = AlignedBuffer<float>(batch * element_count(networks.changing_shape));
    pixels_ = AlignedBuffer<std::int32_t>(batch * element_count(networks.output_shape) / 3);
    sound_ = tensor<float>(sounds_.span(), networks.changing_shape);
    Shape one_channel = networks.output_shape;
    one_channel[1] = 1;
    pixel_ = tensor<std::int32_t>(pixels_.span(), one_channel);
    binding_.BindOutput(networks.pixels.c_str(), pixel_);
  }

  std::span<float> sound(std::size_t k) { return part_of(sounds_.span(), k); }
  std::span<const std::int32_t> pixels(std::size_t k) const { return part_of(pixels_.span(), k); }
  std::span<const float> output(std::size_t k) const { return part_of(outputs_.span(), k); }

  void run(std::span<const PartOnDevice* const> parts, bool wants_output) {
    bind_output(wants_output);
    // To bind is to copy to the device: each time, or it goes on hearing the first sound.
    binding_.BindInput(loaded_.networks.changing.c_str(), sound_);
    for (std::size_t t = 0; t < loaded_.networks.kept.size(); ++t)
      for (std::size_t k = 0; k < batch_; ++k)
        binding_.BindInput(loaded_.kept_of_batch[t * loaded_.networks.batch + k].c_str(),
                           parts[k]->tensor(t));
    session_.Run(run_options_, binding_);
  }

 private:
  template <class T>
  Ort::Value tensor(std::span<T> numbers, Shape shape) {
    shape[0] *= static_cast<std::int64_t>(batch_);
    return Ort::Value::CreateTensor<T>(host_, numbers.data(), numbers.size(), shape.data(), shape.size());
  }
  template <class Span>
  Span part_of(Span all, std::size_t k) const {
    return all.subspan(k * (all.size() / batch_), all.size() / batch_);
  }
  // Numbers come down only where somebody asked for them once.
  void bind_output(bool wants) {
    if (wants == output_bound_) return;
    const DeviceNetworks& networks = loaded_.networks;
    if (wants && outputs_.empty()) {
      outputs_ = AlignedBuffer<float>(batch_ * element_count(networks.output_shape));
      output_ = tensor<float>(outputs_.span(), networks.output_shape);
    }
    binding_.ClearBoundOutputs();
    binding_.BindOutput(networks.pixels.c_str(), pixel_);
    if (wants) binding_.BindOutput(networks.output.c_str(), output_);
    output_bound_ = wants;
  }

  const Loaded& loaded_;
  Ort::Session& session_;
  std::size_t batch_;
  Ort::MemoryInfo host_;
  Ort::IoBinding binding_;
  Ort::RunOptions run_options_;
  AlignedBuffer<float> sounds_, outputs_;
  AlignedBuffer<std::int32_t> pixels_;
  Ort::Value sound_{nullptr}, pixel_{nullptr}, output_{nullptr};
  bool output_bound_ = false;
};

class Runner final : public DeviceRunner {
 public:
  explicit Runner(std::shared_ptr<const Loaded> loaded)
      : loaded_(std::move(loaded)), host_(in_host_memory()), image_(loaded_->image) {
    one_.emplace(*loaded_, loaded_->audio, 1);
    if (loaded_->networks.batch > 1) many_.emplace(*loaded_, loaded_->batch, loaded_->networks.batch);
  }
  ~Runner() override {
    const ProviderTurn turn(loaded_->options.provider);
    many_.reset();
    one_.reset();
    image_ = Ort::IoBinding{nullptr};
  }

  Result<std::shared_ptr<const PartOnDevice>> run_image(std::span<const float> picture) override {
    const Shape& shape = loaded_->networks.picture_shape;
    std::shared_ptr<const PartOnDevice> part;
    FRAMEGEN_TRY(guarded([&] {
      const Ort::Value value = Ort::Value::CreateTensor<float>(host_, const_cast<float*>(picture.data()),
                                                               picture.size(), shape.data(), shape.size());
      image_.BindInput(loaded_->networks.picture.c_str(), value);
      bind_kept();
      loaded_->image.Run(Ort::RunOptions{nullptr}, image_);
      std::vector<Ort::Value> tensors = image_.GetOutputValues();
      count(tensors);
      part = std::make_shared<const PartOnDevice>(loaded_->options.provider, std::move(tensors));
    }));
    return part;
  }

  std::span<float> sound(std::size_t k) override { return many_ ? many_->sound(k) : one_->sound(k); }

  Status run_audio(std::span<const PartOnDevice* const> parts, bool wants_output) override {
    last_ = parts.size() == 1 ? &*one_ : &*many_;
    if (parts.size() == 1 && many_) std::ranges::copy(many_->sound(0), one_->sound(0).begin());
    return guarded([&] { last_->run(parts, wants_output); });
  }

  std::span<const std::int32_t> pixels(std::size_t k) const override { return last_->pixels(k); }
  std::span<const float> output(std::size_t k) const override { return last_->output(k); }

 private:
  template <class Work>
  Status guarded(const Work& work) const {
    const OnnxRuntimeProvider provider = loaded_->options.provider;
    const ProviderTurn turn(provider);
    try {
      work();
      return {};
    } catch (const std::bad_alloc&) {
      return run_failed(provider, "failed to allocate memory");
    } catch (const std::exception& e) {
      return run_failed(provider, e.what());
    }
  }

  // New tensors, since the last ones are a part's, where the audio part wants its inputs.
  void bind_kept() {
    const std::vector<std::string>& kept = loaded_->networks.kept;
    const bool told = loaded_->library->api >= kTellsWhereTensorsLie;
    const auto wanted = told ? loaded_->audio.GetMemoryInfoForInputs() : std::vector<Ort::ConstMemoryInfo>();
    image_.ClearBoundOutputs();
    for (std::size_t i = 0; i < kept.size(); ++i)
      image_.BindOutput(kept[i].c_str(), told ? wanted[i] : static_cast<const OrtMemoryInfo*>(host_));
  }

  void count(const std::vector<Ort::Value>& tensors) const {
    std::size_t bytes = 0;
    for (const Ort::Value& tensor : tensors) {
      const auto info = tensor.GetTensorTypeAndShapeInfo();
      bytes += info.GetElementCount() * element_bytes(info.GetElementType());
    }
    loaded_->kept_bytes = bytes;
  }

  std::shared_ptr<const Loaded> loaded_;
  Ort::MemoryInfo host_;
  Ort::IoBinding image_;
  std::optional<Bound> one_, many_;
  Bound* last_ = nullptr;
};

class Parts final : public DeviceParts {
 public:
  explicit Parts(std::shared_ptr<const Loaded> loaded) : loaded_(std::move(loaded)) {}
  std::size_t kept_bytes() const override { return loaded_->kept_bytes; }
  Result<std::unique_ptr<DeviceRunner>> make_runner() const override {
    try {
      const ProviderTurn turn(loaded_->options.provider);
      return std::unique_ptr<DeviceRunner>(std::make_unique<Runner>(loaded_));
    } catch (const std::exception& e) {
      return run_failed(loaded_->options.provider, e.what());
    }
  }

 private:
  std::shared_ptr<const Loaded> loaded_;
};

}  // namespace

Result<std::shared_ptr<const DeviceParts>> load_device_parts(const DeviceNetworks& networks,
                                                             const OnnxRuntimeOptions& options) {
  const auto library = FRAMEGEN_TRY(onnxruntime_library());
  auto loaded = std::make_shared<Loaded>();
  loaded->library = library;
  loaded->options = options;
  loaded->image = FRAMEGEN_TRY(open_session(*library, networks.image_part, networks.name, options));
  loaded->audio = FRAMEGEN_TRY(open_session(*library, networks.audio_part, networks.name, options));
  if (networks.batch > 1)
    loaded->batch = FRAMEGEN_TRY(open_session(*library, networks.audio_part_batch, networks.name, options));
  loaded->networks = networks;
  for (auto* file :
       {&loaded->networks.image_part, &loaded->networks.audio_part, &loaded->networks.audio_part_batch})
    std::vector<std::uint8_t>().swap(*file);
  for (const std::string& kept : networks.kept)
    for (std::size_t k = 0; k < networks.batch; ++k)
      loaded->kept_of_batch.push_back(kept + "." + std::to_string(k));
  return std::shared_ptr<const DeviceParts>(std::make_shared<Parts>(std::move(loaded)));
}

}  // namespace framegen
