// import_livetalking.cpp: pictures copied as they are, boxes out of a pickle that is read as data.
#include "avatar/import_livetalking.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

#include "avatar/picture_look.hpp"
#include "core/files.hpp"
#include "nn/checkpoint/pickle.hpp"

namespace framegen {
namespace {

namespace fs = std::filesystem;
using checkpoint::Pickle;
using checkpoint::PickleKind;
using checkpoint::PickleValue;

constexpr std::int64_t kMaxPlace = 4 * kMaxImageSide;

Error dataset_error(const std::string& where, const std::string& what, const std::string& remedy) {
  return {ErrorCode::kBadInput, where, what, remedy};
}

bool is_picture(const fs::path& file) {
  std::string extension = file.extension().string();
  std::transform(extension.begin(), extension.end(), extension.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  return extension == ".png" || extension == ".jpg" || extension == ".jpeg";
}

// The folder's pictures in the order of their numbers.
Result<std::vector<std::string>> pictures_of(const fs::path& folder) {
  std::vector<std::pair<std::uint64_t, std::string>> pictures;
  std::error_code error;
  for (fs::directory_iterator it(folder, error), end; !error && it != end; it.increment(error)) {
    if (!is_picture(it->path())) continue;
    const std::string stem = it->path().stem().string();
    std::uint64_t number = 0;
    const auto [after, failed] = std::from_chars(stem.data(), stem.data() + stem.size(), number);
    if (failed != std::errc{} || after != stem.data() + stem.size())
      return dataset_error(it->path().string(), "has no number for its name", "move it elsewhere");
    pictures.emplace_back(number, it->path().filename().string());
  }
  if (error)
    return dataset_error(folder.string(), "cannot be read: " + error.message(), "give the folder above it");
  if (pictures.empty())
    return dataset_error(folder.string(), "holds no PNG or JPEG file", "give a LiveTalking avatar's folder");
  std::sort(pictures.begin(), pictures.end());
  std::vector<std::string> names;
  for (auto& [number, name] : pictures) names.push_back(std::move(name));
  return names;
}

// (y1, y2, x1, x2), ends not included.
Result<Rectangle> box_of(const Pickle& pickle, const PickleValue& value, const std::string& where) {
  const bool list = value.kind == PickleKind::kTuple || value.kind == PickleKind::kList;
  const auto number = [&](std::size_t i) { return pickle[value.items[i]].integer; };
  bool whole = list && value.items.size() == 4;
  for (std::size_t i = 0; whole && i < 4; ++i)
    whole = pickle[value.items[i]].kind == PickleKind::kInteger && number(i) >= -kMaxPlace &&
            number(i) <= kMaxPlace;
  const std::string remedy = "make the avatar again with LiveTalking's genavatar";
  if (!whole) return dataset_error(where, "is not four whole numbers (y1, y2, x1, x2)", remedy);
  const Rectangle box{static_cast<int>(number(2)), static_cast<int>(number(0)),
                      static_cast<int>(number(3) - number(2)), static_cast<int>(number(1) - number(0))};
  if (box.width < 1 || box.height < 1) return dataset_error(where, "is a box without a pixel", remedy);
  return box;
}

Status check_box(const Rectangle& box, const Manifest& manifest, const std::string& where) {
  if (box.x >= 0 && box.y >= 0 && box.x < manifest.width && box.y < manifest.height) return {};
  return dataset_error(where,
                       "face box at x " + std::to_string(box.x) + ", y " + std::to_string(box.y) +
                           " does not begin inside the " + std::to_string(manifest.width) + "×" +
                           std::to_string(manifest.height) + " picture",
                       "leave the frame out");
}

}  // namespace

Result<std::vector<Rectangle>> parse_coords(std::span<const std::uint8_t> bytes, const std::string& name) {
  const Pickle pickle = FRAMEGEN_TRY(checkpoint::read_pickle(bytes, name));
  const PickleValue& root = pickle[pickle.root];
  if (root.kind != PickleKind::kList)
    return dataset_error(name, "does not hold a list of boxes", "give a LiveTalking avatar's coords.pkl");
  std::vector<Rectangle> boxes;
  for (const auto item : root.items)
    boxes.push_back(
        FRAMEGEN_TRY(box_of(pickle, pickle[item], name + ": frame " + std::to_string(boxes.size()))));
  return boxes;
}

Status import_livetalking(const LivetalkingImport& request) {
  const fs::path pictures = request.folder / "full_imgs", coords = request.folder / "coords.pkl";
  const auto files = FRAMEGEN_TRY(pictures_of(pictures));
  const std::vector<std::uint8_t> pickle = FRAMEGEN_TRY(read_file(coords));
  Manifest manifest = request.manifest;
  manifest.boxes = FRAMEGEN_TRY(parse_coords(pickle, coords.string()));
  if (manifest.boxes.size() != files.size())
    return dataset_error(coords.string(),
                         "has " + std::to_string(manifest.boxes.size()) + " boxes, " + pictures.string() +
                             " has " + std::to_string(files.size()) + " pictures",
                         "make the avatar again with LiveTalking's genavatar");
  AvatarWriter writer = FRAMEGEN_TRY(AvatarWriter::create(request.avatar, request.replace));
  manifest.generator = FRAMEGEN_TRY(writer.copy_model(request.generator, "generator.onnx"));
  if (!manifest.audio.is_direct())
    manifest.audio_encoder = FRAMEGEN_TRY(writer.copy_model(request.audio_encoder, "audio_encoder.onnx"));
  PictureLook look(request.zygote);
  for (std::size_t i = 0; i < files.size(); ++i) {
    const fs::path from = pictures / files[i];
    const PictureSize size = FRAMEGEN_TRY(look.at(from, manifest.width, manifest.height));
    manifest.width = size.width;
    manifest.height = size.height;
    FRAMEGEN_TRY(check_box(manifest.boxes[i], manifest, coords.string() + ": frame " + std::to_string(i)));
    manifest.frames.push_back("frames/" + files[i]);
    FRAMEGEN_TRY(writer.copy(from, manifest.frames.back()));
    FRAMEGEN_TRY(tell(request.progress, i + 1, files.size()));
  }
  return writer.commit(manifest);
}

}  // namespace framegen
