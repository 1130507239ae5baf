// provider_trial.cpp: a face from each, then two seconds of faces.
#include "generator/provider_trial.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <system_error>
#include <utility>

#include "core/crew.hpp"
#include "core/files.hpp"
#include "core/gpus.hpp"
#include "core/image.hpp"
#include "core/machine.hpp"
#include "generator/generator_shape.hpp"
#include "generator/trial_jobs.hpp"
#include "nn/graph/graph.hpp"

namespace framegen {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

constexpr auto kTrial = std::chrono::milliseconds(2000);
constexpr int kOfALoop = 0;  // a template frame whose parts are kept: what the native backend is best at
constexpr const char* kRemembered = "provider.json";

Result<Image> one_face(GeneratorBackend& backend, const GeneratorShape& shape) {
  TrialJobs jobs(shape, 1, kOfALoop);
  const auto worker = FRAMEGEN_TRY(backend.make_worker());
  FRAMEGEN_TRY(worker->run(jobs.list()));
  Image face(shape.image_size, shape.image_size);
  std::copy_n(jobs.faces().front().data(), face.bytes(), face.data());
  return face;
}

int farthest_of(const Image& a, const Image& b) {
  int most = 0;
  for (std::size_t i = 0; i < a.bytes(); ++i) most = std::max(most, std::abs(a.data()[i] - b.data()[i]));
  return most;
}

// Its own is the first. A network is compiled for each, which takes TensorRT minutes.
std::vector<int> batches_to_try(const BackendOptions& options, OnnxRuntimeProvider provider) {
  const int own = names_of(provider).batch;
  if (options.batch != 0 || provider == OnnxRuntimeProvider::kTensorRt) return {options.batch};
  return own == 1 ? std::vector{1, 2} : std::vector{own, 2 * own, 1};
}

// One size of batches.
Status try_batch(const fs::path& model, const GeneratorShape& shape, const BackendOptions& options,
                 std::optional<Image>& expected, std::chrono::milliseconds length, ProviderTrial& trial) {
  const auto backend = FRAMEGEN_TRY(make_on_provider(model, shape, options));
  if (!expected) {  // of the CPU, which is asked only where another has started
    BackendOptions on_cpu = options;
    on_cpu.provider = OnnxRuntimeProvider::kCpu;
    const auto cpu = FRAMEGEN_TRY(make_on_provider(model, shape, on_cpu));
    expected = FRAMEGEN_TRY(one_face(*cpu, shape));
  }
  trial.farthest = farthest_of(FRAMEGEN_TRY(one_face(*backend, shape)), *expected);
  if (trial.farthest > allowed_levels(options.half_on_device)) return {};
  trial.faces_per_second = FRAMEGEN_TRY(faces_per_second(*backend, shape, length));
  trial.batch = backend->batch();
  return {};
}

// In memory alone, a loop of one frame: the trial's picture must not become a part of the avatar's.
Result<double> native_rate(const fs::path& model, const GeneratorShape& shape, BackendOptions options) {
  options.kind = BackendKind::kNative;
  options.provider = OnnxRuntimeProvider::kCpu;
  options.fastest_provider = false;
  options.half_on_device = false;
  options.image_parts.cache_folder.clear();
  options.image_parts.preparing = false;
  options.template_frames = 1;
  const auto native = make_backend(model, shape, options);
  if (native) return faces_per_second(*native->backend, shape, kTrial);
  if (graph::is_unsupported(native.error())) return 0.0;
  return native.error();
}

// Of which the answer is true. Another driver under the same name is not seen: the folder's file may be
// deleted.
std::string circumstances(const fs::path& model, const BackendOptions& options,
                          const OnnxRuntimeDescription& runtime) {
  std::error_code ignored;
  std::string all =
      fmt::format("{} {} {} {} {} {} {} {} {}", FRAMEGEN_VERSION, runtime.version, runtime.path,
                  describe_machine().cpu, options.threads, options.batch, static_cast<int>(options.precision),
                  options.half_on_device, fs::file_size(model, ignored));
  for (const Gpu& gpu : find_gpus()) all += "; " + describe(gpu);
  return all;
}

std::optional<ProviderChoice> remembered(const fs::path& folder, const std::string& here) {
  if (folder.empty()) return std::nullopt;
  const auto text = read_text_file(folder / kRemembered);
  const auto json = text ? nlohmann::json::parse(*text, nullptr, false) : nlohmann::json();
  const auto word = [&](const char* key) {
    return json.is_object() && json.contains(key) && json[key].is_string() ? json[key].get<std::string>()
                                                                           : std::string();
  };
  if (word("circumstances") != here || !json.contains("batch")) return std::nullopt;
  const auto named = std::ranges::find(provider_names(), word("provider"), &ProviderNames::ours);
  const auto& batch = json["batch"];
  if (named == provider_names().end() || !batch.is_number_integer() || batch < 0 || batch > kLargestBatch)
    return std::nullopt;
  return ProviderChoice{named->provider, word("reason") + " (a trial of before)", batch.get<int>()};
}

// What cannot be remembered is tried again: no error.
void remember(const fs::path& folder, const std::string& here, const ProviderChoice& choice) {
  if (folder.empty()) return;
  std::error_code ignored;
  fs::create_directories(folder, ignored);
  const nlohmann::ordered_json json{{"circumstances", here},
                                    {"provider", names_of(choice.provider).ours},
                                    {"batch", choice.batch},
                                    {"reason", choice.reason}};
  [[maybe_unused]] const auto written = write_file(folder / kRemembered, json.dump(2) + "\n");
}

std::vector<OnnxRuntimeProvider> providers_beside_the_cpu(const OnnxRuntimeDescription& runtime) {
  auto providers = known_providers(runtime.providers);
  std::erase(providers, OnnxRuntimeProvider::kCpu);
  return providers;
}

}  // namespace

// fp16: 0.02, as bf16's and the device tests' limit.
int allowed_levels(bool half) { return half ? 5 : 1; }

ProviderChoice judge_providers(std::span<const ProviderTrial> trials, double native_faces_per_second,
                               int allowed) {
  const ProviderTrial* best = nullptr;
  std::string others;
  for (const ProviderTrial& trial : trials) {
    const auto name = names_of(trial.provider).ours;
    if (!trial.refused.empty()) {
      others += fmt::format("; {}: {}", name, trial.refused);
    } else if (trial.farthest > allowed) {
      others += fmt::format("; {} miscomputes: {} levels from the CPU's face", name, trial.farthest);
    } else if (best == nullptr || trial.faces_per_second > best->faces_per_second) {
      best = &trial;
    }
  }
  if (best == nullptr) return {OnnxRuntimeProvider::kCpu, "no GPU computes here" + others};
  const std::string rates = fmt::format("{} makes {:.1f} faces a second{}, the native backend {:.1f}",
                                        names_of(best->provider).ours, best->faces_per_second,
                                        best->batch > 1 ? fmt::format(" in batches of {}", best->batch) : "",
                                        native_faces_per_second);
  if (best->faces_per_second <= native_faces_per_second) return {OnnxRuntimeProvider::kCpu, rates + others};
  return {best->provider, rates + others, best->batch};
}

ProviderTrial try_provider(const fs::path& model, const GeneratorShape& shape, BackendOptions options,
                           OnnxRuntimeProvider provider, std::optional<Image>& expected) {
  ProviderTrial best;
  best.provider = options.provider = provider;
  const auto batches = batches_to_try(options, provider);
  const auto length = kTrial / static_cast<int>(batches.size());
  for (const int batch : batches) {
    ProviderTrial trial = best;
    options.batch = batch;
    const Status tried = try_batch(model, shape, options, expected, length, trial);
    if (!tried) trial.refused = tried.error().what;
    const bool first = batch == batches.front(), works = tried && trial.faces_per_second > 0;
    if (first || (works && trial.faces_per_second > best.faces_per_second)) best = trial;
    if (first && !works) break;
  }
  return best;
}

Result<double> faces_per_second(GeneratorBackend& backend, const GeneratorShape& shape,
                                std::chrono::milliseconds length) {
  std::vector<std::unique_ptr<GeneratorWorker>> workers;
  for (int k = 0; k < backend.workers(); ++k) {
    workers.push_back(FRAMEGEN_TRY(backend.make_worker()));
    TrialJobs warm(shape, backend.batch(), kOfALoop);
    FRAMEGEN_TRY(workers.back()->run(warm.list()));
  }
  std::atomic<std::int64_t> made{0};
  const auto begin = Clock::now();
  std::vector<Status> ended(workers.size());
  try {
    Crew crew;
    for (std::size_t k = 0; k < workers.size(); ++k)
      crew.start([&, k] {
        TrialJobs jobs(shape, backend.batch(), kOfALoop);
        while (ended[k] && Clock::now() - begin < length) {
          ended[k] = workers[k]->run(jobs.list());
          made += backend.batch();
        }
      });
  } catch (const std::system_error& e) {
    return Error{ErrorCode::kInternal, "threads", e.what(), "use fewer --threads"};
  }
  const double took_s = std::chrono::duration<double>(Clock::now() - begin).count();
  for (Status& status : ended) FRAMEGEN_TRY(std::move(status));
  return static_cast<double>(made) / took_s;
}

Result<ProviderChoice> choose_provider(const fs::path& model, const GeneratorShape& shape,
                                       const BackendOptions& options) {
  const auto runtime = describe_onnxruntime();
  if (!runtime)
    return ProviderChoice{OnnxRuntimeProvider::kCpu, "no GPU computes here: ONNX Runtime is missing"};
  const std::string here = circumstances(model, options, *runtime);
  if (auto known = remembered(options.image_parts.cache_folder, here)) return *std::move(known);
  std::vector<ProviderTrial> trials;
  std::optional<Image> expected;
  for (const OnnxRuntimeProvider provider : providers_beside_the_cpu(*runtime))
    trials.push_back(try_provider(model, shape, options, provider, expected));
  const bool any =
      std::ranges::any_of(trials, [](const ProviderTrial& trial) { return trial.faces_per_second > 0; });
  ProviderChoice choice = judge_providers(trials, any ? FRAMEGEN_TRY(native_rate(model, shape, options)) : 0,
                                          allowed_levels(options.half_on_device));
  remember(options.image_parts.cache_folder, here, choice);
  return choice;
}

}  // namespace framegen
