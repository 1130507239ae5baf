// render.cpp: whole speeches into files, and long ones in parts.
#include "framegen/render.hpp"

#include <nanobind/stl/filesystem.h>
#include <nanobind/stl/optional.h>
#include <nanobind/stl/pair.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include "framegen/split.hpp"
#include "handles.hpp"
#include "words.hpp"

namespace framegen::python {
namespace {

namespace fs = std::filesystem;
constexpr Choices<PictureFormat, 2> kPictures{{{"png", PictureFormat::kPng}, {"jpg", PictureFormat::kJpeg}}};
constexpr Choices<RawFormat, 2> kRawFormats{{{"bgr24", RawFormat::kBgr24}, {"y4m", RawFormat::kY4m}}};

// Values that the keyword arguments of framegen.render have (framegen/files.py); all are there.
template <class T>
T of(const nb::dict& given, const char* name) {
  return nb::cast<T>(given[name]);
}

RenderJob job_of(const nb::dict& given) {
  RenderJob job;
  job.audio = of<fs::path>(given, "audio");
  job.video = of<fs::path>(given, "video");
  job.frames_folder = of<fs::path>(given, "frames_folder");
  job.raw = of<fs::path>(given, "raw");
  job.hash = of<fs::path>(given, "hash");
  job.crf = of<int>(given, "crf");
  job.preset = of<std::string>(given, "preset");
  job.mark = of<bool>(given, "mark");
  job.frames_format = choice("RenderJob::frames_format", of<std::string>(given, "frames_format"), kPictures);
  job.raw_format = choice("RenderJob::raw_format", of<std::string>(given, "raw_format"), kRawFormats);
  job.first_frame = of<std::int64_t>(given, "first_frame");
  job.end_frame = of<std::optional<std::int64_t>>(given, "end_frame");
  job.start_frame = of<int>(given, "start_frame");
  job.overwrite_frames_folder = of<bool>(given, "overwrite_frames_folder");
  job.blend = choice("RenderJob::blend", of<std::string>(given, "blend"), kBlends);
  job.expected_frames = kWholeSpeech;
  return job;
}

std::string render_job(const AvatarHandle& avatar, const nb::dict& given, nb::object progress) {
  const RenderJob job = job_of(given);
  const auto& inside = avatar.get();
  Engine& engine = avatar.engine.get();
  Watch watch(std::move(progress));
  auto report = without_gil("render", [&] {
    return render(engine, inside, job, [&](const Progress& at) {
      return watch([&] { return nb::make_tuple(at.frames_done, at.frames_all, at.elapsed_s); });
    });
  });
  const RenderReport done = watch.take(std::move(report));
  return done.to_json();
}

std::int64_t frames_of_speech(const fs::path& audio) {
  return take(without_gil("speech_frames", [&] { return speech_frames(audio); }));
}

std::vector<std::pair<std::int64_t, std::optional<std::int64_t>>> ranges(std::int64_t frames, int parts) {
  std::vector<std::pair<std::int64_t, std::optional<std::int64_t>>> all;
  for (const FrameRange& range : split_frames(frames, parts)) all.emplace_back(range.first, range.end);
  return all;
}

std::int64_t join_job(const std::vector<fs::path>& parts, const fs::path& audio, const fs::path& video,
                      bool mark, nb::object progress) {
  Watch watch(std::move(progress));
  JoinJob job;
  job.parts = parts;
  job.audio = audio;
  job.video = video;
  job.mark = mark;
  job.progress = [&](std::int64_t done, std::int64_t all) {
    return watch([&] { return nb::make_tuple(done, all); });
  };
  return watch.take(without_gil("join", [&] { return join_parts(job); }));
}

}  // namespace

void bind_render(nb::module_& module) {
  module.def("render", &render_job, nb::arg("avatar"), nb::arg("job"), nb::arg("progress").none());
  module.def("speech_frames", &frames_of_speech, nb::arg("audio"));
  module.def("split_frames", &ranges, nb::arg("frames"), nb::arg("parts"));
  module.def("join", &join_job, nb::arg("parts"), nb::arg("audio"), nb::arg("video"), nb::arg("mark"),
             nb::arg("progress").none());
}

}  // namespace framegen::python
