// manifest_json.cpp: Manifest → avatar.json; keys that we do not know are kept (docs/avatar.md).
#include "avatar/manifest_json.hpp"

#include "core/files.hpp"

namespace framegen {
namespace {

Json box_json(const Rectangle& box) {
  if (box.width == box.height) return {box.x, box.y, box.width};
  return {box.x, box.y, box.width, box.height};
}

Json model_json(const ModelFile& model) { return {{"file", model.file}, {"sha256", model.sha256}}; }

Json image_json(const ImageSpec& image) {
  const Rectangle& m = image.mask;
  Json json{{"size", image.size},
            {"crop", image.crop},
            {"inset", image.inset},
            {"mask", {m.x, m.y, m.x + m.width - 1, m.y + m.height - 1}},
            {"order", name_of(kOrderNames, image.order)},
            {"channels", "bgr"},
            {"resize", name_of(kInterpolationNames, image.resize)},
            {"paste", name_of(kInterpolationNames, image.paste)},
            {"source", name_of(kSourceNames, image.source)}};
  if (image.source == ImageSource::kPrecut) {
    json["real"] = image.real;
    json["masked"] = image.masked;
  }
  return json;
}

void add_unknown(Json& json, const Json& unknown) {
  for (const auto& [key, value] : unknown.items()) {
    if (!json.contains(key))
      json[key] = value;
    else if (json[key].is_object() && value.is_object())
      add_unknown(json[key], value);
  }
}

}  // namespace

Json known_json(const Manifest& m) {
  Json json{{"version", m.version},
            {"name", m.name},
            {"licence", m.licence},
            {"source", m.source},
            {"fps", m.fps},
            {"size", {m.width, m.height}},
            {"first_index", m.first_index},
            {"turns", name_of(kTurnNames, m.turns_twice)}};
  if (m.idle) json["idle"] = {m.idle->first, m.idle->second};
  // Objects are made before they are written into: nlohmann's null that becomes an object by writing cannot
  // be destroyed where memory ends in the middle of it.
  json["models"] = Json::object();
  json["models"]["generator"] = model_json(m.generator);
  if (!m.audio.is_direct()) json["models"]["audio_encoder"] = model_json(m.audio_encoder);
  json["image"] = image_json(m.image);
  json["audio"] = {
      {"features", m.audio.features}, {"window", {m.audio.first, m.audio.last}}, {"shape", m.audio.shape}};
  json["tensors"] = Json::object();
  json["tensors"]["generator"] = {
      {"image", m.tensors.image}, {"audio", m.tensors.audio}, {"face", m.tensors.output}};
  if (!m.audio.is_direct())
    json["tensors"]["audio_encoder"] = {{"mel", m.tensors.mel}, {"feature", m.tensors.feature}};
  json["frames"] = m.frames;
  json["boxes"] = Json::array();
  for (const Rectangle& box : m.boxes) json["boxes"].push_back(box_json(box));
  return json;
}

Json unknown_keys(const Json& file, const Json& known) {
  Json unknown = Json::object();
  for (const auto& [key, value] : file.items()) {
    const auto ours = known.find(key);
    if (ours == known.end()) {
      unknown[key] = value;
    } else if (ours->is_object() && value.is_object()) {
      Json inside = unknown_keys(value, *ours);
      if (!inside.empty()) unknown[key] = std::move(inside);
    }
  }
  return unknown;
}

std::vector<std::string> key_paths(const Json& unknown, const Json& known) {
  std::vector<std::string> paths;
  for (const auto& [key, value] : unknown.items()) {
    const auto ours = known.find(key);
    if (ours == known.end()) {
      paths.push_back(key);
      continue;
    }
    for (const std::string& path : key_paths(value, *ours)) paths.push_back(key + "." + path);
  }
  return paths;
}

std::string to_json(const Manifest& manifest) {
  Json json = known_json(manifest);
  const Json unknown = Json::parse(manifest.unknown, nullptr, /*allow_exceptions=*/false);
  if (unknown.is_object()) add_unknown(json, unknown);
  // One line for each key: short enough to read, and one frame more changes two lines.
  std::string text = "{";
  for (const auto& [key, value] : json.items())
    text += (text.size() == 1 ? "\n  " : ",\n  ") + Json(key).dump() + ": " +
            value.dump(-1, ' ', false, Json::error_handler_t::replace);
  return text + "\n}\n";
}

Status write_manifest(const std::filesystem::path& file, const Manifest& manifest) {
  const std::string text = to_json(manifest);
  FRAMEGEN_TRY(parse_manifest(text, file.string()));
  return write_file(file, text);
}

}  // namespace framegen
