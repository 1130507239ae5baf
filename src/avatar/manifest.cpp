// manifest.cpp: avatar.json → Manifest, every field checked (docs/avatar.md).
#include "avatar/manifest.hpp"

#include <algorithm>
#include <cctype>

#include "avatar/manifest_json.hpp"
#include "avatar/manifest_reader.hpp"
#include "core/files.hpp"
#include "media/image_decoder.hpp"

namespace framegen {
namespace {

constexpr int kMaxSide = 4 * kMaxImageSide;  // of a face box, which may reach over the frame's edges
constexpr int kMaxNetworkSide = 2048;
constexpr int kMaxWindow = 1000;  // features before and after a frame

Status read_identity(const JsonPlace& root, Manifest& m) {
  m.version = FRAMEGEN_TRY(read_int(member(root, "version"), 1, 1));
  m.name = FRAMEGEN_TRY(read_text(member(root, "name"), 1));
  m.licence = FRAMEGEN_TRY(read_text(member(root, "licence")));
  m.source = FRAMEGEN_TRY(read_text(member(root, "source")));
  m.fps = FRAMEGEN_TRY(read_number(member(root, "fps"), 0, 240));
  m.first_index = FRAMEGEN_TRY(read_int(member(root, "first_index"), 0, 1));
  if (const auto turns = FRAMEGEN_TRY(optional_member(root, "turns")))
    m.turns_twice = FRAMEGEN_TRY(read_name(*turns, kTurnNames));
  const auto size = FRAMEGEN_TRY(read_ints(member(root, "size"), {{1, kMaxImageSide}, {1, kMaxImageSide}}));
  m.width = size[0];
  m.height = size[1];
  return {};
}

// [x,y,side] or [x,y,width,height].
Result<Rectangle> read_box(const JsonPlace& place, const Manifest& m) {
  const Json& list = *FRAMEGEN_TRY(read_array(place, 3, 4));
  std::vector<IntBounds> bounds{{0, m.width - 1}, {0, m.height - 1}, {1, kMaxSide}};
  if (list.size() == 4) bounds.push_back({1, kMaxSide});
  const auto numbers = FRAMEGEN_TRY(read_ints(place, std::move(bounds)));
  return Rectangle{numbers[0], numbers[1], numbers[2], numbers.back()};
}

Status read_frames(const JsonPlace& root, Manifest& m) {
  m.frames = FRAMEGEN_TRY(read_file_names(member(root, "frames")));
  const JsonPlace boxes = FRAMEGEN_TRY(member(root, "boxes"));
  if (!boxes.value->is_array()) return wrong(boxes, "is not a list");
  if (boxes.value->size() != m.frames.size())
    return wrong(boxes, "has " + std::to_string(boxes.value->size()) + " boxes for " +
                            std::to_string(m.frames.size()) + " frames");
  for (std::size_t i = 0; i < m.frames.size(); ++i)
    m.boxes.push_back(FRAMEGEN_TRY(read_box({&(*boxes.value)[i], "boxes[" + std::to_string(i) + "]"}, m)));
  const int last = static_cast<int>(m.frames.size()) - 1;
  if (const auto idle = FRAMEGEN_TRY(optional_member(root, "idle"))) {
    const auto range = FRAMEGEN_TRY(read_ints(*idle, {{0, last}, {0, last}}));
    if (range[0] > range[1]) return wrong(*idle, "ends before it begins");
    m.idle = {range[0], range[1]};
  }
  return {};
}

Result<ModelFile> read_model(const JsonPlace& models, const std::string& key) {
  const JsonPlace place = FRAMEGEN_TRY(member(models, key));
  ModelFile model;
  model.file = FRAMEGEN_TRY(read_file_name(member(place, "file")));
  const JsonPlace sha256 = FRAMEGEN_TRY(member(place, "sha256"));
  model.sha256 = FRAMEGEN_TRY(read_text(sha256));
  const bool hex = std::ranges::all_of(
      model.sha256, [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
  if (!model.sha256.empty() && (model.sha256.size() != 64 || !hex))
    return wrong(sha256, "is not 64 lower-case hex digits");
  return model;
}

// Both ends inclusive in the file.
Result<Rectangle> read_mask(Result<JsonPlace> at, int size) {
  const JsonPlace place = FRAMEGEN_TRY(std::move(at));
  const IntBounds inside{0, size - 1};
  const auto m = FRAMEGEN_TRY(read_ints(place, {inside, inside, inside, inside}));
  if (m[2] < m[0] || m[3] < m[1]) return wrong(place, "ends before it begins");
  return Rectangle{m[0], m[1], m[2] - m[0] + 1, m[3] - m[1] + 1};
}

Status read_precut(const JsonPlace& place, std::size_t frames, ImageSpec& spec) {
  for (const auto& [key, files] : {std::pair{"real", &spec.real}, std::pair{"masked", &spec.masked}}) {
    const JsonPlace list = FRAMEGEN_TRY(member(place, key));
    *files = FRAMEGEN_TRY(read_file_names(list));
    if (files->size() != frames)
      return wrong(
          list, "has " + std::to_string(files->size()) + " files for " + std::to_string(frames) + " frames");
  }
  if (spec.crop != spec.size)
    return wrong({nullptr, place.path + ".crop"}, "differs from size, though the pictures are cut already");
  return {};
}

Result<ImageSpec> read_image(const JsonPlace& root, std::size_t frames) {
  const JsonPlace place = FRAMEGEN_TRY(member(root, "image"));
  ImageSpec spec;
  spec.size = FRAMEGEN_TRY(read_int(member(place, "size"), 16, kMaxNetworkSide));
  spec.crop = FRAMEGEN_TRY(read_int(member(place, "crop"), spec.size, kMaxNetworkSide));
  spec.inset = FRAMEGEN_TRY(read_int(member(place, "inset"), 0, spec.crop - spec.size));
  spec.mask = FRAMEGEN_TRY(read_mask(member(place, "mask"), spec.size));
  spec.order = FRAMEGEN_TRY(read_name(member(place, "order"), kOrderNames));
  const JsonPlace channels = FRAMEGEN_TRY(member(place, "channels"));
  if (FRAMEGEN_TRY(read_text(channels)) != "bgr") return wrong(channels, "is not \"bgr\", all that we know");
  spec.resize = FRAMEGEN_TRY(read_name(member(place, "resize"), kInterpolationNames));
  spec.paste = FRAMEGEN_TRY(read_name(member(place, "paste"), kPasteNames));
  if (const auto source = FRAMEGEN_TRY(optional_member(place, "source")))
    spec.source = FRAMEGEN_TRY(read_name(*source, kSourceNames));
  if (spec.source == ImageSource::kPrecut) FRAMEGEN_TRY(read_precut(place, frames, spec));
  return spec;
}

Result<AudioSpec> read_audio(const JsonPlace& root) {
  const JsonPlace place = FRAMEGEN_TRY(member(root, "audio"));
  AudioSpec spec;
  const JsonPlace features = FRAMEGEN_TRY(member(place, "features"));
  spec.features = FRAMEGEN_TRY(read_text(features));
  if (spec.features != kMelFeatures && spec.features != kDirectFeatures && spec.features != kHubertFeatures)
    return wrong(features, "is not \"mel80\", \"mel80_direct\" or \"hubert\", all that we know");
  const JsonPlace window = FRAMEGEN_TRY(member(place, "window"));
  const auto range = FRAMEGEN_TRY(read_ints(window, {{-kMaxWindow, kMaxWindow}, {-kMaxWindow, kMaxWindow}}));
  if (range[0] > range[1]) return wrong(window, "ends before it begins");
  spec.first = range[0];
  spec.last = range[1];
  const IntBounds dimension{1, 1024};
  const auto shape = FRAMEGEN_TRY(read_ints(member(place, "shape"), {dimension, dimension, dimension}));
  spec.shape = {shape[0], shape[1], shape[2]};
  return spec;
}

Result<TensorNames> read_tensors(const JsonPlace& root, bool direct) {
  const JsonPlace place = FRAMEGEN_TRY(member(root, "tensors"));
  const JsonPlace generator = FRAMEGEN_TRY(member(place, "generator"));
  TensorNames names;
  names.image = FRAMEGEN_TRY(read_text(member(generator, "image"), 1));
  names.audio = FRAMEGEN_TRY(read_text(member(generator, "audio"), 1));
  names.output = FRAMEGEN_TRY(read_text(member(generator, "face"), 1));
  if (direct) return names;
  const JsonPlace encoder = FRAMEGEN_TRY(member(place, "audio_encoder"));
  names.mel = FRAMEGEN_TRY(read_text(member(encoder, "mel"), 1));
  names.feature = FRAMEGEN_TRY(read_text(member(encoder, "feature"), 1));
  return names;
}

Result<Manifest> read_root(const JsonPlace& root) {
  Manifest m;
  FRAMEGEN_TRY(read_identity(root, m));
  FRAMEGEN_TRY(read_frames(root, m));
  const JsonPlace models = FRAMEGEN_TRY(member(root, "models"));
  m.generator = FRAMEGEN_TRY(read_model(models, "generator"));
  m.audio = FRAMEGEN_TRY(read_audio(root));
  if (!m.audio.is_direct()) m.audio_encoder = FRAMEGEN_TRY(read_model(models, "audio_encoder"));
  m.image = FRAMEGEN_TRY(read_image(root, m.frames.size()));
  m.tensors = FRAMEGEN_TRY(read_tensors(root, m.audio.is_direct()));
  return m;
}

}  // namespace

Result<Manifest> parse_manifest(std::string_view text, const std::string& name, const Log& log) {
  auto document = parse_json(text);
  if (!document) return std::move(document).error().within(name);
  if (!document->is_object())
    return Error{ErrorCode::kBadAvatar, name, "is not a JSON object",
                 "make the avatar again with framegen import"};
  auto manifest = read_root({&*document, ""});
  if (!manifest) return std::move(manifest).error().within(name);
  const Json known = known_json(*manifest);
  const Json unknown = unknown_keys(*document, known);
  for (const std::string& path : key_paths(unknown, known))
    warn(log, name + ": " + path + ": unknown key, ignored; check its spelling");
  // Sorted: where they stood among the known keys is not kept.
  if (!unknown.empty()) manifest->unknown = nlohmann::json(unknown).dump();
  return manifest;
}

Result<Manifest> read_manifest(const std::filesystem::path& file, const Log& log) {
  auto text = read_text_file(file);
  if (!text) {
    Error error = std::move(text).error();
    error.code = ErrorCode::kBadAvatar;
    return error;
  }
  return parse_manifest(*text, file.string(), log);
}

}  // namespace framegen
