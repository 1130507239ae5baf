// sinks.cpp: one sink per output that the job names; none: the null sink.
#include "pipeline/rendering/sinks.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
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

std::unique_ptr<Sink> mp4(const RenderJob& job, sandbox::Zygote* zygote) {
  Mp4Options options;
  options.video.crf = job.crf;
  options.video.preset = job.preset;
  options.video.threads =
      std::min(4, usable_cores());  // not --threads: the same file for any number of workers
  options.sound = job.audio;
  options.zygote = zygote;
  options.sound_first_frame = job.first_frame;
  options.mark = job.mark;
  options.sound_to_its_end = !job.end_frame;
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

// 29.97 is said of 30000/1001 and 23.976 of 24000/1001; all others are what they say, to a thousandth.
FrameRate frame_rate_of(double fps) {
  const double film = fps * 1001 / 1000;
  if (film > 0.5 && fps != std::floor(fps) && std::abs(film - std::round(film)) < 3e-4)
    return {static_cast<int>(std::lround(film)) * 1000, 1001};
  const auto thousandths = std::max(1, static_cast<int>(std::lround(fps * 1000)));
  const int common = std::gcd(thousandths, 1000);
  return {thousandths / common, 1000 / common};
}

Result<RenderSinks> RenderSinks::make(const RenderJob& job, sandbox::Zygote* zygote) {
  RenderSinks made;
  std::vector<std::unique_ptr<Sink>> sinks;
  if (!job.video.empty()) sinks.push_back(mp4(job, zygote));
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
  const FrameRate rate = frame_rate_of(avatar.fps);
  format.fps_numerator = rate.numerator;
  format.fps_denominator = rate.denominator;
  return sink_->begin(format);
}

}  // namespace framegen
