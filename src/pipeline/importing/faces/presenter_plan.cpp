// presenter_plan.cpp: the presenter among the faces, the stillest stretch, calm boxes, closed lips.
#include "pipeline/importing/faces/presenter_plan.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <tuple>

#include "core/frame_rate.hpp"
#include "pipeline/importing/faces/presenter_choice.hpp"

namespace framegen {
namespace {

constexpr int kLongestTemplate = 20 * kFramesPerSecond;  // frames, where nobody says which
constexpr int kShortestTemplate = kFramesPerSecond;
constexpr int kShortForTraining = 60 * kFramesPerSecond;
constexpr int kShortestIdle = kFramesPerSecond / 2;
constexpr double kLipsMove = 0.006;    // of the face's height: more than this above closed lips is open
constexpr double kClosedShare = 0.05;  // so many frames have lips that are as good as closed
constexpr int kSizeReach = 4;  // a box's size is averaged over so many times the frames that its place is

struct Planner {
  const FilmSurvey& survey;
  const PresenterWords& words;
  const std::string& film;
  PresenterPlan plan{};
  std::vector<const FaceSight*> sights{};  // the presenter's, by frame; null where there is none
  std::vector<FrameFault> faults{};
  double closed_lips = 0;  // of the face's height: what opens no further is closed

  int count() const { return static_cast<int>(survey.frames.size()); }
  bool good(int frame) const { return faults[static_cast<std::size_t>(frame)] == FrameFault::kNone; }
  bool cut(int frame) const { return survey.frames[static_cast<std::size_t>(frame)].cut; }
  const FaceSight& sight(int frame) const { return *sights[static_cast<std::size_t>(frame)]; }
  bool lips_closed(int frame) const { return sight(frame).lip_opening <= closed_lips; }

  Error bad(std::string what, std::string remedy) const {
    return {ErrorCode::kBadInput, film, std::move(what), std::move(remedy)};
  }
  void look_at_lips();
  Status choose_frames();
  Error too_few() const;
  std::pair<int, int> longest() const;
  std::vector<int> rests() const;
  std::pair<int, int> stillest() const;
  double unrest(int first, int last) const;
  void name_faults();
  void name_cuts();
  void make_boxes();
  void find_idle();
  Result<PresenterPlan> run();
};

// How far the face strays from its mean place, in its own sides.
double Planner::unrest(int first, int end) const {
  double x = 0, y = 0, xx = 0, yy = 0, side = 0;
  for (int i = first; i < end; ++i) {
    const FaceSight& s = sight(i);
    x += s.centre.x;
    y += s.centre.y;
    xx += s.centre.x * s.centre.x;
    yy += s.centre.y * s.centre.y;
    side += s.side;
  }
  const double n = end - first;
  const double variance = std::max(0.0, (xx - x * x / n + yy - y * y / n) / n);
  return std::sqrt(variance) / (side / n);
}

void Planner::look_at_lips() {
  std::vector<double> openings;
  for (int i = 0; i < count(); ++i)
    if (good(i)) openings.push_back(sight(i).lip_opening);
  if (openings.empty()) return;
  const auto closed =
      openings.begin() + static_cast<std::ptrdiff_t>(kClosedShare * static_cast<double>(openings.size()));
  std::nth_element(openings.begin(), closed, openings.end());
  closed_lips = *closed + kLipsMove;
}

// The longest stretch without fault and cut.
std::pair<int, int> Planner::longest() const {
  std::pair<int, int> best{0, 0};
  for (int first = 0; first < count();) {
    int end = first;
    while (end < count() && good(end) && (end == first || !cut(end))) ++end;
    if (end - first > best.second - best.first) best = {first, end};
    first = std::max(end, first + 1);
  }
  return best;
}

// By frame: for how many frames the lips have been closed.
std::vector<int> Planner::rests() const {
  std::vector<int> closed(sights.size());
  for (int i = 0; i < count(); ++i)
    if (good(i) && lips_closed(i))
      closed[static_cast<std::size_t>(i)] = 1 + (i > 0 ? closed[static_cast<std::size_t>(i) - 1] : 0);
  return closed;
}

// Of the longest stretch, where that is longer than a template, the calmest part: if there is one in which
// the lips rest for long enough to be shown between speeches, of such parts.
std::pair<int, int> Planner::stillest() const {
  const auto [begin, end] = longest();
  if (end - begin <= kLongestTemplate) return {begin, end};
  const std::vector<int> closed = rests();
  struct Part {
    bool moves_lips;
    double unrest;
    int first;
  };
  std::vector<Part> parts;
  for (int first = begin; first + kLongestTemplate <= end; first += kFramesPerSecond / 5) {
    const auto whole = closed.begin() + first + kShortestIdle - 1;  // closed for so long within the part
    const bool rest = std::any_of(whole, closed.begin() + first + kLongestTemplate,
                                  [](int frames) { return frames >= kShortestIdle; });
    parts.push_back({!rest, unrest(first, first + kLongestTemplate), first});
  }
  const auto best = std::min_element(parts.begin(), parts.end(), [](const Part& a, const Part& b) {
    return std::tie(a.moves_lips, a.unrest) < std::tie(b.moves_lips, b.unrest);
  });
  return {best->first, best->first + kLongestTemplate};
}

Status Planner::choose_frames() {
  if (words.frames || words.skip_lost) {
    const auto [first, end] = words.frames.value_or(std::pair{0, count()});
    if (first < 0 || first >= end || end > count())
      return Error{ErrorCode::kBadUse, "--frames " + std::to_string(first) + ":" + std::to_string(end),
                   "is no part of the film, which has " + std::to_string(count()) + " frames at 25 a second",
                   "give first:end, the end not included"};
    std::vector<int> faulty;
    for (int i = first; i < end; ++i) (good(i) ? plan.frames : faulty).push_back(i);
    if (!faulty.empty() && !words.skip_lost)
      return bad(fault_words(faults, faulty) + " cannot be used",
                 "give another range with --frames, or leave them out with --skip-lost");
  } else {
    const auto [first, end] = stillest();
    for (int i = first; i < end; ++i) plan.frames.push_back(i);
    if (end - first < count())
      plan.notes.push_back(
          film + ": template: " + time_words(first, end - 1) + ", " +
          (end - first == kLongestTemplate ? "the stillest stretch" : "the longest without a fault") +
          "; --frames A:B takes another");
  }
  return static_cast<int>(plan.frames.size()) < kShortestTemplate ? too_few() : Status();
}

Error Planner::too_few() const {
  std::vector<int> faulty;
  for (int i = 0; i < count(); ++i)
    if (!good(i)) faulty.push_back(i);
  const std::string why = faulty.empty() ? "" : ": " + fault_words(faults, faulty);
  return bad("shows the presenter for " + std::to_string(plan.frames.size()) +
                 " frames without a fault, at least " + std::to_string(kShortestTemplate) + " are needed" +
                 why,
             "film again: face to the camera, alone, in one take");
}

void Planner::name_faults() {
  for (int i = 0; i < count(); ++i)
    if (!good(i)) plan.lost.push_back(i);
  if (plan.lost.empty()) return;
  plan.warnings.push_back(film + ": " + fault_words(faults, plan.lost) + "; left out");
}

void Planner::name_cuts() {
  std::string named;
  int cuts = 0;
  for (std::size_t i = 1; i < plan.frames.size(); ++i) {
    const int frame = plan.frames[i];
    if (!cut(frame) && frame == plan.frames[i - 1] + 1) continue;
    if (++cuts <= 5) named += (named.empty() ? "" : ", ") + std::to_string(frame);
  }
  if (cuts > 0)
    plan.warnings.push_back(film + ": the template jumps at frame " + named +
                            (cuts > 5 ? " and others" : "") +
                            ", which will be seen; --frames A:B takes a part without a cut");
  int film_cuts = 0;
  named.clear();
  for (int i = 0; i < count(); ++i)
    if (cut(i) && ++film_cuts <= 5) named += (named.empty() ? "" : ", ") + std::to_string(i);
  if (film_cuts > 0 && cuts == 0)
    plan.notes.push_back(film + ": cut at frame " + named + (film_cuts > 5 ? " and others" : "") +
                         "; the template lies within one take");
}

// Mean over the frames round each, weighted by a triangle, within one take.
std::vector<double> calm(const std::vector<double>& values, const std::vector<int>& takes, int reach) {
  std::vector<double> out(values.size());
  const int n = static_cast<int>(values.size());
  for (int i = 0; i < n; ++i) {
    double sum = 0, weights = 0;
    for (int k = std::max(0, i - reach); k <= std::min(n - 1, i + reach); ++k) {
      if (takes[static_cast<std::size_t>(k)] != takes[static_cast<std::size_t>(i)]) continue;
      const double weight = reach + 1 - std::abs(k - i);
      sum += weight * values[static_cast<std::size_t>(k)];
      weights += weight;
    }
    out[static_cast<std::size_t>(i)] = sum / weights;
  }
  return out;
}

// Boxes of all frames that can be used, so that a frame's box does not depend on which of them are taken.
void Planner::make_boxes() {
  std::vector<double> middle, top, width;
  std::vector<int> takes;  // a new one after each gap and at each cut
  for (int i = 0; i < count(); ++i) {
    if (!good(i)) continue;
    const FaceSight& s = sight(i);
    middle.push_back((s.left.x + s.right.x) / 2);
    top.push_back(s.bridge.y);
    width.push_back(s.right.x - s.left.x);
    const bool goes_on = !plan.good.empty() && plan.good.back().frame == i - 1 && !cut(i);
    takes.push_back(takes.empty() ? 0 : takes.back() + (goes_on ? 0 : 1));
    plan.good.push_back({i, {}, s});
  }
  const int reach = words.smoothing / 2;
  middle = calm(middle, takes, reach);
  top = calm(top, takes, reach);
  width = calm(width, takes, kSizeReach * reach);
  for (std::size_t i = 0, next = 0; i < plan.good.size(); ++i) {
    FaceSight s;
    s.left = {middle[i] - width[i] / 2, top[i]};
    s.right = {middle[i] + width[i] / 2, top[i]};
    s.bridge = {middle[i], top[i]};
    plan.good[i].box = cut_box(s, words.cut);
    if (next >= plan.frames.size() || plan.frames[next] != plan.good[i].frame) continue;
    plan.boxes.push_back(plan.good[i].box);
    ++next;
  }
}

// The longest stretch of closed lips.
void Planner::find_idle() {
  int best_first = 0, best_count = 0;
  for (int first = 0, n = static_cast<int>(plan.frames.size()); first < n;) {
    int end = first;
    const auto follows = [&](int i) {
      return i == first ||
             plan.frames[static_cast<std::size_t>(i)] == plan.frames[static_cast<std::size_t>(i) - 1] + 1;
    };
    while (end < n && lips_closed(plan.frames[static_cast<std::size_t>(end)]) && follows(end)) ++end;
    if (end - first > best_count) best_count = end - first, best_first = first;
    first = std::max(end, first + 1);
  }
  if (best_count < kShortestIdle) {
    plan.warnings.push_back(
        film +
        ": the lips are never closed for half a second in the template: between speeches the "
        "mouth will move; begin the film with five seconds of silence");
    return;
  }
  plan.idle = {best_first, best_first + best_count - 1};
  plan.notes.push_back(film + ": idle range: template frames " + std::to_string(best_first) + "–" +
                       std::to_string(best_first + best_count - 1) + ", lips closed");
}

Result<PresenterPlan> Planner::run() {
  FaceChoice choice = FRAMEGEN_TRY(choose_face(survey, words.face, film));
  plan.notes = std::move(choice.notes);
  sights = std::move(choice.sights);
  for (int i = 0; i < count(); ++i)
    faults.push_back(fault_of(survey, i, sights[static_cast<std::size_t>(i)], words.cut));
  look_at_lips();
  FRAMEGEN_TRY(choose_frames());
  name_faults();
  name_cuts();
  make_boxes();
  find_idle();
  if (count() < kShortForTraining)
    plan.warnings.push_back(
        film + ": is " + time_words(count()) +
        " long: enough for a template, too short to learn a mouth from; film two minutes");
  return std::move(plan);
}

}  // namespace

Rectangle cut_box(const FaceSight& sight, const BoxCut& cut) {
  const double width = sight.right.x - sight.left.x;
  const double left = sight.left.x + cut.left * width;
  const int x = static_cast<int>(std::floor(left)),
            y = static_cast<int>(std::floor(sight.bridge.y + cut.top * width));
  const int side = static_cast<int>(left + cut.side * width) - x;
  return {x, y, side, side};
}

Result<PresenterPlan> plan_presenter(const FilmSurvey& survey, const PresenterWords& words,
                                     const std::string& film) {
  return Planner{survey, words, film}.run();
}

}  // namespace framegen
