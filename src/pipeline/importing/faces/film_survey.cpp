// film_survey.cpp: every frame once: a thumbnail for cuts and darkness, the tracker for faces.
#include "pipeline/importing/faces/film_survey.hpp"

#include <algorithm>
#include <cmath>
#include <cstdlib>

#include "avatar/avatar_writer.hpp"
#include "face/resize.hpp"

namespace framegen {
namespace {

constexpr int kThumbWidth = 32, kThumbHeight = 18;
constexpr double kCutLevels = 22;  // of 255, on average over the thumbnail
constexpr double kCutTimes = 4;    // what went on in the frames before
constexpr double kJump = 0.35;     // of the face's side, from one frame to the next
constexpr double kZoom = 1.12;     // of the width between the cheeks, from one frame to the next
constexpr int kBlackLevel = 24;    // of 255: the brightest part of a black frame

class Thumbnails {
 public:
  Status next(ImageView picture, FrameSight& sight) {
    FRAMEGEN_TRY(resize(picture, Interpolation::kArea, now_.view()));
    sight.black = *std::max_element(now_.data(), now_.data() + now_.bytes()) < kBlackLevel;
    if (seen_) {
      double sum = 0;
      for (std::size_t i = 0; i < now_.bytes(); ++i) sum += std::abs(now_.data()[i] - before_.data()[i]);
      const double change = sum / static_cast<double>(now_.bytes());
      sight.cut = change > kCutLevels && change > kCutTimes * usual_;
      if (!sight.cut) usual_ = 0.9 * usual_ + 0.1 * change;
    }
    seen_ = true;
    std::swap(now_, before_);
    return {};
  }

 private:
  Image now_{kThumbWidth, kThumbHeight}, before_{kThumbWidth, kThumbHeight};
  bool seen_ = false;
  double usual_ = 0;  // change from frame to frame
};

double distance(const FacePoint& a, const FacePoint& b) { return std::hypot(a.x - b.x, a.y - b.y); }

// Nobody moves so far within a frame, or comes so much nearer.
bool jumps(const FaceSight& before, const FaceSight& now) {
  const double width = distance(now.left, now.right), was = distance(before.left, before.right);
  return distance(now.centre, before.centre) > kJump * before.side || width > kZoom * was ||
         was > kZoom * width;
}

// A face that jumps in a scene that does not change: somebody has cut out a breath, or gone nearer by
// cutting.
bool jumps(const std::vector<FaceSight>& before, const std::vector<FaceSight>& now) {
  return std::ranges::any_of(now, [&](const FaceSight& face) {
    const auto old = std::ranges::find(before, face.face, &FaceSight::face);
    return old != before.end() && jumps(*old, face);
  });
}

// From pixels of the picture that was looked at to the film's own.
void enlarge(FaceSight& face, double across, double down) {
  for (FacePoint* point : {&face.left, &face.right, &face.bridge, &face.centre, &face.nose, &face.mouth_begin,
                           &face.mouth_end}) {
    point->x *= across;
    point->y *= down;
  }
  face.side *= across;
}

}  // namespace

Result<FilmSurvey> survey_film(FilmFrames& film, FaceTracker& tracker,
                               const std::function<bool(int, int)>& progress) {
  FilmSurvey survey;
  Thumbnails thumbnails;
  for (;;) {
    const Image* picture = FRAMEGEN_TRY(film.next());
    if (picture == nullptr) return survey;
    survey.width = film.full_width();
    survey.height = film.full_height();
    FrameSight sight;
    FRAMEGEN_TRY(thumbnails.next(picture->view(), sight));
    FRAMEGEN_TRY(tracker.next(picture->view(), sight.cut, sight.faces));
    for (FaceSight& face : sight.faces)
      enlarge(face, static_cast<double>(survey.width) / picture->width(),
              static_cast<double>(survey.height) / picture->height());
    if (!survey.frames.empty() && jumps(survey.frames.back().faces, sight.faces)) sight.cut = true;
    survey.frames.push_back(std::move(sight));
    const std::size_t done = survey.frames.size();
    FRAMEGEN_TRY(tell(progress, done, std::max(done, static_cast<std::size_t>(film.frames_expected()))));
  }
}

}  // namespace framegen
