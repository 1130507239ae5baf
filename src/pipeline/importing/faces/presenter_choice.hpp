// presenter_choice.hpp: which of a film's faces is the presenter, and what is wrong with single frames of it.
#pragma once

#include <string>
#include <vector>

#include "pipeline/importing/faces/film_survey.hpp"

namespace framegen {

struct BoxCut;

enum class FrameFault { kNone, kBlack, kNoFace, kTurned, kTilted, kCovered, kOutside };

// The presenter in one frame; null: not seen. Outside: the box that would be cut crosses an edge.
FrameFault fault_of(const FilmSurvey& survey, int frame, const FaceSight* sight, const BoxCut& cut);
// "frames 50–74 (2.0–3.0 s) show no face, frame 90 (3.6 s) turns away …": of these frames, ascending.
std::string fault_words(const std::vector<FrameFault>& faults, const std::vector<int>& frames);
// "frames 50–74 (2.0–3.0 s)".
std::string time_words(int first, int last);
// "3.0 s".
std::string time_words(int frames);

struct FaceChoice {
  std::vector<const FaceSight*> sights;  // by frame; borrowed from the survey
  std::vector<std::string> notes;
};
// `face`: 1 …, the most prominent first; 0: that one. Prominent is who is large, central and long seen.
// Errors: kBadInput (no face), kBadUse (no such face).
Result<FaceChoice> choose_face(const FilmSurvey& survey, int face, const std::string& film);

}  // namespace framegen
