// import_video.cpp: film → pictures and boxes, frame by frame; one picture in memory.
#include "pipeline/importing/import_video.hpp"

#include <algorithm>
#include <optional>

#include "audio/audio_reader.hpp"
#include "avatar/avatar_writer.hpp"
#include "avatar/smooth_boxes.hpp"
#include "pipeline/importing/face_finder.hpp"
#include "pipeline/importing/faces/contact_sheet.hpp"
#include "pipeline/importing/faces/face_crops.hpp"
#include "pipeline/importing/faces/learn_box_cut.hpp"
#include "pipeline/importing/film_frames.hpp"
#include "pipeline/speaking/prepared_frames.hpp"
#include "pipeline/speaking/sandbox_impl.hpp"
#include "sink/image_sink.hpp"

namespace framegen {
namespace {

constexpr const char* kFolder = "frames";
constexpr const char* kSheet = "contact_sheet.jpg";

// As image_sink.hpp names them.
std::string picture_name(std::size_t frame, PictureFormat format) {
  std::string number = std::to_string(frame);
  number.insert(0, 6 - std::min<std::size_t>(6, number.size()), '0');
  return std::string(kFolder) + "/frame_" + number + (format == PictureFormat::kPng ? ".png" : ".jpg");
}

// The film was looked through before: what was planned then.
class PlannedFinder : public FaceFinder {
 public:
  explicit PlannedFinder(const PresenterPlan& plan) : plan_(plan) {}
  bool wants(int frame) const override { return box_of(frame) != nullptr; }
  Result<Rectangle> find(int frame, ImageView) override {
    const Rectangle* box = box_of(frame);
    return box == nullptr ? Rectangle{} : *box;
  }
  const Rectangle* box_of(int frame) const {
    const auto at = std::lower_bound(plan_.frames.begin(), plan_.frames.end(), frame);
    if (at == plan_.frames.end() || *at != frame) return nullptr;
    return &plan_.boxes[static_cast<std::size_t>(at - plan_.frames.begin())];
  }

 private:
  const PresenterPlan& plan_;
};

class VideoImport {
 public:
  VideoImport(const ImportJob& job, Manifest manifest, Log log)
      : job_(job), manifest_(std::move(manifest)), log_(std::move(log)) {}
  Status run();

 private:
  Result<std::unique_ptr<FaceFinder>> make_finder();
  Result<PresenterPlan> look_through();
  Status take_frames(FilmFrames& film, FaceFinder& finder, Sink& sink);
  bool in_range(int frame) const {
    return plan_ || !job_.frames || (frame >= job_.frames->first && frame < job_.frames->second);
  }
  bool is_over(int frame) const;
  void warn_of_cut_boxes() const;

  const ImportJob& job_;
  Manifest manifest_;
  Log log_;
  std::optional<PresenterPlan> plan_;  // where the face is found by the networks that are shipped
  std::optional<ContactSheet> sheet_;
  std::optional<FaceCrops> crops_;
};

bool says_where(const VideoFaces& faces) {
  return !faces.boxes.empty() || !faces.landmarks.empty() || faces.box || !faces.landmark_model.empty();
}

// Once through the film for the faces, before a second time for the pictures: neither is kept in memory.
Result<PresenterPlan> VideoImport::look_through() {
  PresenterWords words;
  words.face = job_.faces.face;
  words.skip_lost = job_.faces.skip_lost;
  words.frames = job_.frames;
  if (job_.faces.smoothing != 0) words.smoothing = job_.faces.smoothing;
  if (!job_.base_avatar.empty())
    words.cut = FRAMEGEN_TRY(learn_box_cut(job_.base_avatar, job_.faces.networks));
  FaceTracker tracker = FRAMEGEN_TRY(FaceTracker::open(job_.faces.networks));
  FilmFrames film =
      FRAMEGEN_TRY(FilmFrames::open(job_.video, manifest_.fps, kSurveySide, zygote_of(job_.sandbox)));
  const FilmSurvey survey = FRAMEGEN_TRY(survey_film(film, tracker, job_.progress));
  PresenterPlan plan = FRAMEGEN_TRY(plan_presenter(survey, words, job_.video.string()));
  if (!AudioReader::open(job_.video, {}, zygote_of(job_.sandbox)))
    plan.warnings.push_back(job_.video.string() +
                            ": has no sound: enough for a template, but no mouth can be learned from it");
  for (const std::string& note : plan.notes)
    if (job_.on_note) job_.on_note(note);
  for (const std::string& warning : plan.warnings) warn(log_, warning);
  return plan;
}

Result<std::unique_ptr<FaceFinder>> VideoImport::make_finder() {
  if (says_where(job_.faces) || job_.faces.networks.empty()) {
    if (job_.crops.empty()) return FaceFinder::make(job_.faces, log_);
    return Error{ErrorCode::kBadUse, job_.crops.string(),
                 "crops are made where framegen finds the face itself",
                 "leave out --box, --boxes, --landmarks and --landmark-model"};
  }
  plan_ = FRAMEGEN_TRY(look_through());
  manifest_.idle = plan_->idle;
  sheet_.emplace(plan_->frames, plan_->lost);
  if (!job_.crops.empty())
    crops_ = FRAMEGEN_TRY(FaceCrops::create(job_.crops, *plan_, geometry_of(manifest_)));
  return std::unique_ptr<FaceFinder>(std::make_unique<PlannedFinder>(*plan_));
}

Status VideoImport::run() {
  const auto finder = FRAMEGEN_TRY(make_finder());
  FilmFrames film = FRAMEGEN_TRY(FilmFrames::open(job_.video, manifest_.fps, 0, zygote_of(job_.sandbox)));
  AvatarWriter writer = FRAMEGEN_TRY(AvatarWriter::create(job_.output, job_.replace));
  manifest_.generator = FRAMEGEN_TRY(writer.copy_model(job_.generator, "generator.onnx"));
  if (!manifest_.audio.is_direct())
    manifest_.audio_encoder = FRAMEGEN_TRY(writer.copy_model(job_.audio_encoder, "audio_encoder.onnx"));
  {
    ImageSink sink(writer.folder() / kFolder,
                   {.picture_format = job_.video_frames, .jpeg_quality = 97, .jpeg_full_chroma = true});
    FRAMEGEN_TRY(take_frames(film, *finder, sink));
  }
  if (sheet_) {
    FRAMEGEN_TRY(sheet_->write(writer.folder() / kSheet));
  } else {
    const int smoothing = job_.faces.smoothing == 0 ? finder->default_smoothing() : job_.faces.smoothing;
    manifest_.boxes = smooth_boxes(manifest_.boxes, smoothing);
  }
  warn_of_cut_boxes();
  FRAMEGEN_TRY(writer.commit(manifest_));
  return crops_ ? crops_->finish() : Status{};
}

bool VideoImport::is_over(int frame) const {
  if (plan_) return frame > std::max({plan_->frames.back(), sheet_->last(), crops_ ? crops_->last() : 0});
  return job_.frames && frame >= job_.frames->second;
}

Status VideoImport::take_frames(FilmFrames& film, FaceFinder& finder, Sink& sink) {
  int frame = 0;  // of the film
  for (; !is_over(frame); ++frame) {
    const Image* picture = FRAMEGEN_TRY(film.next());
    if (picture == nullptr) break;
    if (frame == 0) {
      manifest_.width = picture->width();
      manifest_.height = picture->height();
      FRAMEGEN_TRY(sink.begin({.width = picture->width(), .height = picture->height()}));
    }
    const Rectangle box = FRAMEGEN_TRY(finder.find(frame, picture->view()));
    const bool wanted = finder.wants(frame) && in_range(frame);
    if (sheet_) FRAMEGEN_TRY(sheet_->look(frame, picture->view(), wanted ? &box : nullptr));
    if (crops_) FRAMEGEN_TRY(crops_->look(frame, picture->view()));
    if (!wanted) continue;
    const std::size_t taken = manifest_.frames.size();
    manifest_.boxes.push_back(box);
    SinkFrame out;
    out.index = static_cast<std::int64_t>(taken);
    out.bgr = picture->view();
    FRAMEGEN_TRY(sink.write(out));
    manifest_.frames.push_back(picture_name(taken, job_.video_frames));
    const std::size_t done = taken + 1,
                      all = plan_ ? plan_->frames.size() : static_cast<std::size_t>(film.frames_expected());
    FRAMEGEN_TRY(tell(job_.progress, done, std::max(done, all)));
  }
  if (manifest_.frames.empty())
    return Error{ErrorCode::kBadUse, "--frames",
                 "lies behind the film, which has " + std::to_string(frame) + " frames at 25 a second",
                 "give first:end, the end not included"};
  if (!job_.frames) finder.finish(frame);
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
