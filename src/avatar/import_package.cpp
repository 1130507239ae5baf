// import_package.cpp: a pre-cut package → an avatar with Manifest::image.source kPrecut (docs/reference.md
// §8).
#include "avatar/import_package.hpp"

#include "avatar/manifest_reader.hpp"
#include "avatar/numbered_files.hpp"
#include "avatar/picture_look.hpp"
#include "core/files.hpp"

namespace framegen {
namespace {

namespace fs = std::filesystem;

// A folder of the package and the pictures in it.
struct Pictures {
  fs::path folder;
  int first = 0;
  std::vector<std::string> files;
};

Result<Pictures> package_pictures(const fs::path& folder) {
  std::error_code error;
  const bool from_one = !fs::exists(folder / "0.jpg", error) && fs::exists(folder / "1.jpg", error);
  Pictures pictures{folder, from_one ? 1 : 0, {}};
  pictures.files = FRAMEGEN_TRY(numbered_files(folder, pictures.first, ".jpg"));
  return pictures;
}

Status same_count(const Pictures& pictures, const Pictures& frames) {
  if (pictures.files.size() == frames.files.size()) return {};
  return Error{ErrorCode::kBadInput, pictures.folder.string(),
               "has " + std::to_string(pictures.files.size()) + " pictures, " + frames.folder.string() +
                   " has " + std::to_string(frames.files.size()),
               "give one for each frame"};
}

Result<std::vector<Rectangle>> read_rectangles(const Json& json, std::size_t count,
                                               const Manifest& manifest) {
  constexpr int kMax = 4 * kMaxImageSide;  // over the right or bottom edge: cut on use
  std::vector<Rectangle> boxes;
  for (std::size_t i = 0; i < count; ++i) {
    const JsonPlace place = FRAMEGEN_TRY(member(member(JsonPlace{&json, ""}, std::to_string(i)), "rect"));
    const auto r = FRAMEGEN_TRY(
        read_ints(place, {{0, manifest.width - 1}, {0, manifest.height - 1}, {1, kMax}, {1, kMax}}));
    if (r[2] <= r[0] || r[3] <= r[1]) return wrong(place, "ends before it begins");
    boxes.push_back({r[0], r[1], r[2] - r[0], r[3] - r[1]});
  }
  return boxes;
}

Result<std::vector<Rectangle>> rectangles_of(const fs::path& file, std::size_t count,
                                             const Manifest& manifest) {
  const std::string text = FRAMEGEN_TRY(read_text_file(file));
  const auto ours = [&](Error error) {
    error.code = ErrorCode::kBadInput;
    error.remedy = "make the package again, with a rectangle for every frame";
    return std::move(error).within(file.string());
  };
  const auto json = parse_json(text);
  if (!json) return ours(json.error());
  auto boxes = read_rectangles(*json, count, manifest);
  if (!boxes) return ours(std::move(boxes).error());
  return boxes;
}

// Decoded once, so that a broken picture is found now; copied as it is.
class PictureCopier {
 public:
  PictureCopier(AvatarWriter& writer, sandbox::Zygote* zygote) : writer_(writer), look_(zygote) {}

  // `width` and `height`: what the picture must have; 0: any.
  Status copy(const fs::path& from, const std::string& to, int width, int height) {
    size_ = FRAMEGEN_TRY(look_.at(from, width, height));
    return writer_.copy(from, to);
  }
  PictureSize size() const { return size_; }

 private:
  AvatarWriter& writer_;
  PictureLook look_;
  PictureSize size_;
};

struct Package {
  Pictures frames, real, masked;
};

Result<Package> look_into(const fs::path& folder) {
  Package package;
  package.frames = FRAMEGEN_TRY(package_pictures(folder / "full_body_img"));
  package.real = FRAMEGEN_TRY(package_pictures(folder / "rois_320"));
  package.masked = FRAMEGEN_TRY(package_pictures(folder / "model_inputs"));
  FRAMEGEN_TRY(same_count(package.real, package.frames));
  FRAMEGEN_TRY(same_count(package.masked, package.frames));
  return package;
}

Manifest describe(const PackageImport& request) {
  Manifest manifest = request.family;
  const fs::path name = request.package.has_filename() ? request.package : request.package.parent_path();
  manifest.name = request.name.empty() ? name.filename().string() : request.name;
  manifest.licence = request.licence;
  manifest.source = request.source;
  manifest.first_index = 0;
  manifest.image.crop = manifest.image.size;
  manifest.image.inset = 0;
  manifest.image.source = ImageSource::kPrecut;
  return manifest;
}

Status copy_frames(const PackageImport& request, const Package& package, AvatarWriter& writer,
                   Manifest& manifest) {
  PictureCopier frames(writer, request.zygote), pairs(writer, request.zygote);
  const int size = manifest.image.size;
  const std::size_t count = package.frames.files.size();
  for (std::size_t i = 0; i < count; ++i) {
    manifest.frames.push_back("frames/" + package.frames.files[i]);
    manifest.image.real.push_back("real/" + package.real.files[i]);
    manifest.image.masked.push_back("masked/" + package.masked.files[i]);
    FRAMEGEN_TRY(frames.copy(package.frames.folder / package.frames.files[i], manifest.frames[i],
                             manifest.width, manifest.height));
    FRAMEGEN_TRY(pairs.copy(package.real.folder / package.real.files[i], manifest.image.real[i], size, size));
    FRAMEGEN_TRY(
        pairs.copy(package.masked.folder / package.masked.files[i], manifest.image.masked[i], size, size));
    manifest.width = frames.size().width;
    manifest.height = frames.size().height;
    FRAMEGEN_TRY(tell(request.progress, i + 1, count));
  }
  return {};
}

}  // namespace

Status import_package(const PackageImport& request) {
  const Package package = FRAMEGEN_TRY(look_into(request.package));
  const fs::path models = request.package / "models";
  const auto model = [&](const fs::path& given, const char* own) {
    return given.empty() ? models / own : given;
  };
  AvatarWriter writer = FRAMEGEN_TRY(AvatarWriter::create(request.avatar, request.replace));
  Manifest manifest = describe(request);
  manifest.generator =
      FRAMEGEN_TRY(writer.copy_model(model(request.generator, "generator.onnx"), "generator.onnx"));
  if (!manifest.audio.is_direct())
    manifest.audio_encoder = FRAMEGEN_TRY(
        writer.copy_model(model(request.audio_encoder, "audio_encoder.onnx"), "audio_encoder.onnx"));
  FRAMEGEN_TRY(copy_frames(request, package, writer, manifest));
  manifest.boxes = FRAMEGEN_TRY(
      rectangles_of(request.package / "cache" / "crop_rectangles.json", manifest.frames.size(), manifest));
  return writer.commit(manifest);
}

}  // namespace framegen
