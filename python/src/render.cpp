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
constexpr Choices<RawFormat, 2> kRawFormats{{{"bgr24", RawFormat::kBgr24}, {"y4m", RawFormat::kY4m}}};

RenderJob job_of(const nb::dict& words) {
  const Given given(words);
  RenderJob job;
  given.into(job.audio, "audio");
  given.into(job.video, "video");
  given.into(job.frames_folder, "frames_folder");
  given.into(job.raw, "raw");
  given.into(job.hash, "hash");
  given.into(job.crf, "crf");
  given.into(job.preset, "preset");
  given.into(job.mark, "mark");
  given.into(job.frames_format, "frames_format", "RenderJob", kPictures);
  given.into(job.raw_format, "raw_format", "RenderJob", kRawFormats);
  given.into(job.first_frame, "first_frame");
  given.into(job.end_frame, "end_frame");
  given.into(job.start_frame, "start_frame");
  given.into(job.overwrite_frames_folder, "overwrite_frames_folder");
  given.into(job.blend, "blend", "RenderJob", kBlends);
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
