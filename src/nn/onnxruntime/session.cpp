// session.cpp: settings for each session of its own, and ONNX Runtime's exceptions made errors.
#include "nn/onnxruntime/session.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <exception>
#include <span>

#include "nn/onnxruntime/device_parts.hpp"
#include "nn/onnxruntime/provider.hpp"

namespace framegen {
namespace {

constexpr std::string_view kOutOfMemory = "out of memory";

// Each session has settings of its own: of two made with the same ones the WebGPU provider of 1.30 crashes
// where the second ends.
template <class Open>
Result<Ort::Session> open(const OnnxRuntimeLibrary& library, const std::string& name,
                          const OnnxRuntimeOptions& options, const Open& session) {
  try {
    Ort::SessionOptions settings;
    settings.SetIntraOpNumThreads(options.intra_op_threads);
    settings.SetInterOpNumThreads(1);
    settings.SetLogSeverityLevel(ORT_LOGGING_LEVEL_FATAL);
    const ProviderTurn turn(options.provider);
    const DawnSilenced silenced(options.provider);
    FRAMEGEN_TRY(append_provider(library, settings, options.provider));
    return session(settings);
  } catch (const Ort::Exception& e) {
    // A GPU's provider looks for its device only now.
    if (options.provider != OnnxRuntimeProvider::kCpu && e.GetOrtErrorCode() != ORT_INVALID_PROTOBUF &&
        e.GetOrtErrorCode() != ORT_INVALID_GRAPH && e.GetOrtErrorCode() != ORT_NO_SUCHFILE)
      return does_not_start(options.provider, e.what());
    return not_readable(name, e.what());
  } catch (const std::exception& e) {
    return Error{ErrorCode::kInternal, name, first_line(e.what()), ""};
  }
}

// Words of CUDA, Dawn, Metal and Direct3D, and of ONNX Runtime's own allocator.
constexpr std::string_view kOfMemory[] = {"allocate memory", "out of memory",      "Out of memory",
                                          "OutOfMemory",     "out-of-memory",      "OUT_OF_DEVICE_MEMORY",
                                          "E_OUTOFMEMORY",   "failed to allocate", "Failed to allocate"};
constexpr std::string_view kOfLoss[] = {"evice lost", "evice is lost", "DEVICE_LOST", "evice was lost",
                                        "DEVICE_REMOVED"};

bool speaks(std::string_view line, std::span<const std::string_view> words) {
  return std::ranges::any_of(words, [&](std::string_view word) { return line.find(word) != line.npos; });
}

}  // namespace

Result<Ort::Session> open_session(const OnnxRuntimeLibrary& library, std::span<const std::uint8_t> model,
                                  const std::string& name, const OnnxRuntimeOptions& options) {
  return open(library, name, options, [&](const Ort::SessionOptions& settings) {
    return Ort::Session(library.env, model.data(), model.size(), settings);
  });
}

Result<Ort::Session> open_session(const OnnxRuntimeLibrary& library, const std::filesystem::path& model,
                                  const OnnxRuntimeOptions& options) {
  return open(library, model.string(), options, [&](const Ort::SessionOptions& settings) {
    return Ort::Session(library.env, model.c_str(), settings);
  });
}

std::string first_line(std::string_view text) { return std::string(text.substr(0, text.find('\n'))); }

Error not_readable(const std::string& name, std::string_view reason) {
  return {ErrorCode::kBadAvatar, name, "not a network that ONNX Runtime can run (" + first_line(reason) + ")",
          "export it again"};
}

Error run_failed(OnnxRuntimeProvider provider, std::string_view reason) {
  const std::string line = first_line(reason);
  const bool cpu = provider == OnnxRuntimeProvider::kCpu;
  const std::string where =
      cpu ? std::string("ONNX Runtime") : fmt::format("--provider {}", names_of(provider).ours);
  if (speaks(line, kOfMemory))
    return {ErrorCode::kInternal, where, fmt::format("{} ({})", kOutOfMemory, line),
            cpu ? "use fewer threads or a smaller batch"
                : "use a smaller --batch or --memory-mb, or leave --provider out: the CPU computes"};
  if (!cpu && speaks(line, kOfLoss))
    return {ErrorCode::kInternal, where, fmt::format("the device was lost ({})", line),
            "look at the driver, or leave --provider out: the CPU computes"};
  return {ErrorCode::kBadAvatar, where, "the network does not run (" + line + ")",
          cpu ? "export it again" : "leave --provider out: the CPU computes; or export the network again"};
}

bool is_out_of_device_memory(const Error& error) { return error.what.starts_with(kOutOfMemory); }

}  // namespace framegen
