// speaker.cpp: opens an avatar's networks and frames and wires them together.
#include "pipeline/speaker.hpp"

#include <algorithm>

#include "generator/onnxruntime_backend.hpp"
#include "nn/onnxruntime/onnxruntime_network.hpp"

namespace framegen {
namespace {

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

OnnxRuntimeBackendOptions backend_options(const EngineOptions& options) {
  OnnxRuntimeBackendOptions chosen;
  chosen.mode = static_cast<OnnxRuntimeMode>(options.mode);
  chosen.provider = static_cast<OnnxRuntimeProvider>(options.provider);
  chosen.threads = options.threads;
  chosen.batch = options.batch;
  return chosen;
}

}  // namespace

Result<std::unique_ptr<Speaker>> Speaker::open(const std::filesystem::path& folder, const EngineOptions& options) {
  const Log log = [&](LogLevel level, std::string_view text) {
    if (level == LogLevel::kWarning && options.on_warning) options.on_warning(text);
  };
  std::unique_ptr<Speaker> speaker(new Speaker(FRAMEGEN_TRY(AvatarBundle::open(folder, log))));
  const AvatarBundle& bundle = speaker->bundle_;
  const Manifest& manifest = bundle.manifest();
  speaker->geometry_ = geometry_of(manifest);
  speaker->audio_encoder_ = FRAMEGEN_TRY(load_onnxruntime_network(bundle.audio_encoder_file()));
  auto encoder = FRAMEGEN_TRY(AudioEncoder::create(*speaker->audio_encoder_));
  const auto window = static_cast<std::size_t>(manifest.audio.last - manifest.audio.first + 1) * encoder.feature_size();
  if (window != speaker->window_size())
    return Error{ErrorCode::kBadAvatar, bundle.audio_encoder_file().string(), "gives windows of " + std::to_string(window) + " values, expected " + std::to_string(speaker->window_size()) + " (audio.shape)",
                 "use the audio encoder that belongs to this generator"};
  speaker->backend_ = FRAMEGEN_TRY(make_onnxruntime_backend(bundle.generator_file(), shape_of(manifest), backend_options(options)));
  speaker->frames_ = std::make_unique<PreparedFrames>(bundle, options.memory_budget_bytes / 2);
  speaker->workers_.resize(static_cast<std::size_t>(std::max(options.threads, speaker->backend_->workers())));
  return speaker;
}

std::size_t Speaker::window_size() const {
  std::size_t size = 1;
  for (const int d : bundle_.manifest().audio.shape) size *= static_cast<std::size_t>(d);
  return size;
}

int Speaker::template_frame(std::int64_t n, int start_frame) const {
  const Manifest& manifest = bundle_.manifest();
  return TemplateLoop(static_cast<int>(manifest.frames.size()), start_frame, manifest.first_index).at(n);
}

Result<AudioWindowStream> Speaker::make_window_stream(std::int64_t first_frame) const {
  const AudioSpec& audio = bundle_.manifest().audio;
  return AudioWindowStream(FRAMEGEN_TRY(AudioEncoder::create(*audio_encoder_)), {audio.first, audio.last}, first_frame);
}

Result<GeneratorWorker*> Speaker::generator_worker(int worker) const {
  auto& generator = workers_[static_cast<std::size_t>(worker)].generator;
  if (generator == nullptr) generator = FRAMEGEN_TRY(backend_->make_worker());
  return generator.get();
}

Status Speaker::paste(int worker, const PreparedFrame& prepared, ImageView face, Image& area) const {
  const Rectangle& box = prepared.box;
  if (area.width() != prepared.area.width || area.height() != prepared.area.height) area = Image(prepared.area.width, prepared.area.height);
  copy_pixels(prepared.bgr->view().crop(prepared.area.x, prepared.area.y, prepared.area.width, prepared.area.height), area);
  const MutableImageView pasted = area.view().crop(box.x - prepared.area.x, box.y - prepared.area.y, box.width, box.height);
  return paste_face(prepared.crop, face, geometry_, workers_[static_cast<std::size_t>(worker)].paste, pasted);
}

}  // namespace framegen
