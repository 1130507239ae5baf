// import.cpp: the public face of the importers; the avatar is opened once, so that networks that do not fit
// show now.
#include "framegen/import.hpp"

#include "avatar/import_livetalking.hpp"
#include "avatar/import_package.hpp"
#include "avatar/import_synctalk.hpp"
#include "avatar/manifest.hpp"
#include "core/log.hpp"
#include "nn/load_network.hpp"
#include "nn/network_look.hpp"
#include "pipeline/importing/checkpoint_networks.hpp"
#include "pipeline/importing/family.hpp"
#include "pipeline/importing/import_video.hpp"
#include "pipeline/speaking/engine_impl.hpp"
#include "pipeline/speaking/sandbox_impl.hpp"

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
Import common(const ImportJob& job, Manifest family) {
  Import import;
  import.family = std::move(family);
  import.generator = job.generator;
  import.audio_encoder = job.audio_encoder;
  import.avatar = job.output;
  import.name = name_of(job);
  import.licence = licence_of(job);
  import.replace = job.replace;
  import.progress = job.progress;
  import.log = log_of(job);
  import.zygote = zygote_of(job.sandbox);
  return import;
}

std::filesystem::path own_or(const std::filesystem::path& given, const ImportJob& job, const char* own) {
  return given.empty() && !job.package.empty() ? job.package / "models" / own : given;
}

// A film whose owner has no networks yet speaks with another avatar's.
Status borrow_networks(ImportJob& job) {
  if (job.base_avatar.empty() || job.video.empty()) return {};
  if (!job.generator.empty() || !job.audio_encoder.empty()) {
    job.base_avatar.clear();  // boxes are cut as SyncTalk_2D's
    return {};
  }
  const Manifest base = FRAMEGEN_TRY(read_manifest(job.base_avatar / "avatar.json"));
  job.generator = job.base_avatar / base.generator.file;
  if (!base.audio.is_direct()) job.audio_encoder = job.base_avatar / base.audio_encoder.file;
  warn(log_of(job), job.video.string() + ": no --generator: the lips are those of " + base.name +
                        ", who was trained on another face; train your own for lips that belong to this one");
  return {};
}

// Before anything is written: networks that can be read, of a known family, and that fit each other. The
// family, with the avatar's own words.
Result<Manifest> look_at_networks(const ImportJob& job) {
  const auto generator = own_or(job.generator, job, "generator.onnx");
  const auto encoder = own_or(job.audio_encoder, job, "audio_encoder.onnx");
  const Error missing{ErrorCode::kBadUse, "import",
                      "the networks are not named: a data set and a video hold none",
                      "name them: --generator G.pth --audio-encoder E.pth, or .onnx"};
  if (generator.empty()) return missing;
  FRAMEGEN_TRY(look_at_network(generator, zygote_of(job.sandbox)));
  const auto network = FRAMEGEN_TRY(load_network(generator, NetworkChoice::kAuto));
  Manifest manifest = FRAMEGEN_TRY(family_of(network->info(), generator.string()));
  if (encoder.empty() && manifest.audio.features == kHubertFeatures)
    return Error{ErrorCode::kBadUse, generator.string(),
                 "takes HuBERT's features, and the network for them is not named",
                 "name it: --audio-encoder HUBERT.onnx, waveform [1,S] → hidden [1,T,1024] (docs/import.md)"};
  if (encoder.empty() && !manifest.audio.is_direct()) return missing;
  manifest.name = name_of(job);
  manifest.licence = licence_of(job);
  if (!job.livetalking.empty()) {  // its loop: 0, 1, … last, last, …
    manifest.turns_twice = true;
    manifest.first_index = 0;
  }
  if (!manifest.audio.is_direct()) {
    FRAMEGEN_TRY(look_at_network(encoder, zygote_of(job.sandbox)));
    const NetworkInfo info = FRAMEGEN_TRY(load_network(encoder, NetworkChoice::kAuto))->info();
    if (info.inputs.size() == 1) manifest.tensors.mel = info.inputs[0].name;
    if (info.outputs.size() == 1) manifest.tensors.feature = info.outputs[0].name;
  } else if (!job.audio_encoder.empty()) {
    warn(log_of(job), job.audio_encoder.string() + ": this generator needs no audio encoder; ignored");
  }
  EngineOptions options;
  options.threads = 1;
  options.keep_image_parts_on_disk = false;
  FRAMEGEN_TRY(SpeakerNetworks::load(manifest, generator, encoder, options, {}));
  return manifest;
}

Status import_files(const ImportJob& job, Manifest manifest) {
  if (!job.video.empty()) {
    manifest.source = job.video.string();
    return import_video(job, std::move(manifest), log_of(job));
  }
  if (!job.livetalking.empty()) {
    manifest.source = job.livetalking.string();
    return import_livetalking({.folder = job.livetalking,
                               .generator = job.generator,
                               .audio_encoder = job.audio_encoder,
                               .avatar = job.output,
                               .manifest = std::move(manifest),
                               .replace = job.replace,
                               .progress = job.progress,
                               .zygote = zygote_of(job.sandbox)});
  }
  if (!job.package.empty()) {
    auto import = common<PackageImport>(job, std::move(manifest));
    import.package = job.package;
    import.source = job.package.string();
    return import_package(import);
  }
  auto import = common<SynctalkImport>(job, std::move(manifest));
  import.dataset = job.dataset;
  import.source = job.dataset.string();
  return import_synctalk(import);
}

}  // namespace

Status import_avatar(const ImportJob& given) {
  ImportJob job = given;
  int sources = 0;
  for (const auto* source : {&job.video, &job.dataset, &job.package, &job.livetalking})
    sources += source->empty() ? 0 : 1;
  if (sources != 1)
    return Error{ErrorCode::kBadUse, "import",
                 "needs one of a video, a data set, a package, a LiveTalking avatar",
                 "give --video FILE, --dataset DIR, --package DIR or --livetalking DIR"};
  FRAMEGEN_TRY(borrow_networks(job));
  const auto converted = FRAMEGEN_TRY(CheckpointNetworks::convert(job));
  auto manifest = look_at_networks(job);
  if (!manifest) return converted.named_as_given(std::move(manifest).error());
  Status imported = import_files(job, std::move(*manifest));
  if (!imported) return converted.named_as_given(std::move(imported).error());
  return {};
}

}  // namespace framegen
