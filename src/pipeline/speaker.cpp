// speaker.cpp: opens an avatar's networks and frames and wires them together.
#include "pipeline/speaker.hpp"

#include <algorithm>

#include "features/waveform_stream.hpp"
#include "nn/load_network.hpp"

namespace framegen {
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

namespace {

std::size_t window_size_of(const Manifest& manifest) {
  std::size_t size = 1;
  for (const int d : manifest.audio.shape) size *= static_cast<std::size_t>(d);
  return size;
}

BackendOptions backend_options(const EngineOptions& options, const std::filesystem::path& cache_folder) {
  BackendOptions chosen;
  chosen.kind = static_cast<BackendKind>(options.backend);
  chosen.mode = static_cast<OnnxRuntimeMode>(options.mode);
  chosen.provider = static_cast<OnnxRuntimeProvider>(options.provider);
  chosen.threads = options.threads;
  chosen.batch = options.batch;
  chosen.image_parts.memory_budget_bytes = options.memory_budget_bytes / 2;
  if (options.keep_image_parts_on_disk) chosen.image_parts.cache_folder = cache_folder;
  return chosen;
}

}  // namespace

Result<std::unique_ptr<FeatureSource>> SpeakerNetworks::make_feature_source(
    const AudioSpec& audio, std::int64_t first_feature) const {
  if (audio.features == kHubertFeatures)
    return std::unique_ptr<FeatureSource>(
        FRAMEGEN_TRY(WaveformStream::create(*audio_encoder, first_feature)));
  AudioEncoder encoder =
      audio.is_direct() ? AudioEncoder::direct() : FRAMEGEN_TRY(AudioEncoder::create(*audio_encoder));
  return std::unique_ptr<FeatureSource>(std::make_unique<FeatureStream>(std::move(encoder), first_feature));
}

Result<SpeakerNetworks> SpeakerNetworks::load(const Manifest& manifest,
                                              const std::filesystem::path& generator,
                                              const std::filesystem::path& audio_encoder,
                                              const EngineOptions& options,
                                              const std::filesystem::path& cache_folder) {
  SpeakerNetworks networks;
  if (!manifest.audio.is_direct())
    networks.audio_encoder =
        FRAMEGEN_TRY(load_network(audio_encoder, static_cast<NetworkChoice>(options.backend)));
  auto source = networks.make_feature_source(manifest.audio, 0);
  if (!source) return std::move(source).error().within(audio_encoder.string());
  const std::size_t window =
      static_cast<std::size_t>(manifest.audio.last - manifest.audio.first + 1) * (*source)->feature_size();
  if (window != window_size_of(manifest))
    return Error{ErrorCode::kBadAvatar, manifest.audio.is_direct() ? "audio.shape" : audio_encoder.string(),
                 "gives windows of " + std::to_string(window) + " values, expected " +
                     std::to_string(window_size_of(manifest)) + " (audio.shape)",
                 "use the audio encoder that belongs to this generator"};
  networks.generator =
      FRAMEGEN_TRY(make_backend(generator, shape_of(manifest), backend_options(options, cache_folder)));
  return networks;
}

Result<std::unique_ptr<Speaker>> Speaker::open(const std::filesystem::path& folder,
                                               const EngineOptions& options) {
  const Log log = [&](LogLevel level, std::string_view text) {
    if (level == LogLevel::kWarning && options.on_warning) options.on_warning(text);
  };
  std::unique_ptr<Speaker> speaker(new Speaker(FRAMEGEN_TRY(AvatarBundle::open(folder, log))));
  const AvatarBundle& bundle = speaker->bundle_;
  speaker->geometry_ = geometry_of(bundle.manifest());
  speaker->networks_ =
      FRAMEGEN_TRY(SpeakerNetworks::load(bundle.manifest(), bundle.generator_file(),
                                         bundle.audio_encoder_file(), options, bundle.cache_folder()));
  speaker->frames_ = std::make_unique<PreparedFrames>(bundle, options.memory_budget_bytes / 2);
  speaker->workers_.resize(static_cast<std::size_t>(std::max(options.threads, speaker->workers())));
  return speaker;
}

std::size_t Speaker::window_size() const { return window_size_of(bundle_.manifest()); }

int Speaker::template_frame(std::int64_t n, int start_frame) const {
  const Manifest& manifest = bundle_.manifest();
  return TemplateLoop(static_cast<int>(manifest.frames.size()), start_frame, manifest.first_index,
                      manifest.turns_twice)
      .at(n);
}

Result<AudioWindowStream> Speaker::make_window_stream(std::int64_t first_frame) const {
  const AudioSpec& audio = bundle_.manifest().audio;
  const AudioWindowRange range{audio.first, audio.last};
  auto source = FRAMEGEN_TRY(make_feature_source(AudioWindowStream::first_feature(range, first_frame)));
  return AudioWindowStream(std::move(source), range, first_frame);
}

Result<GeneratorWorker*> Speaker::generator_worker(int worker) const {
  auto& generator = workers_[static_cast<std::size_t>(worker)].generator;
  if (generator == nullptr) generator = FRAMEGEN_TRY(backend().make_worker());
  return generator.get();
}

Status Speaker::paste(int worker, const PreparedFrame& prepared, ImageView face, Image& area) const {
  const Rectangle& box = prepared.box;
  if (area.width() != prepared.area.width || area.height() != prepared.area.height)
    area = Image(prepared.area.width, prepared.area.height);
  copy_pixels(
      prepared.bgr->view().crop(prepared.area.x, prepared.area.y, prepared.area.width, prepared.area.height),
      area);
  const MutableImageView pasted =
      area.view().crop(box.x - prepared.area.x, box.y - prepared.area.y, box.width, box.height);
  return paste_face(prepared.crop, face, geometry_, workers_[static_cast<std::size_t>(worker)].paste, pasted);
}

}  // namespace framegen
