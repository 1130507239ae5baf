// speaker.cpp: opens an avatar's networks and frames and wires them together.
#include "pipeline/speaking/speaker.hpp"

#include <algorithm>

#include "face/crop.hpp"
#include "pipeline/speaking/precision_choice.hpp"

namespace framegen {
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

}  // namespace

Result<std::unique_ptr<Speaker>> Speaker::open(const std::filesystem::path& folder,
                                               const EngineOptions& options, bool preparing) {
  const Log log = [&](LogLevel level, std::string_view text) {
    if (level == LogLevel::kWarning && options.on_warning) options.on_warning(text);
  };
  // Opened first: to return from within a new-expression leaks what it has taken.
  AvatarBundle opened = FRAMEGEN_TRY(AvatarBundle::open(folder, log));
  std::unique_ptr<Speaker> speaker(new Speaker(std::move(opened)));
  const AvatarBundle& bundle = speaker->bundle_;
  speaker->geometry_ = geometry_of(bundle.manifest());
  speaker->largest_area_ = largest_area_of(bundle.manifest());
  EngineOptions chosen = options;
  if (options.precision == Precision::kAuto) {
    PrecisionChoice choice = choose_precision(options, bundle.generator_file());
    chosen.precision = choice.precision;
    speaker->precision_reason_ = std::move(choice.reason);
  }
  speaker->networks_ = FRAMEGEN_TRY(SpeakerNetworks::load(bundle.manifest(), bundle.generator_file(),
                                                          bundle.audio_encoder_file(), chosen,
                                                          bundle.cache_folder(), preparing));
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
  return networks_.make_window_stream(bundle_.manifest().audio, first_frame, ahead);
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
