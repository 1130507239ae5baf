// import.cpp: other people's files into avatars, and what int8 must know of one.
#include "framegen/import.hpp"

#include <nanobind/stl/array.h>
#include <nanobind/stl/filesystem.h>
#include <nanobind/stl/optional.h>
#include <nanobind/stl/string.h>

#include "framegen/calibrate.hpp"
#include "handles.hpp"
#include "words.hpp"

namespace framegen::python {
namespace {

namespace fs = std::filesystem;
constexpr Choices<AudioFeatures, 3> kFeatures{{{"dataset", AudioFeatures::kFromDataset},
                                               {"ave", AudioFeatures::kAve},
                                               {"hubert", AudioFeatures::kHubert}}};
constexpr Choices<PictureFormat, 2> kPictures{{{"png", PictureFormat::kPng}, {"jpg", PictureFormat::kJpeg}}};

// Values that the keyword arguments of framegen.import_avatar have (framegen/making.py); all are there.
ImportJob job_of(const nb::dict& given) {
  const auto path = [&](const char* name) { return nb::cast<fs::path>(given[name]); };
  ImportJob job;
  job.output = path("output");
  job.video = path("video");
  job.dataset = path("dataset");
  job.package = path("package");
  job.livetalking = path("livetalking");
  job.generator = path("generator");
  job.audio_encoder = path("audio_encoder");
  job.faces.boxes = path("boxes");
  job.faces.landmarks = path("landmarks");
  job.faces.landmark_model = path("landmark_model");
  if (const auto box = nb::cast<std::optional<std::array<int, 4>>>(given["box"]))
    job.faces.box = Rectangle{(*box)[0], (*box)[1], (*box)[2], (*box)[3]};
  job.faces.landmark_points = nb::cast<std::optional<std::array<int, 3>>>(given["landmark_points"]);
  job.faces.smoothing = nb::cast<int>(given["smoothing"]);
  job.video_frames =
      choice("ImportJob::video_frames", nb::cast<std::string>(given["video_frames"]), kPictures);
  job.audio_features =
      choice("ImportJob::audio_features", nb::cast<std::string>(given["audio_features"]), kFeatures);
  job.name = nb::cast<std::string>(given["name"]);
  job.licence = nb::cast<std::string>(given["licence"]);
  job.replace = nb::cast<bool>(given["replace"]);
  return job;
}

nb::list import_job(const nb::dict& given, nb::object progress) {
  ImportJob job = job_of(given);
  Watch watch(std::move(progress));
  Warnings warnings;
  job.on_warning = [&](std::string_view text) { warnings.add(text); };
  job.progress = [&](int done, int all) { return watch([&] { return nb::make_tuple(done, all); }); };
  watch.take(without_gil("import_avatar", [&] { return import_avatar(job); }));
  nb::list texts;
  for (const std::string& text : warnings.take()) texts.append(nb::str(text.c_str()));
  return texts;
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
  module.def("calibrate", &calibrate_avatar, nb::arg("folder"), nb::arg("speech"), nb::arg("faces"),
             nb::arg("progress").none());
}

}  // namespace framegen::python
