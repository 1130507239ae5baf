// presenter_plan.hpp: from what was seen in a film to an avatar: whose face, which frames, which boxes.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "pipeline/importing/faces/film_survey.hpp"

namespace framegen {

// A face box, measured from the left cheek to the right one: shares of that width. As it stands:
// SyncTalk_2D's (docs/reference.md §5).
struct BoxCut {
  double left = 0;  // of the box's left edge, from the left cheek
  double top = 0;   // of its top, from the bridge of the nose
  double side = 1;
};
Rectangle cut_box(const FaceSight& sight, const BoxCut& cut);

struct PresenterWords {
  int face = 0;  // 1 …, as the plan's notes number them; 0: the most prominent
  bool skip_lost = false;
  std::optional<std::pair<int, int>> frames;  // of the film at 25 a second: first, and one after the last
  int smoothing = 5;                          // frames over which boxes are averaged
  BoxCut cut;
};

// A frame that can be used, whether the template has it or not.
struct GoodFrame {
  int frame = 0;  // of the film
  Rectangle box;
  FaceSight sight;
};

struct PresenterPlan {
  std::vector<int> frames;  // of the film, ascending: the template
  std::vector<Rectangle> boxes;
  std::optional<std::pair<int, int>> idle;  // template frames with closed lips
  std::vector<GoodFrame> good;              // ascending
  std::vector<int> lost;                    // of the film: frames that cannot be used
  std::vector<std::string> notes, warnings;
};

// `film` stands in errors, notes and warnings; frames are named as they are counted at 25 a second. Errors:
// kBadInput: no face, none that is seen long enough, frames that cannot be used in the range that was asked
// for; kBadUse: a face or range that the film has not.
Result<PresenterPlan> plan_presenter(const FilmSurvey& survey, const PresenterWords& words,
                                     const std::string& film);

}  // namespace framegen
