// speaker_networks.cpp: engine options become a backend's, and the audio encoder must give the windows that
// the generator takes.
#include "pipeline/speaking/speaker_networks.hpp"

#include <algorithm>

#include "core/machine.hpp"
#include "features/waveform_stream.hpp"
#include "generator/calibration.hpp"
#include "nn/load_network.hpp"
#include "pipeline/speaking/least_memory.hpp"

namespace framegen {
namespace {

BackendOptions backend_options(const Manifest& manifest, const EngineOptions& options,
                               const std::filesystem::path& cache_folder) {
  BackendOptions chosen;
  chosen.kind = static_cast<BackendKind>(options.backend);
  chosen.mode = static_cast<OnnxRuntimeMode>(options.mode);
  chosen.fastest_provider = options.provider == Provider::kAuto;
  if (!chosen.fastest_provider) chosen.provider = static_cast<OnnxRuntimeProvider>(options.provider);
  chosen.threads = options.threads;
  chosen.batch = options.batch;
  chosen.warn = options.on_warning;
  chosen.low_latency = options.low_latency;
  chosen.image_parts.memory_budget_bytes = options.memory_budget_bytes - prepared_budget(manifest, options);
  chosen.template_frames = static_cast<int>(manifest.frames.size());
  if (options.image_parts == ImageParts::kKeep) chosen.image_parts.keep = KeepImageParts::kAlways;
  if (options.image_parts == ImageParts::kOnce) chosen.image_parts.keep = KeepImageParts::kNever;
  if (options.precision == Precision::kBf16) chosen.precision = ProductPrecision::kBFloat16;
  if (options.precision == Precision::kInt8) chosen.precision = ProductPrecision::kInt8;
  chosen.half_on_device = options.precision == Precision::kFp16;
  chosen.image_parts.map = options.map_image_parts;
  chosen.image_parts.disk_budget_bytes = options.disk_budget_bytes;
  if (options.keep_image_parts_on_disk && options.disk_budget_bytes != 0)
    chosen.image_parts.cache_folder = cache_folder;
  return chosen;
}

// 16 bits for mel spectrograms, where the generator takes no more; a waveform's samples want every bit.
// Nor where a search found that the faces need it whole.
ProductPrecision encoder_precision(const AudioSpec& audio, Precision asked,
                                   const std::filesystem::path& generator) {
  if (asked == Precision::kFp32 || asked == Precision::kFp16 || audio.features == kHubertFeatures)
    return ProductPrecision::kFloat32;
  const auto calibration = calibration_of(generator);
  return calibration && calibration->whole_encoder ? ProductPrecision::kFloat32 : ProductPrecision::kBFloat16;
}

}  // namespace

GeneratorShape shape_of(const Manifest& manifest) {
  GeneratorShape shape;
  shape.image_size = manifest.image.size;
  shape.mask = manifest.image.mask;
  shape.masked_first = manifest.image.order == ImageOrder::kMaskedReal;
  shape.audio_window = manifest.audio.shape;
  shape.image_tensor = manifest.tensors.image;
  shape.audio_tensor = manifest.tensors.audio;
  shape.output_tensor = manifest.tensors.output;
  return shape;
}

std::size_t window_size_of(const Manifest& manifest) {
  std::size_t size = 1;
  for (const int d : manifest.audio.shape) size *= static_cast<std::size_t>(d);
  return size;
}

std::uint64_t prepared_budget(const Manifest& manifest, const EngineOptions& options) {
  const auto size = static_cast<std::uint64_t>(manifest.image.crop);
  const std::uint64_t frame =
      static_cast<std::uint64_t>(manifest.width) * static_cast<std::uint64_t>(manifest.height) * 9 / 2 +
      size * size * 3 + (std::uint64_t{64} << 10);
  // Decoding and cropping one anew costs more for its bytes than computing again what the smaller forms of a
  // kept part leave out.
  return std::min(options.memory_budget_bytes / 3 * 2, frame * manifest.frames.size());
}

Result<std::unique_ptr<FeatureSource>> SpeakerNetworks::make_feature_source(
    const AudioSpec& audio, std::int64_t first_feature) const {
  if (audio.features == kHubertFeatures)
    return std::unique_ptr<FeatureSource>(
        FRAMEGEN_TRY(WaveformStream::create(*audio_encoder, first_feature)));
  AudioEncoder encoder =
      audio.is_direct() ? AudioEncoder::direct() : FRAMEGEN_TRY(AudioEncoder::create(*audio_encoder));
  return std::unique_ptr<FeatureSource>(std::make_unique<FeatureStream>(std::move(encoder), first_feature));
}

Result<AudioWindowStream> SpeakerNetworks::make_window_stream(const AudioSpec& audio,
                                                              std::int64_t first_frame, int ahead) const {
  const AudioWindowRange range{audio.first, audio.last, ahead < 0 ? audio.last : ahead};
  auto source =
      FRAMEGEN_TRY(make_feature_source(audio, AudioWindowStream::first_feature(range, first_frame)));
  return AudioWindowStream(std::move(source), range, first_frame);
}

Result<SpeakerNetworks> SpeakerNetworks::load(const Manifest& manifest,
                                              const std::filesystem::path& generator,
                                              const std::filesystem::path& audio_encoder,
                                              const EngineOptions& options,
                                              const std::filesystem::path& cache_folder, bool preparing) {
  FRAMEGEN_TRY(check_memory(generator, audio_encoder, options.threads, memory_bytes()));
  SpeakerNetworks networks;
  if (!manifest.audio.is_direct())
    networks.audio_encoder =
        FRAMEGEN_TRY(load_network(audio_encoder, static_cast<NetworkChoice>(options.backend),
                                  encoder_precision(manifest.audio, options.precision, generator)));
  auto source = networks.make_feature_source(manifest.audio, 0);
  if (!source) return std::move(source).error().within(audio_encoder.string());
  const std::size_t window =
      static_cast<std::size_t>(manifest.audio.last - manifest.audio.first + 1) * (*source)->feature_size();
  if (window != window_size_of(manifest))
    return Error{ErrorCode::kBadAvatar, manifest.audio.is_direct() ? "audio.shape" : audio_encoder.string(),
                 "gives windows of " + std::to_string(window) + " values, expected " +
                     std::to_string(window_size_of(manifest)) + " (audio.shape)",
                 "use the audio encoder that belongs to this generator"};
  BackendOptions backend = backend_options(manifest, options, cache_folder);
  backend.image_parts.preparing = preparing;
  networks.generator = FRAMEGEN_TRY(make_backend(generator, shape_of(manifest), backend));
  return networks;
}

}  // namespace framegen
