// likeness.hpp: how like float32's an avatar's faces are in lower precisions.
#pragma once

#include <functional>
#include <span>
#include <vector>

#include "generator/calibration.hpp"
#include "pipeline/speaking/speaker.hpp"

namespace framegen {

// One face to be made in every precision.
struct ComparedFace {
  int template_frame = 0;
  // As float32's audio encoder hears the sound, and as that of lower precisions does.
  std::vector<float> window, brief_window;
};

// Makes each face on its template frame in fp32, bf16 and int8 and compares what lies in the face box,
// pasted, with fp32's. `ranges` for the bytes. Precisions that this machine has no instructions for are
// computed without. `made` after each face; its error ends it. Errors: kBadAvatar (also where the native
// backend does not run the network), kInternal (memory).
Result<Likeness> measure_likeness(const Speaker& speaker, const ChannelRanges& ranges,
                                  std::span<const ComparedFace> faces, const std::function<Status()>& made);

}  // namespace framegen
