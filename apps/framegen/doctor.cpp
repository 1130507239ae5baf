// doctor.cpp: framegen doctor: what this machine has, whether it calculates what the reference calculated,
// what is wrong and what to do.
#include <unistd.h>

#include <cmath>

extern "C" {
#include <libavcodec/avcodec.h>
#include <libavutil/avutil.h>
}

#include "command.hpp"
#include "core/gpus.hpp"
#include "core/machine.hpp"
#include "kernels/instruction_set.hpp"
#include "kernels/network/product_precision.hpp"
#include "nn/onnxruntime/onnxruntime_network.hpp"
#include "pipeline/self_test/self_test.hpp"
#include "sink/h264_encoder.hpp"
#include "table.hpp"
#include "voice/voice.hpp"

namespace framegen::app {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

constexpr std::uint64_t kLittleMemory = 1'000'000'000;

// What docs/systems.md says of each system, by the releases of FFmpeg, which differ most.
struct TriedSystem {
  const char* name;
  const char* ffmpeg;
};
constexpr TriedSystem kTried[] = {{"Debian 12 (GCC 12.2, OpenCV 4.6, Highway 1.0)", "5.1"},
                                  {"Debian 13 (GCC 14.2, OpenCV 4.10, Highway 1.2)", "7.1"}};

// What was found out, and in plain words what is wrong with it.
struct Examination {
  Json facts = Json::object();
  Json self_test = Json::array();
  Json problems = Json::array();  // something does not work
  Json advice = Json::array();    // something could be better

  void problem(const std::string& what, const std::string& remedy) {
    problems.push_back({{"what", what}, {"do", remedy}});
  }
  void advise(const std::string& what, const std::string& remedy) {
    advice.push_back({{"what", what}, {"do", remedy}});
  }
};

// Two digits behind the point: more is noise.
double gigabytes(std::uint64_t bytes) { return std::round(static_cast<double>(bytes) / 1e7) / 100; }

// `sets`: what the CPU has, before any limit.
void examine_machine(const std::vector<std::string>& sets, Examination& seen) {
  const Machine machine = describe_machine();
  seen.facts["framegen"] = FRAMEGEN_VERSION;
  seen.facts["built_with"] = FRAMEGEN_BUILT_WITH;
  seen.facts["machine"] = {{"cpu", machine.cpu},
                           {"cores", machine.cores},
                           {"memory_gb", gigabytes(machine.memory_bytes)},
                           {"memory_free_gb", gigabytes(machine.memory_free_bytes)},
                           {"huge_pages", machine.huge_pages},
                           {"system", machine.system},
                           {"instruction_sets", sets},
                           {"in_use", instruction_set()},
                           {"bfloat16", product_precision_is_native(ProductPrecision::kBFloat16)},
                           {"int8", product_precision_is_native(ProductPrecision::kInt8)}};
  if (instruction_set() == "scalar")
    seen.advise("only scalar instructions are in use: many times slower",
                "unset FRAMEGEN_CPU, or use a CPU with SSE4, AVX2 or NEON");
  else if (!sets.empty() && instruction_set() != sets.front())
    seen.advise("instructions are limited to " + instruction_set() + ", this CPU has " + sets.front(),
                "unset FRAMEGEN_CPU");
  if (machine.memory_free_bytes < kLittleMemory)
    seen.advise("less than 1 GB of memory is free",
                "give --memory-mb, fewer --threads, or end other programs");
}

// Which systems framegen was tried on, and whether this FFmpeg is one of theirs.
void examine_ffmpeg_release(Examination& seen) {
  const std::string version = av_version_info();
  Json tried = Json::array();
  std::string releases;
  bool known = false;
  for (const TriedSystem& system : kTried) {
    tried.push_back(std::string(system.name) + ", FFmpeg " + system.ffmpeg);
    releases += (releases.empty() ? "" : ", ") + std::string(system.ffmpeg);
    known = known || version.starts_with(system.ffmpeg);
  }
  seen.facts["tried_on"] = tried;
  if (!known)
    seen.advise("FFmpeg " + version + " is none that framegen was tried with (" + releases + ")",
                "run ./run test");
}

void examine_libraries(Examination& seen) {
  if (const auto runtime = describe_onnxruntime()) {
    seen.facts["onnxruntime"] = {
        {"version", runtime->version}, {"library", runtime->path}, {"providers", runtime->providers}};
    if (!runtime->plugin_refused.empty())
      seen.advise("the provider's library is not used: " + runtime->plugin_refused,
                  "unset FRAMEGEN_PROVIDER_LIBRARY, or name a library that fits (docs/gpu.md)");
  } else {
    seen.facts["onnxruntime"] = "missing";
    seen.advise("ONNX Runtime is missing (" + runtime.error().what +
                    "): networks that the native backend does not know, and bench's comparison, do not run",
                runtime.error().remedy);
  }
  Json encoders = Json::array();
  for (const char* name : {"libx264", "libopenh264", "h264_videotoolbox", "aac"})
    if (avcodec_find_encoder_by_name(name) != nullptr) encoders.push_back(name);
  seen.facts["ffmpeg"] = {
      {"version", av_version_info()}, {"encoders", encoders}, {"video_with", h264_encoder_name()}};
  examine_ffmpeg_release(seen);
  if (h264_encoder_name().empty())
    seen.problem("FFmpeg has no H.264 encoder: no MP4 can be written", "install an FFmpeg with libx264");
  else if (h264_encoder_name() != "libx264")
    seen.advise("videos are encoded with " + h264_encoder_name() + ": --crf and --preset have no effect",
                "install an FFmpeg with libx264");
  seen.facts["espeak_ng"] = voice::espeak_is_there();
}

// A GPU, or something that computes as one, is never needed: what does not start is a fact, and advice where
// there is a GPU.
void examine_gpus(Examination& seen) {
  Json gpus = Json::array(), providers = Json::object();
  bool usable = false, starts = false;
  for (const Gpu& gpu : find_gpus()) {
    gpus.push_back(describe(gpu) + (gpu.computes ? "" : ", programs cannot reach it"));
    usable = usable || gpu.computes;
  }
  for (const Provider provider : providers_there()) {
    const SelfCheck check = check_provider(provider);
    providers[std::string(to_string(provider))] = {{"works", check.passed}, {"seen", check.seen}};
    starts = starts || check.passed;
  }
  seen.facts["gpus"] = gpus;
  seen.facts["gpu_providers"] = providers;
  if (usable && !starts)
    seen.advise("there is a GPU, and ONNX Runtime does not compute on it: see gpu_providers",
                "docs/gpu.md says for each system what to install");
}

void examine_avatar(const std::string& given, Examination& seen) {
  const auto folder = avatar_folder(given);
  if (!folder) {
    seen.facts["avatar"] = "missing";
    seen.problem("no avatar: " + folder.error().what, folder.error().remedy);
    return;
  }
  const fs::path cache = *folder / "cache";
  std::error_code ignored;
  const bool writable = ::access((fs::exists(cache, ignored) ? cache : *folder).c_str(), W_OK) == 0;
  seen.facts["avatar"] = {{"folder", folder->string()}, {"cache_can_be_written", writable}};
  if (!writable)
    seen.advise("the avatar's cache/ cannot be written: every start calculates it again",
                "let a user who may write there render once, or make " + cache.string() + " writable");
}

void examine_arithmetic(const std::string& given, Examination& seen) {
  auto checks = self_test();
  if (const auto folder = avatar_folder(given)) checks.push_back(check_speaking(*folder));
  for (const SelfCheck& check : checks) {
    seen.self_test.push_back(
        {{"name", check.name}, {"passed", check.passed}, {"seen", check.seen}, {"ms", check.ms}});
    if (!check.passed) seen.problem(check.name + ": " + check.seen, check.remedy);
  }
}

void print_for_people(const Examination& seen) {
  print_facts(seen.facts);
  std::printf("self-test\n");
  for (const Json& check : seen.self_test)
    std::printf("  %-22s  %s: %s (%.0f ms)\n", check["name"].get<std::string>().c_str(),
                check["passed"].get<bool>() ? "passed" : "FAILED", check["seen"].get<std::string>().c_str(),
                check["ms"].get<double>());
  const auto list = [](const char* kind, const Json& entries) {
    for (const Json& entry : entries)
      std::printf("%s: %s\n    %s\n", kind, entry["what"].get<std::string>().c_str(),
                  entry["do"].get<std::string>().c_str());
  };
  std::printf("\n");
  list("wrong", seen.problems);
  list("could be better", seen.advice);
  if (seen.problems.empty()) std::printf("framegen works here.\n");
}

Json as_json(const Examination& seen) {
  Json all = seen.facts;
  all["self_test"] = seen.self_test;
  all["problems"] = seen.problems;
  all["advice"] = seen.advice;
  all["works"] = seen.problems.empty();
  return all;
}

int examine(const std::string& avatar, bool json) {
  Examination seen;
  const auto sets = instruction_sets();
  if (const char* limit = std::getenv("FRAMEGEN_CPU"); limit != nullptr && *limit != '\0')
    if (const Status limited = use_at_most(limit); !limited)
      seen.problem("FRAMEGEN_CPU: " + limited.error().message(), "unset FRAMEGEN_CPU");
  examine_machine(sets, seen);
  examine_libraries(seen);
  examine_gpus(seen);
  examine_avatar(avatar, seen);
  examine_arithmetic(avatar, seen);
  if (json)
    print(as_json(seen), true);
  else
    print_for_people(seen);
  return seen.problems.empty() ? 0 : static_cast<int>(ErrorCode::kInternal);
}

}  // namespace

void add_doctor(CLI::App& program, int& exit_code) {
  struct Words {
    std::string avatar;
    bool json = false;
  };
  auto words = std::make_shared<Words>();
  CLI::App* command = program.add_subcommand(
      "doctor", "say what this machine has, test itself, and say what is wrong and what to do");
  command->add_option("--avatar", words->avatar, "that speaks for the test; default: the default one");
  command->add_flag("--json", words->json, "as JSON");
  command->callback([words, &exit_code] { exit_code = examine(words->avatar, words->json); });
}

}  // namespace framegen::app
