// film_points.cpp: the largest face's 468 points in every frame of a film at 25 a second, as .npy: what is
// compared with MediaPipe's own program (tools/face_networks/measure.py).
#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <ctime>
#include <limits>

#include "core/npy.hpp"
#include "pipeline/importing/faces/face_tracker.hpp"
#include "pipeline/importing/film_frames.hpp"

namespace framegen {
namespace {

double cpu_seconds() { return static_cast<double>(std::clock()) / CLOCKS_PER_SEC; }

Status run(const char* networks, const char* film_file, const char* out) {
  FaceTracker tracker = FRAMEGEN_TRY(FaceTracker::open(networks));
  FilmFrames film = FRAMEGEN_TRY(FilmFrames::open(film_file, 25));
  std::vector<float> points;
  std::vector<FaceSight> faces;
  int frames = 0, lost = 0;
  double seconds = 0;
  for (;; ++frames) {
    const Image* picture = FRAMEGEN_TRY(film.next());
    if (picture == nullptr) break;
    const double before = cpu_seconds();
    FRAMEGEN_TRY(tracker.next(picture->view(), false, faces));
    seconds += cpu_seconds() - before;
    const auto largest = std::max_element(
        faces.begin(), faces.end(), [](const FaceSight& a, const FaceSight& b) { return a.side < b.side; });
    lost += faces.empty() ? 1 : 0;
    for (std::size_t i = 0; i < mesh_point::kCount; ++i) {
      constexpr float kNone = std::numeric_limits<float>::quiet_NaN();
      const auto* p =
          faces.empty() ? nullptr : &tracker.points(static_cast<std::size_t>(largest - faces.begin()))[i];
      points.push_back(p == nullptr ? kNone : static_cast<float>(p->x));
      points.push_back(p == nullptr ? kNone : static_cast<float>(p->y));
    }
  }
  std::printf("%s: %d frames, %d without a face, %.1f ms of a core each\n", film_file, frames, lost,
              1000 * seconds / std::max(frames, 1));
  return write_npy(out, Shape{frames, static_cast<std::int64_t>(mesh_point::kCount), 2}, points);
}

}  // namespace
}  // namespace framegen

int main(int argc, char** argv) {
  if (argc != 4) {
    std::fprintf(stderr, "film_points assets/face FILM OUT.npy\n");
    return 2;
  }
  const framegen::Status done = framegen::run(argv[1], argv[2], argv[3]);
  if (!done) std::fprintf(stderr, "error: %s\n", done.error().message().c_str());
  return done ? 0 : 1;
}
