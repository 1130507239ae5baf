// session.hpp: a network made ready on the hardware that was asked for, and what its failures mean (inside
// src/nn/onnxruntime only).
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>

#include "nn/onnxruntime/onnxruntime_library.hpp"
#include "nn/onnxruntime/onnxruntime_network.hpp"

namespace framegen {

// `name` stands in error messages. Errors: those of load_onnxruntime_network().
Result<Ort::Session> open_session(const OnnxRuntimeLibrary& library, std::span<const std::uint8_t> model,
                                  const std::string& name, const OnnxRuntimeOptions& options);
Result<Ort::Session> open_session(const OnnxRuntimeLibrary& library, const std::filesystem::path& model,
                                  const OnnxRuntimeOptions& options);

// ONNX Runtime's messages may go over several lines; ours are one.
std::string first_line(std::string_view text);
Error not_readable(const std::string& name, std::string_view reason);
// The tensors were checked before the run: what still fails is memory, the device, or the network itself.
Error run_failed(OnnxRuntimeProvider provider, std::string_view reason);

}  // namespace framegen
