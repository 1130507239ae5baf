// presenter_choice.cpp: faces weighed against each other; faults told as ranges of frames.
#include "pipeline/importing/faces/presenter_choice.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "core/frame_rate.hpp"
#include "pipeline/importing/faces/presenter_plan.hpp"

namespace framegen {
namespace {

constexpr double kTurned_degrees = 35;  // to a side, and towards a shoulder
constexpr double kOffCentre = 0.5;      // what a face in the corner loses of its weight
constexpr int kBrief = 12;              // frames: who is seen less is no face that anybody would choose
constexpr int kMostRanges = 5;          // that an error names

struct Candidate {
  int face = 0;
  double weight = 0;  // summed over frames
  int frames = 0, first = 0, last = 0;
  double x = 0, y = 0, side = 0;  // sums
};

std::vector<Candidate> weigh(const FilmSurvey& survey) {
  std::vector<Candidate> all;
  const double half = std::hypot(survey.width, survey.height) / 2;
  for (std::size_t i = 0; i < survey.frames.size(); ++i)
    for (const FaceSight& sight : survey.frames[i].faces) {
      auto found =
          std::find_if(all.begin(), all.end(), [&](const Candidate& c) { return c.face == sight.face; });
      if (found == all.end()) {
        all.push_back({.face = sight.face, .first = static_cast<int>(i)});
        found = all.end() - 1;
      }
      const double away =
          std::hypot(sight.centre.x - survey.width / 2.0, sight.centre.y - survey.height / 2.0) / half;
      found->weight += sight.side * (1 - kOffCentre * std::min(away, 1.0));
      found->last = static_cast<int>(i);
      ++found->frames;
      found->x += sight.centre.x;
      found->y += sight.centre.y;
      found->side += sight.side;
    }
  std::stable_sort(all.begin(), all.end(),
                   [](const Candidate& a, const Candidate& b) { return a.weight > b.weight; });
  const auto brief = [](const Candidate& c) { return c.frames < kBrief; };
  if (!all.empty() && !brief(all.front()))
    all.erase(std::remove_if(all.begin(), all.end(), brief), all.end());
  return all;
}

std::string describe(std::size_t number, const Candidate& c) {
  const double n = c.frames;
  return fmt::format("{} at x {:.0f}, y {:.0f}, {:.0f} pixels, in {} frames", number, c.x / n, c.y / n,
                     c.side / n, c.frames);
}

const char* words_for(FrameFault fault, bool many) {
  switch (fault) {
    case FrameFault::kBlack:
      return many ? "are black" : "is black";
    case FrameFault::kNoFace:
      return many ? "show no face" : "shows no face";
    case FrameFault::kTurned:
      return many ? "turn the face away by more than 35°" : "turns the face away by more than 35°";
    case FrameFault::kTilted:
      return many ? "have the head tilted by more than 35°" : "has the head tilted by more than 35°";
    case FrameFault::kCovered:
      return many ? "have the face covered or unclear" : "has the face covered or unclear";
    case FrameFault::kOutside:
      return many ? "have the face over the picture's edge" : "has the face over the picture's edge";
    case FrameFault::kNone:
      break;
  }
  return "";
}

double seconds(int frames) { return static_cast<double>(frames) / kFramesPerSecond; }

}  // namespace

std::string time_words(int frames) { return fmt::format("{:.1f} s", seconds(frames)); }

std::string time_words(int first, int last) {
  if (first == last) return fmt::format("frame {} ({:.1f} s)", first, seconds(first));
  return fmt::format("frames {}–{} ({:.1f}–{:.1f} s)", first, last, seconds(first), seconds(last + 1));
}

FrameFault fault_of(const FilmSurvey& survey, int frame, const FaceSight* sight, const BoxCut& cut) {
  if (sight == nullptr)
    return survey.frames[static_cast<std::size_t>(frame)].black ? FrameFault::kBlack : FrameFault::kNoFace;
  if (std::abs(sight->yaw_degrees) > kTurned_degrees) return FrameFault::kTurned;
  if (std::abs(sight->roll_degrees) > kTurned_degrees) return FrameFault::kTilted;
  if (!sight->confirmed) return FrameFault::kCovered;
  const Rectangle box = cut_box(*sight, cut);
  const bool inside = box.x >= 0 && box.y >= 0 && box.width > 0 && box.x + box.width <= survey.width &&
                      box.y + box.height <= survey.height;
  return inside ? FrameFault::kNone : FrameFault::kOutside;
}

std::string fault_words(const std::vector<FrameFault>& faults, const std::vector<int>& frames) {
  std::string words;
  int ranges = 0;
  for (std::size_t i = 0; i < frames.size();) {
    const FrameFault fault = faults[static_cast<std::size_t>(frames[i])];
    std::size_t end = i + 1;
    while (end < frames.size() && frames[end] == frames[end - 1] + 1 &&
           faults[static_cast<std::size_t>(frames[end])] == fault)
      ++end;
    if (++ranges <= kMostRanges)
      words += (words.empty() ? "" : ", ") + time_words(frames[i], frames[end - 1]) + " " +
               words_for(fault, end - i > 1);
    i = end;
  }
  if (ranges > kMostRanges)
    words +=
        fmt::format(", and {} more such stretches; {} frames in all", ranges - kMostRanges, frames.size());
  return words;
}

Result<FaceChoice> choose_face(const FilmSurvey& survey, int face, const std::string& film) {
  const std::vector<Candidate> all = weigh(survey);
  if (all.empty()) {
    const bool black =
        std::all_of(survey.frames.begin(), survey.frames.end(), [](const FrameSight& f) { return f.black; });
    return Error{
        ErrorCode::kBadInput, film,
        black ? "is black from beginning to end"
              : fmt::format("shows no face in {} frames", survey.frames.size()),
        "film a person who looks into the camera, the face a fifth of the picture's height or more; or say "
        "where it is: --box, --boxes, --landmarks"};
  }
  const std::size_t chosen = face == 0 ? 0 : static_cast<std::size_t>(face) - 1;
  if (face < 0 || chosen >= all.size())
    return Error{ErrorCode::kBadUse, fmt::format("--face {}", face),
                 fmt::format("is not in the film, which shows {}", all.size()),
                 "count from 1, the most prominent first"};
  FaceChoice choice;
  for (const FrameSight& frame : survey.frames) {
    const auto found = std::find_if(frame.faces.begin(), frame.faces.end(),
                                    [&](const FaceSight& s) { return s.face == all[chosen].face; });
    choice.sights.push_back(found == frame.faces.end() ? nullptr : &*found);
  }
  if (all.size() > 1) {
    std::string words = fmt::format("{}: shows {} faces: ", film, all.size());
    for (std::size_t i = 0; i < std::min<std::size_t>(all.size(), kMostRanges); ++i)
      words += (i == 0 ? "" : "; ") + describe(i + 1, all[i]);
    choice.notes.push_back(words +
                           fmt::format(". Number {} is the presenter; --face N takes another", chosen + 1));
  }
  return choice;
}

}  // namespace framegen
