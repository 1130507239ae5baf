// split_network.cpp: the two parts as two programs that share the kept tensors.
#include "nn/native/split_network.hpp"

#include <algorithm>
#include <new>
#include <optional>
#include <system_error>

#include "core/aligned_buffer.hpp"
#include "nn/graph/load.hpp"
#include "nn/native/compile.hpp"
#include "nn/native/executor.hpp"
#include "nn/native/network_info.hpp"

namespace framegen {
namespace {

Error misfit(const std::string& what) { return {ErrorCode::kInternal, "native network", what, ""}; }

Error no_thread(const std::system_error& e) {
  return {ErrorCode::kInternal, "native network", std::string("cannot start a thread: ") + e.what(),
          "use fewer threads"};
}

// Balanced: a skip of 64 channels or more meets four times as many weights' outputs (0.05 bytes); one of 32
// needs 0.09.
double bytes_per_mac(KeptSkips skips) {
  if (skips == KeptSkips::kBalanced) return 0.07;
  return skips == KeptSkips::kProducts ? graph::kEveryProduct : graph::kNoProduct;
}

std::size_t part_weights(const native::Program& program) {
  std::size_t bytes = 0;
  for (const auto& step : program.steps) bytes += step->weight_bytes;
  return bytes;
}

}  // namespace

struct SplitNetwork::Impl {
  NetworkInfo info;
  native::Program image, audio;
  std::vector<KeptTensor> kept;
  std::size_t kept_bytes = 0;
  std::vector<graph::PassReport> passes;
  KeptSkips skips = KeptSkips::kProducts;
  std::size_t threads = 1;
};

namespace {

struct Rewritten {
  graph::Graph graph;
  std::vector<graph::PassReport> passes;
  KeptSkips skips;
};

Result<Rewritten> rewrite(graph::Graph graph, const SplitOptions& options, KeptSkips skips) {
  const graph::PassOptions passes{options.changing_input, bytes_per_mac(skips), options.passes_off};
  auto reports = FRAMEGEN_TRY(graph::run_passes(graph, passes));
  return Rewritten{std::move(graph), std::move(reports), skips};
}

std::uint64_t kept_bytes(const graph::Graph& graph, const SplitOptions& options) {
  std::uint64_t bytes = 0;
  for (const graph::ValueId id : graph::kept_values(graph, options.changing_input)) {
    const Shape& shape = graph.value(id).shape;
    const auto size = [&](std::size_t axis) {
      return axis < shape.size() ? static_cast<std::size_t>(shape[axis]) : 1;
    };
    const ScaledRowsShape rows{size(2), size(3), size(1)};
    bytes += options.storage == KeptStorage::kScaled ? rows.bytes() : rows.elements() * sizeof(float);
  }
  return bytes;
}

Result<Rewritten> rewrite_within_budget(const graph::Graph& graph, const SplitOptions& options) {
  if (options.kept_budget_bytes == 0) return rewrite(graph, options, options.skips);
  for (const KeptSkips skips : {KeptSkips::kProducts, KeptSkips::kBalanced}) {
    auto rewritten = FRAMEGEN_TRY(rewrite(graph, options, skips));
    if (kept_bytes(rewritten.graph, options) <= options.kept_budget_bytes) return rewritten;
  }
  return rewrite(graph, options, KeptSkips::kSources);
}

class Runner final : public SplitRunner {
 public:
  Runner(const native::Program& image, const native::Program& audio, std::size_t kept_bytes,
         std::size_t threads)
      : image_program_(image),
        audio_program_(audio),
        kept_bytes_(kept_bytes),
        threads_(threads),
        audio_(audio, threads) {}

  Status run_image(std::span<const TensorView> inputs, std::span<std::byte> kept) override {
    FRAMEGEN_TRY(check_kept(kept));
    if (inputs.size() != image_program_.inputs.size())
      return misfit("was given another number of pictures than it has inputs");
    for (std::size_t i = 0; i < inputs.size(); ++i)
      if (inputs[i].data.size() != elements(image_program_, image_program_.inputs[i]))
        return misfit("was given a picture of another size");
    try {
      if (!image_) image_.emplace(image_program_, threads_);
    } catch (const std::bad_alloc&) {
      return Error{ErrorCode::kInternal, "native network", "not enough memory for the image part",
                   "use fewer threads"};
    } catch (const std::system_error& e) {
      return no_thread(e);
    }
    for (std::size_t i = 0; i < inputs.size(); ++i) image_->set_input(i, inputs[i].data.data());
    image_->set_kept(kept.data());
    image_->run();
    return {};
  }

  Status run_audio(std::span<const float> changing, std::span<const std::byte> kept, std::span<float> output,
                   MutableImageView face) override {
    FRAMEGEN_TRY(check_kept(kept));
    const int out = audio_program_.outputs[0];
    const native::TensorPlan& plan = audio_program_.tensors[static_cast<std::size_t>(out)];
    if (changing.size() != elements(audio_program_, audio_program_.inputs[0]))
      return misfit("was given an audio window of another size");
    if (!output.empty() && output.size() != plan.elements())
      return misfit("was given room for an output of another size");
    if (!face.empty() && (plan.channels != 3 || face.width != static_cast<int>(plan.width) ||
                          face.height != static_cast<int>(plan.height)))
      return misfit("was given room for a face of another size");
    audio_.set_input(0, changing.data());
    audio_.set_kept(kept.data());
    audio_.set_output(0, output.empty() ? nullptr : output.data());
    audio_.set_face(face);
    audio_.run();
    return {};
  }

  std::size_t bytes() const override { return audio_.bytes(); }
  std::size_t image_bytes() const override { return image_ ? image_->bytes() : 0; }
  void watch(ChannelRanges* ranges) override { audio_.watch(ranges); }
  void profile(bool on) override { audio_.profile(on); }
  std::vector<LayerTime> layer_times() const override { return audio_.layer_times(); }

 private:
  static std::size_t elements(const native::Program& program, int tensor) {
    return program.tensors[static_cast<std::size_t>(tensor)].elements();
  }
  Status check_kept(std::span<const std::byte> kept) const {
    if (kept.size() != kept_bytes_) return misfit("was given kept memory of another size");
    if (reinterpret_cast<std::uintptr_t>(kept.data()) % kBufferAlignment != 0)
      return misfit("was given kept memory that is not aligned to 64 bytes");
    return {};
  }

  const native::Program &image_program_, &audio_program_;
  std::size_t kept_bytes_, threads_;
  std::optional<native::Executor> image_;
  native::Executor audio_;
};

native::Section section_of(const graph::Graph& graph, const SplitOptions& options, bool audio) {
  const std::vector<bool> changes = graph::depends_on(graph, options.changing_input);
  native::Section section;
  for (const graph::Node& node : graph.nodes)
    section.nodes.push_back(changes[static_cast<std::size_t>(node.output)] == audio);
  for (const graph::ValueId id : graph.inputs)
    if (changes[static_cast<std::size_t>(id)] == audio) section.inputs.push_back(id);
  if (audio) section.outputs = graph.outputs;
  section.kept = graph::kept_values(graph, options.changing_input);
  section.kept_scaled.assign(section.kept.size(), options.storage == KeptStorage::kScaled);
  section.writes_kept = !audio;
  if (!audio) return section;
  section.precision = options.precision;
  section.ranges = &options.ranges;
  if (product_precision_is_native(ProductPrecision::kBFloat16))
    section.otherwise = ProductPrecision::kBFloat16;
  return section;
}

}  // namespace

SplitNetwork::SplitNetwork(std::unique_ptr<const Impl> impl) : impl_(std::move(impl)) {}
SplitNetwork::~SplitNetwork() = default;

Result<std::shared_ptr<const SplitNetwork>> SplitNetwork::make(graph::Graph given,
                                                               const SplitOptions& options) {
  auto impl = std::make_unique<Impl>();
  auto [graph, passes, skips] = FRAMEGEN_TRY(rewrite_within_budget(given, options));
  impl->passes = std::move(passes);
  impl->skips = skips;
  impl->info = native::network_info(graph);
  impl->threads = std::max<std::size_t>(1, options.threads);
  if (options.changing_input.empty() ||
      !graph::depends_on(graph, options.changing_input)[static_cast<std::size_t>(graph.outputs[0])])
    return Error{ErrorCode::kBadAvatar, "input '" + options.changing_input + "'",
                 "does not reach the network's output",
                 "name the tensors in avatar.json as the network does"};
  impl->image = FRAMEGEN_TRY(native::compile(graph, section_of(graph, options, false)));
  impl->audio = FRAMEGEN_TRY(native::compile(graph, section_of(graph, options, true)));
  for (const int t : impl->audio.kept) {
    const native::TensorPlan& plan = impl->audio.tensors[static_cast<std::size_t>(t)];
    const auto size = [](std::size_t v) { return static_cast<std::int64_t>(v); };
    impl->kept.push_back(
        {plan.name, {size(plan.height), size(plan.width), size(plan.channels)}, plan.offset, plan.bytes()});
    impl->kept_bytes =
        (plan.offset + plan.bytes() + kBufferAlignment - 1) / kBufferAlignment * kBufferAlignment;
  }
  return std::shared_ptr<const SplitNetwork>(new SplitNetwork(std::move(impl)));
}

Result<std::shared_ptr<const SplitNetwork>> SplitNetwork::load(std::span<const std::uint8_t> onnx,
                                                               const SplitOptions& options) {
  return make(FRAMEGEN_TRY(graph::load_onnx(onnx)), options);
}

Result<std::shared_ptr<const SplitNetwork>> SplitNetwork::load(const std::filesystem::path& onnx,
                                                               const SplitOptions& options) {
  auto network = make(FRAMEGEN_TRY(graph::load_onnx(onnx)), options);
  if (!network) return std::move(network).error().within(onnx.string());
  return network;
}

const NetworkInfo& SplitNetwork::info() const { return impl_->info; }
const std::vector<KeptTensor>& SplitNetwork::kept() const { return impl_->kept; }
std::size_t SplitNetwork::image_part_bytes() const { return impl_->kept_bytes; }
KeptSkips SplitNetwork::skips() const { return impl_->skips; }
std::size_t SplitNetwork::weight_bytes() const {
  return part_weights(impl_->image) + part_weights(impl_->audio);
}
const std::vector<graph::PassReport>& SplitNetwork::passes() const { return impl_->passes; }

Result<std::unique_ptr<SplitRunner>> SplitNetwork::make_runner() const {
  try {
    return std::unique_ptr<SplitRunner>(
        std::make_unique<Runner>(impl_->image, impl_->audio, impl_->kept_bytes, impl_->threads));
  } catch (const std::bad_alloc&) {
    return Error{ErrorCode::kInternal, "native network", "not enough memory for a worker",
                 "use fewer threads"};
  } catch (const std::system_error& e) {
    return no_thread(e);
  }
}

}  // namespace framegen
