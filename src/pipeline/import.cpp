// import.cpp: the public face of the importers; the avatar is opened once, so that networks that do not fit
// show now.
#include "framegen/import.hpp"

#include "avatar/import_package.hpp"
#include "avatar/import_synctalk.hpp"
#include "core/log.hpp"
#include "pipeline/checkpoint_networks.hpp"
#include "pipeline/engine_impl.hpp"
#include "pipeline/import_video.hpp"

namespace framegen {
namespace {

Log log_of(const ImportJob& job) {
  return [warn = job.on_warning](LogLevel level, std::string_view text) {
    if (level == LogLevel::kWarning && warn) warn(text);
  };
}

std::string name_of(const ImportJob& job) {
  const auto folder = job.output.has_filename() ? job.output : job.output.parent_path();
  return job.name.empty() ? folder.filename().string() : job.name;
}

std::string licence_of(const ImportJob& job) { return job.licence.empty() ? "unknown" : job.licence; }

// What both importers of folders are told alike.
template <class Import>
Import common(const ImportJob& job) {
  Import import;
  import.generator = job.generator;
  import.audio_encoder = job.audio_encoder;
  import.avatar = job.output;
  import.name = name_of(job);
  import.licence = licence_of(job);
  import.replace = job.replace;
  import.progress = job.progress;
  import.log = log_of(job);
  return import;
}

// Before anything is written: networks that can be read and have the family's shapes.
Status check_networks(const ImportJob& job) {
  if (job.package.empty() && (job.generator.empty() || job.audio_encoder.empty()))
    return Error{ErrorCode::kBadUse, "import", "neither a data set nor a video holds networks",
                 "name them: --generator G.pth --audio-encoder E.pth, or .onnx"};
  const auto models = job.package / "models";
  EngineOptions options;
  options.threads = 1;
  options.keep_image_parts_on_disk = false;
  FRAMEGEN_TRY(SpeakerNetworks::load(
      Manifest{}, job.generator.empty() ? models / "generator.onnx" : job.generator,
      job.audio_encoder.empty() ? models / "audio_encoder.onnx" : job.audio_encoder, options, {}));
  return {};
}

Status import_files(const ImportJob& job) {
  if (!job.video.empty()) {
    Manifest manifest;
    manifest.name = name_of(job);
    manifest.licence = licence_of(job);
    manifest.source = job.video.string();
    return import_video(job, std::move(manifest), log_of(job));
  }
  if (!job.package.empty()) {
    auto import = common<PackageImport>(job);
    import.package = job.package;
    import.source = job.package.string();
    return import_package(import);
  }
  auto import = common<SynctalkImport>(job);
  import.dataset = job.dataset;
  import.source = job.dataset.string();
  return import_synctalk(import);
}

}  // namespace

Status import_avatar(const ImportJob& given) {
  ImportJob job = given;
  const int sources =
      (job.dataset.empty() ? 0 : 1) + (job.package.empty() ? 0 : 1) + (job.video.empty() ? 0 : 1);
  if (sources != 1)
    return Error{ErrorCode::kBadUse, "import",
                 "needs a video, a data set or a package, and one of them alone",
                 "give --video FILE, --dataset DIR or --package DIR"};
  const auto converted = FRAMEGEN_TRY(CheckpointNetworks::convert(job));
  Status imported = check_networks(job);
  if (imported) imported = import_files(job);
  if (!imported) return converted.named_as_given(std::move(imported).error());
  return {};
}

}  // namespace framegen
