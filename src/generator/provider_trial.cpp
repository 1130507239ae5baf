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
#include "generator/trial_jobs.hpp"
#include "nn/graph/graph.hpp"

namespace framegen {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

constexpr auto kTrial = std::chrono::milliseconds(2000);
constexpr int kAllowedLevels = 1;
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

Result<std::unique_ptr<GeneratorBackend>> on_provider(const fs::path& model, const GeneratorShape& shape,
                                                      BackendOptions options, OnnxRuntimeProvider provider) {
  options.provider = provider;
  return make_on_provider(model, shape, options);
}

Status try_one(const fs::path& model, const GeneratorShape& shape, const BackendOptions& options,
               std::optional<Image>& expected, ProviderTrial& trial) {
  const auto backend = FRAMEGEN_TRY(on_provider(model, shape, options, trial.provider));
  if (!expected) {  // of the CPU, which is asked only where another has started
    const auto cpu = FRAMEGEN_TRY(on_provider(model, shape, options, OnnxRuntimeProvider::kCpu));
    expected = FRAMEGEN_TRY(one_face(*cpu, shape));
  }
  trial.farthest = farthest_of(FRAMEGEN_TRY(one_face(*backend, shape)), *expected);
  if (trial.farthest <= kAllowedLevels)
    trial.faces_per_second = FRAMEGEN_TRY(faces_per_second(*backend, shape, kTrial));
  return {};
}

// In memory alone, a loop of one frame: the trial's picture must not become a part of the avatar's.
Result<double> native_rate(const fs::path& model, const GeneratorShape& shape, BackendOptions options) {
  options.kind = BackendKind::kNative;
  options.provider = OnnxRuntimeProvider::kCpu;
  options.fastest_provider = false;
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
  std::string all = fmt::format("{} {} {} {} {} {} {} {}", FRAMEGEN_VERSION, runtime.version, runtime.path,
                                describe_machine().cpu, options.threads, options.batch,
                                static_cast<int>(options.precision), fs::file_size(model, ignored));
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
  if (word("circumstances") != here) return std::nullopt;
  const auto named = std::ranges::find(provider_names(), word("provider"), &ProviderNames::ours);
  if (named == provider_names().end()) return std::nullopt;
  return ProviderChoice{named->provider, word("reason") + " (a trial of before)"};
}

// What cannot be remembered is tried again: no error.
void remember(const fs::path& folder, const std::string& here, const ProviderChoice& choice) {
  if (folder.empty()) return;
  std::error_code ignored;
  fs::create_directories(folder, ignored);
  const nlohmann::ordered_json json{
      {"circumstances", here}, {"provider", names_of(choice.provider).ours}, {"reason", choice.reason}};
  [[maybe_unused]] const auto written = write_file(folder / kRemembered, json.dump(2) + "\n");
}

std::vector<OnnxRuntimeProvider> providers_beside_the_cpu(const OnnxRuntimeDescription& runtime) {
  auto providers = known_providers(runtime.providers);
  std::erase(providers, OnnxRuntimeProvider::kCpu);
  return providers;
}

}  // namespace

ProviderChoice judge_providers(std::span<const ProviderTrial> trials, double native_faces_per_second) {
  const ProviderTrial* best = nullptr;
  std::string others;
  for (const ProviderTrial& trial : trials) {
    const auto name = names_of(trial.provider).ours;
    if (!trial.refused.empty()) {
      others += fmt::format("; {}: {}", name, trial.refused);
    } else if (trial.farthest > kAllowedLevels) {
      others += fmt::format("; {} miscomputes: {} levels from the CPU's face", name, trial.farthest);
    } else if (best == nullptr || trial.faces_per_second > best->faces_per_second) {
      best = &trial;
    }
  }
  if (best == nullptr) return {OnnxRuntimeProvider::kCpu, "no GPU computes here" + others};
  const std::string rates =
      fmt::format("{} makes {:.1f} faces a second, the native backend {:.1f}", names_of(best->provider).ours,
                  best->faces_per_second, native_faces_per_second);
  return {best->faces_per_second > native_faces_per_second ? best->provider : OnnxRuntimeProvider::kCpu,
          rates + others};
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
  for (const OnnxRuntimeProvider provider : providers_beside_the_cpu(*runtime)) {
    ProviderTrial& trial = trials.emplace_back();
    trial.provider = provider;
    if (const Status tried = try_one(model, shape, options, expected, trial); !tried)
      trial.refused = tried.error().what;
  }
  const bool any =
      std::ranges::any_of(trials, [](const ProviderTrial& trial) { return trial.faces_per_second > 0; });
  ProviderChoice choice = judge_providers(trials, any ? FRAMEGEN_TRY(native_rate(model, shape, options)) : 0);
  remember(options.image_parts.cache_folder, here, choice);
  return choice;
}

}  // namespace framegen
