// family.cpp: shapes → family → the five fields of its arithmetic.
#include "pipeline/importing/family.hpp"

#include <optional>
#include <utility>

namespace framegen {
namespace {

Error no_family(const std::string& where, const std::string& what, const std::string& remedy) {
  return {ErrorCode::kBadAvatar, where, what, remedy};
}

std::string shapes_of(const NetworkInfo& network) {
  std::string text;
  for (const TensorInfo& input : network.inputs)
    text += (text.empty() ? "takes '" : " and '") + input.name + "' " + to_string(input.shape);
  for (const TensorInfo& output : network.outputs)
    text += ", gives '" + output.name + "' " + to_string(output.shape);
  return text;
}

// The side of a picture of so many channels; none: it is no square picture.
std::optional<int> side_of(const Shape& shape, std::int64_t channels) {
  if (shape.size() != 4 || shape[1] != channels || shape[2] != shape[3]) return std::nullopt;
  if (shape[2] < 16 || shape[2] > 2048) return std::nullopt;
  return static_cast<int>(shape[2]);
}

ImageSpec synctalk_image(int size) {
  ImageSpec image;
  if (size == 320) return image;
  image.size = 160;
  image.crop = 168;
  image.mask = {5, 5, 150, 145};
  image.resize = image.paste = Interpolation::kLinear;
  return image;
}

ImageSpec wav2lip_image(int size) {
  ImageSpec image;
  image.size = image.crop = size;
  image.inset = 0;
  image.mask = {0, size / 2, size, size - size / 2};
  image.order = ImageOrder::kMaskedReal;
  image.resize = image.paste = Interpolation::kLinear;
  return image;
}

// Generators whose audio input comes from a network that is not computed here.
const char* other_features(const Shape& audio) {
  const auto is = [&](std::int64_t c, std::int64_t h, std::int64_t w) {
    return audio[1] == c && audio[2] == h && audio[3] == w;
  };
  if (is(256, 16, 32) || is(128, 16, 32)) return "wenet's features";
  return nullptr;
}

}  // namespace

Result<Manifest> family_of(const NetworkInfo& generator, const std::string& where) {
  const std::string remedy = "give a generator of SyncTalk_2D (328 or 160, 'ave') or of Wav2Lip";
  if (generator.inputs.size() != 2 || generator.outputs.size() != 1)
    return no_family(where, "is no generator: it " + shapes_of(generator), remedy);
  const bool first = side_of(generator.inputs[0].shape, 6).has_value();
  const TensorInfo &image = generator.inputs[first ? 0 : 1], &audio = generator.inputs[first ? 1 : 0];
  const auto size = side_of(image.shape, 6);
  if (!size || audio.shape.size() != 4 || side_of(generator.outputs[0].shape, 3) != size)
    return no_family(where, "is no generator: it " + shapes_of(generator), remedy);
  Manifest manifest;
  manifest.tensors.image = image.name;
  manifest.tensors.audio = audio.name;
  manifest.tensors.output = generator.outputs[0].name;
  const Shape window(audio.shape.begin() + 1, audio.shape.end());
  if (window == Shape{32, 16, 16} && (*size == 320 || *size == 160)) {
    manifest.image = synctalk_image(*size);
    return manifest;
  }
  if (window == Shape{32, 32, 32} && (*size == 320 || *size == 160)) {
    manifest.image = synctalk_image(*size);
    manifest.audio = {
        .features = std::string(kHubertFeatures), .first = -8, .last = 7, .shape = {32, 32, 32}};
    return manifest;
  }
  if (window == Shape{16, 32, 32} && *size == 160) {
    manifest.image = synctalk_image(*size);
    manifest.image.resize = Interpolation::kArea;
    manifest.audio = {
        .features = std::string(kHubertFeatures), .first = -4, .last = 3, .shape = {16, 32, 32}};
    return manifest;
  }
  if (window == Shape{1, 80, 16}) {
    manifest.image = wav2lip_image(*size);
    manifest.audio = {.features = std::string(kDirectFeatures), .first = 0, .last = 0, .shape = {1, 80, 16}};
    manifest.first_index = 0;
    return manifest;
  }
  if (const char* features = other_features(audio.shape))
    return no_family(where, std::string("takes ") + features + ", which are not computed here",
                     "train it with --asr ave, or take a Wav2Lip generator");
  return no_family(where, "is of no family that is known here: it " + shapes_of(generator), remedy);
}

}  // namespace framegen
