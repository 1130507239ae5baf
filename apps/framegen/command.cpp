// command.cpp: the words that all subcommands understand.
#include "command.hpp"

#include <unistd.h>

#include <cstdio>
#include <cstdlib>

#include "shipped_files.hpp"

namespace framegen::app {

void EngineWords::add_to(CLI::App& command) {
  command.add_option("--backend", backend, "what runs the generator: auto, onnxruntime, native")
      ->capture_default_str()
      ->check(CLI::IsMember({"auto", "onnxruntime", "native"}));
  command
      .add_option("--mode", mode, "how ONNX Runtime is used: sequential, mutex, session-pool, shared-session")
      ->check(CLI::IsMember({"sequential", "mutex", "session-pool", "shared-session"}));
  command.add_option("--provider", provider, "ONNX Runtime's execution provider: cpu, cuda, coreml")
      ->check(CLI::IsMember({"cpu", "cuda", "coreml"}));
  command.add_option("--precision", precision, "of the native backend: fp32, bf16, int8")
      ->check(CLI::IsMember({"fp32", "bf16", "int8"}));
  command.add_option("--cpu", cpu, "use no better instruction set than: scalar, sse4, avx2, avx3, neon")
      ->check(CLI::IsMember({"scalar", "sse4", "avx2", "avx3", "neon"}));
  command.add_option("--threads", threads, "worker threads; 0: one per core")
      ->check(CLI::Range(0, kMostThreads));
  command.add_option("--batch", batch, "faces per call; 0: what suits the mode")->check(CLI::Range(0, 64));
  command.add_flag("--latency", low_latency,
                   "native backend: all threads share one face: each is ready sooner, fewer a second");
  command
      .add_option("--memory-mb", memory_mb,
                  "for what is kept of template frames; more is faster; 0: a quarter of the memory")
      ->check(CLI::Range(0, 1 << 30));
  command
      .add_option(
          "--image-parts", image_parts,
          "of template frames: what-pays, keep (all that fits), once (run the whole network each time)")
      ->check(CLI::IsMember({"what-pays", "keep", "once"}));
  command.add_flag("--no-cache", no_cache, "do not write the avatar's cache/ folder");
}

EngineOptions EngineWords::options() const {
  EngineOptions options;
  options.threads = threads;
  options.batch = batch;
  options.low_latency = low_latency;
  options.backend = backend == "native"        ? Backend::kNative
                    : backend == "onnxruntime" ? Backend::kOnnxRuntime
                                               : Backend::kAuto;
  options.mode = mode == "sequential"     ? Mode::kSequential
                 : mode == "mutex"        ? Mode::kMutex
                 : mode == "session-pool" ? Mode::kSessionPool
                                          : Mode::kSharedSession;
  options.provider = provider == "cuda"     ? Provider::kCuda
                     : provider == "coreml" ? Provider::kCoreMl
                                            : Provider::kCpu;
  options.precision = precision == "bf16"   ? Precision::kBf16
                      : precision == "int8" ? Precision::kInt8
                                            : Precision::kFp32;
  options.image_parts = image_parts == "keep"   ? ImageParts::kKeep
                        : image_parts == "once" ? ImageParts::kOnce
                                                : ImageParts::kWhatPays;
  options.memory_budget_bytes = memory_mb * 1'000'000;
  options.keep_image_parts_on_disk = !no_cache;
  options.on_warning = print_warning;
  options.cpu = cpu.empty() && std::getenv("FRAMEGEN_CPU") != nullptr ? std::getenv("FRAMEGEN_CPU") : cpu;
  return options;
}

Result<std::filesystem::path> avatar_folder(const std::string& given) {
  if (!given.empty()) return std::filesystem::path(given);
  if (const char* named = std::getenv("FRAMEGEN_AVATAR"); named != nullptr && *named != '\0')
    return std::filesystem::path(named);
  if (const auto json = shipped_file("avatars/ava/avatar.json")) return json->parent_path();
  return Error{ErrorCode::kBadAvatar, "--avatar", "no avatar was named and the default one is not installed",
               "name one: --avatar DIR"};
}

int fail(const Error& error) {
  std::fprintf(stderr, "%serror: %s\n", ::isatty(STDERR_FILENO) ? "\r\x1b[K" : "", error.message().c_str());
  return static_cast<int>(error.code);
}

void print_warning(std::string_view text) {
  std::fprintf(stderr, "warning: %.*s\n", static_cast<int>(text.size()), text.data());
}

}  // namespace framegen::app
