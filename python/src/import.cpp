// import.cpp: other people's files into avatars, what int8 must know of one, and what a film's faces need.
#include "framegen/import.hpp"

#include <nanobind/stl/array.h>
#include <nanobind/stl/filesystem.h>
#include <nanobind/stl/optional.h>
#include <nanobind/stl/pair.h>
#include <nanobind/stl/string.h>

#include "framegen/calibrate.hpp"
#include "framegen/prepare.hpp"
#include "handles.hpp"
#include "words.hpp"

namespace framegen::python {
namespace {

namespace fs = std::filesystem;
constexpr Choices<AudioFeatures, 3> kFeatures{{{"dataset", AudioFeatures::kFromDataset},
                                               {"ave", AudioFeatures::kAve},
                                               {"hubert", AudioFeatures::kHubert}}};

ImportJob job_of(const nb::dict& words) {
  const Given given(words);
  ImportJob job;
  given.into(job.output, "output");
  given.into(job.video, "video");
  given.into(job.dataset, "dataset");
  given.into(job.package, "package");
  given.into(job.livetalking, "livetalking");
  given.into(job.generator, "generator");
  given.into(job.audio_encoder, "audio_encoder");
  given.into(job.base_avatar, "base_avatar");
  given.into(job.faces.networks, "networks");
  given.into(job.faces.face, "face");
  given.into(job.faces.skip_lost, "skip_lost");
  given.into(job.faces.boxes, "boxes");
  given.into(job.faces.landmarks, "landmarks");
  given.into(job.faces.landmark_model, "landmark_model");
  if (const auto box = given.get<std::optional<std::array<int, 4>>>("box"))
    job.faces.box = Rectangle{(*box)[0], (*box)[1], (*box)[2], (*box)[3]};
  given.into(job.faces.landmark_points, "landmark_points");
  given.into(job.faces.smoothing, "smoothing");
  given.into(job.frames, "frames");
  given.into(job.video_frames, "video_frames", "ImportJob", kPictures);
  given.into(job.audio_features, "audio_features", "ImportJob", kFeatures);
  given.into(job.name, "name");
  given.into(job.licence, "licence");
  given.into(job.replace, "replace");
  return job;
}

nb::list list_of(const std::vector<std::string>& texts) {
  nb::list list;
  for (const std::string& text : texts) list.append(nb::str(text.c_str(), text.size()));
  return list;
}

// Warnings, and what was found and chosen.
nb::tuple import_job(const nb::dict& given, nb::object progress) {
  ImportJob job = job_of(given);
  Watch watch(std::move(progress));
  Warnings warnings, notes;
  job.on_warning = [&](std::string_view text) { warnings.add(text); };
  job.on_note = [&](std::string_view text) { notes.add(text); };
  job.progress = [&](int done, int all) { return watch([&] { return nb::make_tuple(done, all); }); };
  watch.take(without_gil("import_avatar", [&] { return import_avatar(job); }));
  return nb::make_tuple(list_of(warnings.take()), list_of(notes.take()));
}

// What was prepared, and warnings.
nb::tuple prepare(const fs::path& folder, const nb::dict& words, nb::object progress) {
  const Given given(words);
  Watch watch(std::move(progress));
  Warnings warnings;
  PrepareOptions options;
  given.into(options.engine.threads, "threads");
  given.into(options.engine.precision, "precision", "EngineOptions", kPrecisions);
  given.into(options.engine.cpu, "cpu");
  options.engine.memory_budget_bytes = given.get<std::uint64_t>("memory_mb") << 20;
  options.engine.on_warning = [&](std::string_view text) { warnings.add(text); };
  options.disk_budget_bytes = given.get<std::uint64_t>("disk_mb") * 1'000'000;
  options.progress = [&](const PrepareProgress& now) {
    return watch([&] { return nb::make_tuple(now.done, now.all, now.seconds_left); });
  };
  const Prepared done = watch.take(without_gil("prepare", [&] { return prepare_avatar(folder, options); }));
  return nb::make_tuple(done.frames, done.were_there, done.written, done.bytes_per_frame,
                        list_of(warnings.take()));
}

void calibrate_avatar(const fs::path& folder, const fs::path& speech, int faces, nb::object progress) {
  Watch watch(std::move(progress));
  CalibrateOptions options;
  options.faces = faces;
  options.progress = [&](int done, int all) { return watch([&] { return nb::make_tuple(done, all); }); };
  watch.take(without_gil("calibrate", [&] { return calibrate(folder, speech, options); }));
}

}  // namespace

void bind_import(nb::module_& module) {
  module.def("import_avatar", &import_job, nb::arg("job"), nb::arg("progress").none());
  module.def("prepare", &prepare, nb::arg("folder"), nb::arg("options"), nb::arg("progress").none());
  module.def("calibrate", &calibrate_avatar, nb::arg("folder"), nb::arg("speech"), nb::arg("faces"),
             nb::arg("progress").none());
}

}  // namespace framegen::python
