// speaker.cpp: opens an avatar's networks and frames and wires them together.
#include "pipeline/speaking/speaker.hpp"

#include <algorithm>

#include "face/crop.hpp"
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

// No frame of the loop needs more room than this for the pixels that it replaces.
Rectangle largest_area_of(const Manifest& manifest) {
  Rectangle largest;
  for (const Rectangle& box : manifest.boxes) {
    const auto cut = cut_box(box, manifest.width, manifest.height);
    if (!cut) continue;  // an error when that frame is prepared
    const Rectangle area = even_area(*cut, manifest.width, manifest.height);
    largest.width = std::max(largest.width, area.width);
    largest.height = std::max(largest.height, area.height);
  }
  return largest;
}

std::size_t window_size_of(const Manifest& manifest) {
  std::size_t size = 1;
  for (const int d : manifest.audio.shape) size *= static_cast<std::size_t>(d);
  return size;
}

// Template frames as pictures come first, a frame's picture, planes and crop; image parts get the rest.
std::uint64_t prepared_budget(const Manifest& manifest, const EngineOptions& options) {
  const auto size = static_cast<std::uint64_t>(manifest.image.crop);
  const std::uint64_t frame =
      static_cast<std::uint64_t>(manifest.width) * static_cast<std::uint64_t>(manifest.height) * 9 / 2 +
      size * size * 3 + (std::uint64_t{64} << 10);
  return std::min(options.memory_budget_bytes / 2, frame * manifest.frames.size());
}

BackendOptions backend_options(const Manifest& manifest, const EngineOptions& options,
                               const std::filesystem::path& cache_folder) {
  BackendOptions chosen;
  chosen.kind = static_cast<BackendKind>(options.backend);
  chosen.mode = static_cast<OnnxRuntimeMode>(options.mode);
  chosen.provider = static_cast<OnnxRuntimeProvider>(options.provider);
  chosen.threads = options.threads;
  chosen.batch = options.batch;
  chosen.low_latency = options.low_latency;
  chosen.image_parts.memory_budget_bytes = options.memory_budget_bytes - prepared_budget(manifest, options);
  chosen.template_frames = static_cast<int>(manifest.frames.size());
  if (options.image_parts == ImageParts::kKeep) chosen.image_parts.keep = KeepImageParts::kAlways;
  if (options.image_parts == ImageParts::kOnce) chosen.image_parts.keep = KeepImageParts::kNever;
  if (options.precision == Precision::kBf16) chosen.precision = ProductPrecision::kBFloat16;
  if (options.precision == Precision::kInt8) chosen.precision = ProductPrecision::kInt8;
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
  networks.generator = FRAMEGEN_TRY(
      make_backend(generator, shape_of(manifest), backend_options(manifest, options, cache_folder)));
  return networks;
}

Result<std::unique_ptr<Speaker>> Speaker::open(const std::filesystem::path& folder,
                                               const EngineOptions& options) {
  const Log log = [&](LogLevel level, std::string_view text) {
    if (level == LogLevel::kWarning && options.on_warning) options.on_warning(text);
  };
  // Opened first: to return from within a new-expression leaks what it has taken.
  AvatarBundle opened = FRAMEGEN_TRY(AvatarBundle::open(folder, log));
  std::unique_ptr<Speaker> speaker(new Speaker(std::move(opened)));
  const AvatarBundle& bundle = speaker->bundle_;
  speaker->geometry_ = geometry_of(bundle.manifest());
  speaker->largest_area_ = largest_area_of(bundle.manifest());
  speaker->networks_ =
      FRAMEGEN_TRY(SpeakerNetworks::load(bundle.manifest(), bundle.generator_file(),
                                         bundle.audio_encoder_file(), options, bundle.cache_folder()));
  speaker->frames_ = std::make_unique<PreparedFrames>(bundle, prepared_budget(bundle.manifest(), options));
  speaker->workers_.resize(static_cast<std::size_t>(std::max(options.threads, speaker->workers())));
  return speaker;
}

std::size_t Speaker::window_size() const { return window_size_of(bundle_.manifest()); }

int Speaker::template_frame(std::int64_t n, int start_frame) const {
  return template_loop(start_frame).at(n);
}

TemplateLoop Speaker::template_loop(int start_frame) const {
  const Manifest& manifest = bundle_.manifest();
  return TemplateLoop(static_cast<int>(manifest.frames.size()), start_frame, manifest.first_index,
                      manifest.turns_twice);
}

TemplateLoop Speaker::live_loop() const {
  const Manifest& manifest = bundle_.manifest();
  const auto [first, last] =
      manifest.idle.value_or(std::pair{0, static_cast<int>(manifest.frames.size()) - 1});
  return TemplateLoop(last + 1, first, manifest.first_index, manifest.turns_twice);
}

Result<AudioWindowStream> Speaker::make_window_stream(std::int64_t first_frame, int ahead) const {
  const AudioSpec& audio = bundle_.manifest().audio;
  const AudioWindowRange range{audio.first, audio.last, ahead < 0 ? audio.last : ahead};
  auto source = FRAMEGEN_TRY(make_feature_source(AudioWindowStream::first_feature(range, first_frame)));
  return AudioWindowStream(std::move(source), range, first_frame);
}

Result<GeneratorWorker*> Speaker::generator_worker(int worker) const {
  auto& generator = workers_[static_cast<std::size_t>(worker)].generator;
  if (generator == nullptr) generator = FRAMEGEN_TRY(backend().make_worker());
  return generator.get();
}

Status Speaker::paste(int worker, const PreparedFrame& prepared, ImageView face, Image& area) const {
  return paste(workers_[static_cast<std::size_t>(worker)].paste, prepared, face, area);
}

Status Speaker::paste(PasteScratch& scratch, const PreparedFrame& prepared, ImageView face,
                      Image& area) const {
  const Rectangle& box = prepared.box;
  if (area.empty()) area = Image(largest_area_.width, largest_area_.height);
  area.resize(prepared.area.width, prepared.area.height);
  copy_pixels(
      prepared.bgr->view().crop(prepared.area.x, prepared.area.y, prepared.area.width, prepared.area.height),
      area);
  const MutableImageView pasted =
      area.view().crop(box.x - prepared.area.x, box.y - prepared.area.y, box.width, box.height);
  return paste_face(prepared.crop, face, geometry_, scratch, pasted);
}

}  // namespace framegen
