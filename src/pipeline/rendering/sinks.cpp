// sinks.cpp: one sink per output that the job names; none: the null sink.
#include "pipeline/rendering/sinks.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

#include "core/machine.hpp"
#include "sink/image_sink.hpp"
#include "sink/mp4_join.hpp"
#include "sink/mp4_sink.hpp"
#include "sink/null_sink.hpp"
#include "sink/raw_sink.hpp"
#include "sink/tee_sink.hpp"

namespace framegen {
namespace {

std::unique_ptr<Sink> mp4(const RenderJob& job) {
  Mp4Options options;
  options.video.crf = job.crf;
  options.video.preset = job.preset;
  options.video.threads =
      std::min(4, usable_cores());  // not --threads: the same file for any number of workers
  options.sound = job.audio;
  options.sound_first_frame = job.first_frame;
  options.mark = job.mark;
  if (job.first_frame > 0 || job.end_frame) options.description = part_tag(job.first_frame);
  options.software = std::string("framegen ") + FRAMEGEN_VERSION;
  return std::make_unique<Mp4Sink>(job.video, options);
}

std::unique_ptr<Sink> images(const RenderJob& job) {
  ImageSinkOptions options;
  options.picture_format = job.frames_format;
  options.overwrite = job.overwrite_frames_folder;
  return std::make_unique<ImageSink>(job.frames_folder, options);
}

}  // namespace

Result<RenderSinks> RenderSinks::make(const RenderJob& job) {
  RenderSinks made;
  std::vector<std::unique_ptr<Sink>> sinks;
  if (!job.video.empty()) sinks.push_back(mp4(job));
  if (!job.frames_folder.empty()) sinks.push_back(images(job));
  if (!job.raw.empty()) sinks.push_back(std::make_unique<RawSink>(job.raw.string(), job.raw_format));
  if (!job.hash.empty()) {
    auto hash = std::make_unique<HashSink>(job.hash);
    made.hash_ = hash.get();
    sinks.push_back(std::move(hash));
  }
  if (sinks.empty()) sinks.push_back(std::make_unique<NullSink>());
  made.sink_ = std::make_unique<TeeSink>(std::move(sinks));
  return made;
}

Status RenderSinks::begin(const AvatarInfo& avatar) {
  SinkFormat format;
  format.width = avatar.width;
  format.height = avatar.height;
  // 25, 20 and 29.97 alike as a fraction.
  const bool whole = avatar.fps == std::floor(avatar.fps);
  format.fps_numerator =
      whole ? static_cast<int>(avatar.fps) : static_cast<int>(std::lround(avatar.fps * 1001));
  format.fps_denominator = whole ? 1 : 1001;
  return sink_->begin(format);
}

}  // namespace framegen
