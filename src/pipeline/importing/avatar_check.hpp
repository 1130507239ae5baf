// avatar_check.hpp: does an avatar, silent, look like its own template? What an import got wrong shows there.
#pragma once

#include <array>
#include <string>
#include <vector>

#include "pipeline/speaking/speaker.hpp"

namespace framegen {

// All differences in levels of 0…255, face − template, in the crop's pixels.
struct AvatarCheck {
  int frames = 0;                        // that were rendered
  double seam = 0;                       // mean |difference| in the outermost two pixels of what is replaced
  std::array<double, 3> colour_shift{};  // B, G, R: mean difference over the face
  double face_difference = 0;            // mean |difference| over the face
  double lowest_output = 0, highest_output = 0;  // of the network, before truncation: 0…1 is right
  double cut_off = 0;                            // share of the network's values outside 0…1
  double box_jitter = 0;                         // pixels of the template (smooth_boxes.hpp)
  // face_difference of the same frames, were the avatar another one; `plain` is what it is.
  struct {
    double plain = 0, rgb_network = 0, rgb_output = 0;
  } as;
  Rectangle
      better_box{};  // of frame 0: the box moved or resized to where the network fits better; else its own

  // What is wrong, and what to do about it. None: all is well.
  struct Warning {
    std::string what, advice;
  };
  std::vector<Warning> warnings;
};

struct AvatarCheckOptions {
  int frames = 10;   // spread over the template, or over its idle part
  int variants = 3;  // of them, those that other boxes and channel orders are tried with
};

// Errors: the avatar's own; kInternal.
Result<AvatarCheck> check_avatar(const Speaker& speaker, const AvatarCheckOptions& options = {});

}  // namespace framegen
