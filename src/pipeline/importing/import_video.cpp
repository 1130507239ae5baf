// import_video.cpp: film → pictures and boxes, frame by frame; one picture in memory.
#include "pipeline/importing/import_video.hpp"

#include <algorithm>

#include "avatar/avatar_writer.hpp"
#include "avatar/smooth_boxes.hpp"
#include "pipeline/importing/face_finder.hpp"
#include "pipeline/importing/film_frames.hpp"
#include "sink/image_sink.hpp"

namespace framegen {
namespace {

constexpr const char* kFolder = "frames";

// As image_sink.hpp names them.
std::string picture_name(std::size_t frame, PictureFormat format) {
  std::string number = std::to_string(frame);
  number.insert(0, 6 - std::min<std::size_t>(6, number.size()), '0');
  return std::string(kFolder) + "/frame_" + number + (format == PictureFormat::kPng ? ".png" : ".jpg");
}

class VideoImport {
 public:
  VideoImport(const ImportJob& job, Manifest manifest, Log log)
      : job_(job), manifest_(std::move(manifest)), log_(std::move(log)) {}
  Status run();

 private:
  Status take_frames(FilmFrames& film, FaceFinder& finder, Sink& sink);
  void warn_of_cut_boxes() const;

  const ImportJob& job_;
  Manifest manifest_;
  Log log_;
};

Status VideoImport::run() {
  FilmFrames film = FRAMEGEN_TRY(FilmFrames::open(job_.video, manifest_.fps));
  const auto finder = FRAMEGEN_TRY(FaceFinder::make(job_.faces, log_));
  AvatarWriter writer = FRAMEGEN_TRY(AvatarWriter::create(job_.output, job_.replace));
  manifest_.generator = FRAMEGEN_TRY(writer.copy_model(job_.generator, "generator.onnx"));
  if (!manifest_.audio.is_direct())
    manifest_.audio_encoder = FRAMEGEN_TRY(writer.copy_model(job_.audio_encoder, "audio_encoder.onnx"));
  {
    ImageSink sink(writer.folder() / kFolder,
                   {.picture_format = job_.video_frames, .jpeg_quality = 97, .jpeg_full_chroma = true});
    FRAMEGEN_TRY(take_frames(film, *finder, sink));
  }
  const int smoothing = job_.faces.smoothing == 0 ? finder->default_smoothing() : job_.faces.smoothing;
  manifest_.boxes = smooth_boxes(manifest_.boxes, smoothing);
  warn_of_cut_boxes();
  return writer.commit(manifest_);
}

Status VideoImport::take_frames(FilmFrames& film, FaceFinder& finder, Sink& sink) {
  for (;;) {
    const Image* picture = FRAMEGEN_TRY(film.next());
    if (picture == nullptr) break;
    const std::size_t frame = manifest_.frames.size();
    if (frame == 0) {
      manifest_.width = picture->width();
      manifest_.height = picture->height();
      FRAMEGEN_TRY(sink.begin({.width = picture->width(), .height = picture->height()}));
    }
    manifest_.boxes.push_back(FRAMEGEN_TRY(finder.find(static_cast<int>(frame), picture->view())));
    SinkFrame out;
    out.index = static_cast<std::int64_t>(frame);
    out.bgr = picture->view();
    FRAMEGEN_TRY(sink.write(out));
    manifest_.frames.push_back(picture_name(frame, job_.video_frames));
    const std::size_t done = frame + 1;
    FRAMEGEN_TRY(tell(job_.progress, done, std::max(done, static_cast<std::size_t>(film.frames_expected()))));
  }
  finder.finish(static_cast<int>(manifest_.frames.size()));
  return sink.finish();
}

void VideoImport::warn_of_cut_boxes() const {
  const auto over = [&](const Rectangle& b) {
    return b.x + b.width > manifest_.width || b.y + b.height > manifest_.height;
  };
  const auto first = std::find_if(manifest_.boxes.begin(), manifest_.boxes.end(), over);
  if (first == manifest_.boxes.end()) return;
  const auto count = std::count_if(first, manifest_.boxes.end(), over);
  warn(log_, job_.video.string() + ": frame " + std::to_string(first - manifest_.boxes.begin()) +
                 ": face box reaches over the right or bottom edge, as do " + std::to_string(count - 1) +
                 " after it; it is cut there and stretched");
}

}  // namespace

Status import_video(const ImportJob& job, Manifest manifest, const Log& log) {
  return VideoImport(job, std::move(manifest), log).run();
}

}  // namespace framegen
