// film_survey.hpp: who is seen where in a film, and where it is cut; a few numbers a frame are kept of it.
#pragma once

#include <filesystem>
#include <functional>
#include <vector>

#include "pipeline/importing/faces/face_tracker.hpp"
#include "pipeline/importing/film_frames.hpp"

namespace framegen {

struct FrameSight {
  std::vector<FaceSight> faces;
  bool cut = false;    // it does not go on from the frame before it
  bool black = false;  // nothing is to be seen in it
};

struct FilmSurvey {
  int width = 0, height = 0;
  std::vector<FrameSight> frames;
};

// As long as a film's pictures need be for its faces to be found: larger ones are looked at smaller.
constexpr int kSurveySide = 1920;

// Looks through the whole film; one picture in memory. What is told is in pixels of the film's own size.
// Errors: kBadInput (of the film), kCancelled.
Result<FilmSurvey> survey_film(FilmFrames& film, FaceTracker& tracker,
                               const std::function<bool(int done, int all)>& progress);

}  // namespace framegen
