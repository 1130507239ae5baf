// film_landmarks.cpp: the tracker's points themselves, where else a few numbers of them are kept.
#include "pipeline/importing/faces/film_landmarks.hpp"

#include <algorithm>
#include <limits>

#include "pipeline/importing/faces/film_survey.hpp"

namespace framegen {

Result<std::vector<float>> film_landmarks(const std::filesystem::path& networks,
                                          const std::filesystem::path& film_file) {
  constexpr float kNone = std::numeric_limits<float>::quiet_NaN();
  FaceTracker tracker = FRAMEGEN_TRY(FaceTracker::open(networks));
  FilmFrames film = FRAMEGEN_TRY(FilmFrames::open(film_file, 25, kSurveySide));
  std::vector<float> points;
  std::vector<FaceSight> faces;
  for (;;) {
    const Image* picture = FRAMEGEN_TRY(film.next());
    if (picture == nullptr) return points;
    FRAMEGEN_TRY(tracker.next(picture->view(), false, faces));
    const std::size_t begin = points.size();
    points.resize(begin + 2 * mesh_point::kCount, kNone);
    if (faces.empty()) continue;
    const auto largest = std::max_element(
        faces.begin(), faces.end(), [](const FaceSight& a, const FaceSight& b) { return a.side < b.side; });
    const FacePoints& face = tracker.points(static_cast<std::size_t>(largest - faces.begin()));
    const double across = static_cast<double>(film.full_width()) / picture->width(),
                 down = static_cast<double>(film.full_height()) / picture->height();
    for (std::size_t i = 0; i < mesh_point::kCount; ++i) {
      points[begin + 2 * i] = static_cast<float>(face[i].x * across);
      points[begin + 2 * i + 1] = static_cast<float>(face[i].y * down);
    }
  }
}

}  // namespace framegen
