// import.cpp: the public face of the importers; the avatar is opened once, so that networks that do not fit
// show now.
#include "framegen/import.hpp"

#include "avatar/import_package.hpp"
#include "avatar/import_synctalk.hpp"
#include "core/log.hpp"
#include "pipeline/checkpoint_networks.hpp"
#include "pipeline/engine_impl.hpp"

namespace framegen {
namespace {

// What both importers are told alike.
template <class Import>
Import common(const ImportJob& job) {
  Import import;
  import.generator = job.generator;
  import.audio_encoder = job.audio_encoder;
  import.avatar = job.output;
  import.name = job.name.empty() ? job.output.filename().string() : job.name;
  import.licence = job.licence.empty() ? "unknown" : job.licence;
  import.replace = job.replace;
  import.progress = job.progress;
  import.log = [warn = job.on_warning](LogLevel level, std::string_view text) {
    if (level == LogLevel::kWarning && warn) warn(text);
};
return import;
}  // namespace

// Before anything is written: networks that can be read and have the family's shapes.
Status check_networks(const ImportJob& job) {
  if (job.package.empty() && (job.generator.empty() || job.audio_encoder.empty()))
    return Error{ErrorCode::kBadUse, "import", "a data set holds no networks",
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
  if (job.dataset.empty()) {
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

}  // namespace framegen

Status import_avatar(const ImportJob& given) {
  ImportJob job = given;
  if (job.dataset.empty() == job.package.empty())
    return Error{ErrorCode::kBadUse, "import", "needs a data set or a package, and not both",
                 "give --dataset DIR or --package DIR"};
  const auto converted = FRAMEGEN_TRY(CheckpointNetworks::convert(job));
  Status imported = check_networks(job);
  if (imported) imported = import_files(job);
  if (!imported) return converted.named_as_given(std::move(imported).error());
  return {};
}

}  // namespace framegen
