// split_network.cpp: the two parts as two programs that share the kept tensors.
#include "nn/native/split_network.hpp"

#include <algorithm>
#include <limits>
#include <new>
#include <optional>
#include <string_view>
#include <system_error>

#include "core/aligned_buffer.hpp"
#include "nn/graph/cut.hpp"
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

// The generator's first skip is 0.2 bytes for each multiply-add from the picture on, the next one 0.01.
constexpr double kSoonComputed = 0.1;

graph::Cut cut_of(const graph::Graph& graph, const SplitOptions& options, bool again) {
  return graph::cut_of(graph, options.changing_input,
                       again ? kSoonComputed : std::numeric_limits<double>::infinity());
}

}  // namespace

struct SplitNetwork::Impl {
  NetworkInfo info;
  native::Program image, audio, once;
  std::vector<KeptTensor> kept;
  std::size_t kept_bytes = 0;
  std::vector<graph::PassReport> passes;
  KeptSkips skips = KeptSkips::kProducts;
  bool again = false;
  std::size_t weight_bytes = 0;
  std::size_t threads = 1;
};

namespace {

struct Rewritten {
  graph::Graph graph;
  std::vector<graph::PassReport> passes;
  KeptSkips skips;
  bool again;
};

constexpr std::string_view kAboutSkips[] = {"fuse-blocks", "fuse-activations"};

// What all ways to keep skips begin with: copies of it share their weights.
Result<Rewritten> begin_rewriting(graph::Graph graph, const SplitOptions& options) {
  graph::PassOptions passes{options.changing_input, 0, options.passes_off};
  passes.off.insert(passes.off.end(), std::begin(kAboutSkips), std::end(kAboutSkips));
  auto reports = FRAMEGEN_TRY(graph::run_passes(graph, passes));
  return Rewritten{std::move(graph), std::move(reports), options.skips, options.again};
}

Result<Rewritten> rewrite(Rewritten begun, const SplitOptions& options, KeptSkips skips) {
  const graph::PassOptions passes{options.changing_input, bytes_per_mac(skips), options.passes_off};
  auto reports = FRAMEGEN_TRY(graph::run_passes(begun.graph, passes));
  for (graph::PassReport& report : reports)
    for (const graph::PassReport& first : begun.passes)
      if (first.name == report.name) report.changes += first.changes;
  return Rewritten{std::move(begun.graph), std::move(reports), skips, begun.again};
}

std::uint64_t kept_bytes(const graph::Graph& graph, const SplitOptions& options, bool again) {
  std::uint64_t bytes = 0;
  for (const graph::ValueId id : cut_of(graph, options, again).kept) {
    const Shape& shape = graph.value(id).shape;
    const auto size = [&](std::size_t axis) {
      return axis < shape.size() ? static_cast<std::size_t>(shape[axis]) : 1;
    };
    const ScaledRowsShape rows{size(2), size(3), size(1)};
    bytes += options.storage == KeptStorage::kScaled ? rows.bytes() : rows.elements() * sizeof(float);
  }
  return bytes;
}

Result<Rewritten> rewrite_within_budget(const Rewritten& begun, const SplitOptions& options) {
  if (options.kept_budget_bytes == 0) return rewrite(begun, options, options.skips);
  struct Form {
    KeptSkips skips;
    bool again;
  };
  std::optional<Rewritten> smallest;
  for (const Form& form : {Form{KeptSkips::kProducts, false},
                           {KeptSkips::kBalanced, false},
                           {KeptSkips::kBalanced, true},
                           {KeptSkips::kSources, true}}) {
    smallest = FRAMEGEN_TRY(rewrite(begun, options, form.skips));
    smallest->again = form.again;
    if (kept_bytes(smallest->graph, options, form.again) <= options.kept_budget_bytes) break;
  }
  return *std::move(smallest);
}

struct Programs {
  const native::Program &image, &audio, &once;
};

class Runner final : public SplitRunner {
 public:
  Runner(const Programs& programs, std::size_t kept_bytes, std::size_t threads)
      : programs_(programs), kept_bytes_(kept_bytes), team_(threads) {}

  Status run_image(std::span<const TensorView> inputs, std::span<std::byte> kept) override {
    FRAMEGEN_TRY(check_kept(kept));
    FRAMEGEN_TRY(check_pictures(inputs, programs_.image.inputs.size()));
    native::Executor& image = *FRAMEGEN_TRY(ready(image_, programs_.image));
    for (std::size_t i = 0; i < inputs.size(); ++i) image.set_input(i, inputs[i].data.data());
    image.set_kept(kept.data());
    image.run();
    return {};
  }

  Status run_audio(std::span<const TensorView> pictures, std::span<const float> changing,
                   std::span<const std::byte> kept, std::span<float> output, MutableImageView face) override {
    FRAMEGEN_TRY(check_kept(kept));
    FRAMEGEN_TRY(check(changing, output, face));
    const std::size_t wanted = programs_.audio.inputs.size() - 1;
    if (wanted != 0) FRAMEGEN_TRY(check_pictures(pictures, wanted));
    native::Executor& audio = *FRAMEGEN_TRY(ready(audio_, programs_.audio));
    for (std::size_t i = 0; i < wanted; ++i) audio.set_input(i, pictures[i].data.data());
    audio.set_input(wanted, changing.data());
    audio.set_kept(kept.data());
    finish(audio, output, face);
    return {};
  }

  Status run_once(std::span<const TensorView> inputs, std::span<const float> changing,
                  std::span<float> output, MutableImageView face) override {
    FRAMEGEN_TRY(check_pictures(inputs, programs_.once.inputs.size() - 1));
    FRAMEGEN_TRY(check(changing, output, face));
    native::Executor& once = *FRAMEGEN_TRY(ready(once_, programs_.once));
    for (std::size_t i = 0; i < inputs.size(); ++i) once.set_input(i, inputs[i].data.data());
    once.set_input(inputs.size(), changing.data());
    finish(once, output, face);
    return {};
  }

  std::size_t bytes(Way way) const override { return of(way) ? of(way)->bytes() : 0; }
  void watch(ChannelRanges* ranges) override {
    ranges_ = ranges;
    if (once_) once_->watch(ranges);
  }
  void profile(bool on) override {
    profiling_ = on;
    for (auto* executor : {&image_, &audio_, &once_})
      if (*executor) (*executor)->profile(on);
  }
  std::vector<LayerTime> layer_times(Way way) const override {
    return of(way) ? of(way)->layer_times() : std::vector<LayerTime>();
  }

 private:
  using MaybeExecutor = std::optional<native::Executor>;
  const MaybeExecutor& of(Way way) const {
    return way == Way::kImagePart ? image_ : way == Way::kAudioPart ? audio_ : once_;
  }
  static std::size_t elements(const native::Program& program, int tensor) {
    return program.tensors[static_cast<std::size_t>(tensor)].elements();
  }
  Status check_kept(std::span<const std::byte> kept) const {
    if (kept.size() != kept_bytes_) return misfit("was given kept memory of another size");
    if (reinterpret_cast<std::uintptr_t>(kept.data()) % kBufferAlignment != 0)
      return misfit("was given kept memory that is not aligned to 64 bytes");
    return {};
  }
  // The whole network's inputs begin with the pictures.
  Status check_pictures(std::span<const TensorView> inputs, std::size_t expected) const {
    if (inputs.size() != expected) return misfit("was given another number of pictures than it has inputs");
    for (std::size_t i = 0; i < inputs.size(); ++i)
      if (inputs[i].data.size() != elements(programs_.once, programs_.once.inputs[i]))
        return misfit("was given a picture of another size");
    return {};
  }
  Status check(std::span<const float> changing, std::span<float> output, MutableImageView face) const {
    const native::Program& audio = programs_.audio;
    const native::TensorPlan& plan = audio.tensors[static_cast<std::size_t>(audio.outputs[0])];
    if (changing.size() != elements(audio, audio.inputs.back()))
      return misfit("was given an audio window of another size");
    if (!output.empty() && output.size() != plan.elements())
      return misfit("was given room for an output of another size");
    if (!face.empty() && (plan.channels != 3 || face.width != static_cast<int>(plan.width) ||
                          face.height != static_cast<int>(plan.height)))
      return misfit("was given room for a face of another size");
    return {};
  }
  static void finish(native::Executor& executor, std::span<float> output, MutableImageView face) {
    executor.set_output(0, output.empty() ? nullptr : output.data());
    executor.set_face(face);
    executor.run();
  }
  // Working memory is made for what is called: a worker that never keeps needs no memory for keeping.
  Result<native::Executor*> ready(MaybeExecutor& executor, const native::Program& program) {
    try {
      if (!executor) {
        executor.emplace(program, team_);
        if (&executor == &once_) executor->watch(ranges_);
        executor->profile(profiling_);
      }
    } catch (const std::bad_alloc&) {
      return Error{ErrorCode::kInternal, "native network", "not enough memory for a worker",
                   "use fewer threads"};
    }
    return &*executor;
  }

  Programs programs_;
  std::size_t kept_bytes_;
  native::Team team_;
  MaybeExecutor image_, audio_, once_;
  ChannelRanges* ranges_ = nullptr;
  bool profiling_ = false;
};

// What both parts, and the two of them as one, have in common.
native::Section section_of(const SplitOptions& options) {
  native::Section section;
  section.precision = options.precision;
  section.ranges = &options.ranges;
  if (product_precision_is_native(ProductPrecision::kBFloat16))
    section.otherwise = ProductPrecision::kBFloat16;
  return section;
}

// The caller's inputs, the pictures first.
void enter_inputs(native::Section& section, const graph::Graph& graph, const SplitOptions& options) {
  for (const bool changing : {false, true})
    for (const graph::ValueId id : graph.inputs)
      if ((graph.value(id).name == options.changing_input) == changing) section.inputs.push_back(id);
}

native::Section part_of(const graph::Graph& graph, const SplitOptions& options, const graph::Cut& cut,
                        bool audio) {
  const std::vector<bool> changes = graph::depends_on(graph, options.changing_input);
  native::Section section = section_of(options);
  for (std::size_t n = 0; n < graph.nodes.size(); ++n)
    section.nodes.push_back(changes[static_cast<std::size_t>(graph.nodes[n].output)] == audio ||
                            (audio && cut.again[n]));
  if (audio && std::count(cut.again.begin(), cut.again.end(), true) != 0)
    enter_inputs(section, graph, options);
  else
    for (const graph::ValueId id : graph.inputs)
      if (changes[static_cast<std::size_t>(id)] == audio) section.inputs.push_back(id);
  if (audio) section.outputs = graph.outputs;
  section.kept = cut.kept;
  section.kept_scaled.assign(section.kept.size(), options.storage == KeptStorage::kScaled);
  section.writes_kept = !audio;
  return section;
}

native::Section whole_of(const graph::Graph& graph, const SplitOptions& options) {
  native::Section section = section_of(options);
  section.nodes.assign(graph.nodes.size(), true);
  enter_inputs(section, graph, options);
  section.outputs = graph.outputs;
  return section;
}

}  // namespace

SplitNetwork::SplitNetwork(std::unique_ptr<const Impl> impl) : impl_(std::move(impl)) {}
SplitNetwork::~SplitNetwork() = default;

Result<std::shared_ptr<const SplitNetwork>> SplitNetwork::make(graph::Graph given,
                                                               const SplitOptions& options) {
  auto impl = std::make_unique<Impl>();
  const Rewritten begun = FRAMEGEN_TRY(begin_rewriting(std::move(given), options));
  auto [graph, passes, skips, again] = FRAMEGEN_TRY(rewrite_within_budget(begun, options));
  impl->passes = std::move(passes);
  impl->skips = skips;
  impl->info = native::network_info(graph);
  impl->threads = std::max<std::size_t>(1, options.threads);
  if (options.changing_input.empty() ||
      !graph::depends_on(graph, options.changing_input)[static_cast<std::size_t>(graph.outputs[0])])
    return Error{ErrorCode::kBadAvatar, "input '" + options.changing_input + "'",
                 "does not reach the network's output",
                 "name the tensors in avatar.json as the network does"};
  const Rewritten unkept = FRAMEGEN_TRY(rewrite(begun, options, KeptSkips::kSources));
  native::PackedWeights packed;
  const graph::Cut cut = cut_of(graph, options, again);
  impl->image = FRAMEGEN_TRY(native::compile(graph, part_of(graph, options, cut, false), packed));
  impl->audio = FRAMEGEN_TRY(native::compile(graph, part_of(graph, options, cut, true), packed));
  impl->again = impl->audio.inputs.size() > 1;
  impl->once = FRAMEGEN_TRY(native::compile(unkept.graph, whole_of(unkept.graph, options), packed));
  impl->weight_bytes = packed.bytes();
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
bool SplitNetwork::computes_again() const { return impl_->again; }
std::size_t SplitNetwork::weight_bytes() const { return impl_->weight_bytes; }
int SplitNetwork::uncalibrated_layers() const { return impl_->once.uncalibrated_layers; }
std::size_t SplitNetwork::working_bytes() const {
  return std::max(impl_->once.working_bytes(impl_->threads),
                  impl_->image.working_bytes(impl_->threads) + impl_->audio.working_bytes(impl_->threads));
}
const std::vector<graph::PassReport>& SplitNetwork::passes() const { return impl_->passes; }

Result<std::unique_ptr<SplitRunner>> SplitNetwork::make_runner() const {
  try {
    return std::unique_ptr<SplitRunner>(std::make_unique<Runner>(
        Programs{impl_->image, impl_->audio, impl_->once}, impl_->kept_bytes, impl_->threads));
  } catch (const std::bad_alloc&) {
    return Error{ErrorCode::kInternal, "native network", "not enough memory for a worker",
                 "use fewer threads"};
  } catch (const std::system_error& e) {
    return no_thread(e);
  }
}

}  // namespace framegen
