// command.cpp: the words that all subcommands understand.
#include "command.hpp"

#include <unistd.h>

#include <cstdio>
#include <cstdlib>

#include "words/user_words.hpp"

namespace framegen::app {

Loudness loudness = Loudness::kUsual;

void EngineWords::add_to(CLI::App& command) {
  command.add_option("--backend", backend, "what runs the generator: auto, onnxruntime, native")
      ->capture_default_str()
      ->check(CLI::IsMember({"auto", "onnxruntime", "native"}));
  mode_ = command
              .add_option("--mode", mode,
                          "how ONNX Runtime is used: sequential, mutex, session-pool, shared-session")
              ->check(CLI::IsMember({"sequential", "mutex", "session-pool", "shared-session"}));
  command
      .add_option(
          "--provider", provider,
          "ONNX Runtime's execution provider: auto (the fastest that is right), cpu, webgpu (any GPU), "
          "cuda, tensorrt, coreml, openvino, directml")
      ->check(CLI::IsMember(all_provider_names()));
  add_native_to(command);
  command.add_option("--batch", batch, "faces per call; 0: what suits the mode")->check(CLI::Range(0, 64));
  command.add_flag("--latency", low_latency,
                   "native backend: all threads share one face: each is ready sooner, fewer a second");
  command
      .add_option(
          "--image-parts", image_parts,
          "of template frames: what-pays, keep (all that fits), once (run the whole network each time)")
      ->check(CLI::IsMember({"what-pays", "keep", "once"}));
  command
      .add_option(
          "--disk-mb", disk_mb,
          "for the avatar's cache/ folder, beside what framegen prepare wrote; 0: neither read nor written")
      ->capture_default_str()
      ->check(CLI::Range(0, 1 << 30));
  command.add_flag("--no-cache", no_cache, "do not use the avatar's cache/ folder");
}

void EngineWords::add_native_to(CLI::App& command) {
  command
      .add_option(
          "--precision", precision,
          "fp32; of the native backend bf16, int8, or auto: the fastest that was measured to look like "
          "fp32 (framegen calibrate); of a GPU fp16")
      ->capture_default_str()
      ->check(CLI::IsMember({"auto", "fp32", "bf16", "int8", "fp16"}));
  command.add_option("--cpu", cpu, "use no better instruction set than: scalar, sse4, avx2, avx3, amx, neon")
      ->check(CLI::IsMember({"scalar", "sse4", "avx2", "avx3", "amx", "neon"}));
  command.add_option("--threads", threads, "worker threads; 0: one per core")
      ->check(CLI::Range(0, kMostThreads));
  command
      .add_option("--memory-mb", memory_mb,
                  "for what is kept of template frames; more is faster; 0: a quarter of the memory")
      ->check(CLI::Range(0, 1 << 30));
}

Result<EngineOptions> EngineWords::options() const {
  const auto ignored = [](const char* option, const char* why, const char* instead) {
    return Error{ErrorCode::kBadUse, option, why, instead};
  };
  if (mode_ != nullptr && mode_->count() > 0 && backend != "onnxruntime")
    return ignored("--mode", "is a way to use ONNX Runtime, which was not chosen",
                   "add --backend onnxruntime, or leave it out");
  if (low_latency && backend == "onnxruntime")
    return ignored("--latency", "is of the native backend, and ONNX Runtime was chosen",
                   "leave one of them out");
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
  if (!provider.empty()) options.provider = FRAMEGEN_TRY(provider_named(provider));
  options.precision = precision == "bf16"   ? Precision::kBf16
                      : precision == "int8" ? Precision::kInt8
                      : precision == "auto" ? Precision::kAuto
                      : precision == "fp16" ? Precision::kFp16
                                            : Precision::kFp32;
  options.image_parts = image_parts == "keep"   ? ImageParts::kKeep
                        : image_parts == "once" ? ImageParts::kOnce
                                                : ImageParts::kWhatPays;
  options.memory_budget_bytes = memory_mb * 1'000'000;
  options.disk_budget_bytes = disk_mb * 1'000'000;
  options.keep_image_parts_on_disk = !no_cache;
  options.map_image_parts = true;  // main.cpp says what has happened where such a file is cut
  options.on_warning = print_warning;
  options.cpu = cpu.empty() && std::getenv("FRAMEGEN_CPU") != nullptr ? std::getenv("FRAMEGEN_CPU") : cpu;
  return options;
}

int fail(const Error& error) {
  std::fprintf(stderr, "%serror: %s\n", ::isatty(STDERR_FILENO) ? "\r\x1b[K" : "",
               in_users_words(error).message().c_str());
  return static_cast<int>(error.code);
}

void print_warning(std::string_view text) {
  if (loudness == Loudness::kQuiet) return;
  std::fprintf(stderr, "warning: %s\n", in_users_words(std::string(text)).c_str());
}

void print_detail(const std::string& text) {
  if (loudness == Loudness::kVerbose) std::fprintf(stderr, "%s\n", in_users_words(text).c_str());
}

void tell_precision(const AvatarInfo& avatar) {
  if (avatar.precision_reason.empty() || loudness == Loudness::kQuiet) return;
  std::fprintf(stderr, "framegen: %s speaks in %s\n", avatar.name.c_str(),
               in_users_words(avatar.precision_reason).c_str());
}

void print_done(const std::string& text) {
  if (loudness != Loudness::kQuiet) std::printf("%s\n", text.c_str());
}

}  // namespace framegen::app
