// import_synctalk.cpp: a SyncTalk_2D dataset and two networks → an avatar (docs/reference.md §5).
#include "avatar/import_synctalk.hpp"

#include "avatar/landmarks.hpp"
#include "avatar/numbered_files.hpp"
#include "avatar/picture_look.hpp"
#include "core/files.hpp"

namespace framegen {
namespace {

Status add_frame(const SynctalkImport& request, const std::string& file, PictureLook& look,
                 Manifest& manifest) {
  const std::filesystem::path path = request.dataset / "full_body_img" / file;
  const PictureSize size = FRAMEGEN_TRY(look.at(path, manifest.width, manifest.height));
  manifest.width = size.width;
  manifest.height = size.height;
  const std::filesystem::path landmarks =
      request.dataset / "landmarks" / std::filesystem::path(file).replace_extension(".lms");
  const std::string text = FRAMEGEN_TRY(read_text_file(landmarks, 1 << 20));
  manifest.boxes.push_back(
      FRAMEGEN_TRY(landmarks_box(text, landmarks.string(), manifest.width, manifest.height)));
  manifest.frames.push_back("frames/" + file);
  return {};
}

}  // namespace

Status import_synctalk(const SynctalkImport& request) {
  const auto files = FRAMEGEN_TRY(numbered_files(request.dataset / "full_body_img", 0, ".jpg"));
  AvatarWriter writer = FRAMEGEN_TRY(AvatarWriter::create(request.avatar, request.replace));
  Manifest manifest = request.family;
  manifest.name = request.name;
  manifest.licence = request.licence;
  manifest.source = request.source;
  manifest.generator = FRAMEGEN_TRY(writer.copy_model(request.generator, "generator.onnx"));
  if (!manifest.audio.is_direct())
    manifest.audio_encoder = FRAMEGEN_TRY(writer.copy_model(request.audio_encoder, "audio_encoder.onnx"));
  PictureLook look(request.zygote);
  for (const std::string& file : files) {
    FRAMEGEN_TRY(add_frame(request, file, look, manifest));
    FRAMEGEN_TRY(writer.copy(request.dataset / "full_body_img" / file, manifest.frames.back()));
    FRAMEGEN_TRY(tell(request.progress, manifest.frames.size(), files.size()));
  }
  if (std::filesystem::exists(request.dataset / "landmarks" / (std::to_string(files.size()) + ".lms")))
    warn(request.log, (request.dataset / "landmarks").string() +
                          ": has landmarks of frames that are not in full_body_img; ignored");
  return writer.commit(manifest);
}

}  // namespace framegen
