// synth_model.cpp: the seeded numbers (docs/models.md, "Numbers").
#include "generator/synth_model.hpp"

#include <fmt/format.h>

#include <cmath>
#include <string_view>
#include <system_error>

#include "core/files.hpp"

namespace framegen {
namespace {

constexpr std::uint64_t kStep = 0x9E3779B97F4A7C15u;

std::uint64_t mix(std::uint64_t z) {
  z ^= z >> 30;
  z *= 0xBF58476D1CE4E5B9u;
  z ^= z >> 27;
  z *= 0x94D049BB133111EBu;
  return z ^ (z >> 31);
}

std::uint64_t fnv(std::string_view name) {
  std::uint64_t hash = 0xCBF29CE484222325u;
  for (const char c : name) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001B3u;
  return hash;
}

void fill_uniform(std::uint64_t seed, const std::string& name, double bound, std::span<float> values) {
  const std::uint64_t base = mix(seed + kStep) ^ fnv(name);
  for (std::size_t i = 0; i < values.size(); ++i) {
    const std::uint64_t z = mix(base + (i + 1) * kStep);
    values[i] = static_cast<float>((2.0 * static_cast<double>(z >> 40) / 16777216.0 - 1.0) * bound);
  }
}

double role_gain(ConvolutionRole role) {
  switch (role) {
    case ConvolutionRole::kExpand:
    case ConvolutionRole::kDepthwise:
    case ConvolutionRole::kPlain:
      return std::sqrt(2.0);
    case ConvolutionRole::kProject:
      return 1.0;
    case ConvolutionRole::kResidualProject:
    case ConvolutionRole::kResidualPlain:
      return 0.5;
    case ConvolutionRole::kOut:
      return 3.0;
  }
  return 1.0;
}

// The last two blocks' depthwise kernels sum to zero round an untouched centre: a picture without
// checkerboards.
void make_odd(std::span<float> kernels) {
  for (std::size_t k = 0; k + 9 <= kernels.size(); k += 9)
    for (std::size_t tap = 0; tap < 4; ++tap) kernels[k + 8 - tap] = -kernels[k + tap];
}

bool has_odd_kernels(const Convolution& convolution) {
  return convolution.role == ConvolutionRole::kDepthwise &&
         (convolution.name.starts_with("up4.") || convolution.name.starts_with("up5."));
}

}  // namespace

WeightSource seeded_weights(std::uint64_t seed) {
  return [seed](const Convolution& convolution, std::span<float> weight, std::span<float> bias) -> Status {
    const double extra = convolution.name == "audio.5" ? 10.0 : 1.0;
    const double gain = role_gain(convolution.role) * extra;
    const double bound = std::sqrt(3.0 / static_cast<double>(convolution.fan_in())) * gain;
    fill_uniform(seed, convolution.name + ".weight", bound, weight);
    if (has_odd_kernels(convolution)) make_odd(weight);
    fill_uniform(seed, convolution.name + ".bias", 0.1, bias);
    return {};
  };
}

Result<SynthModel> make_synth_model(const SynthModelOptions& options) {
  if (options.arch != "synctalk328")
    return Error{ErrorCode::kBadUse, "--arch " + options.arch, "unknown architecture", "use synctalk328"};
  if (options.width != 1 && options.width != 0.5)
    return Error{ErrorCode::kBadUse, fmt::format("--width {}", options.width), "no such width",
                 "use 1 or 0.5"};
  std::array<std::int64_t, 5> channels{32, 64, 128, 256, 512};
  if (options.width == 0.5)
    for (std::int64_t& c : channels) c /= 2;
  const WeightSource weights = seeded_weights(options.seed);
  SynthModel model;
  model.generator = FRAMEGEN_TRY(write_onnx(synctalk328_generator(channels), weights));
  model.audio_encoder = FRAMEGEN_TRY(write_onnx(synctalk_audio_encoder(), weights));
  return model;
}

Status write_synth_model(const SynthModelOptions& options, const std::filesystem::path& folder) {
  const SynthModel model = FRAMEGEN_TRY(make_synth_model(options));
  std::error_code failed;
  std::filesystem::create_directories(folder, failed);
  if (failed)
    return Error{ErrorCode::kBadOutput, folder.string(), "cannot make this folder: " + failed.message(),
                 "choose another with -o"};
  FRAMEGEN_TRY(write_file(folder / "generator.onnx", model.generator));
  return write_file(folder / "audio_encoder.onnx", model.audio_encoder);
}

}  // namespace framegen
