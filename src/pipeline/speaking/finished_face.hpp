// finished_face.hpp: what speaking gives for a frame: the template frame, and the pixels that replace its
// area.
#pragma once

#include <cstdint>
#include <memory>

#include "pipeline/speaking/prepared_frames.hpp"

namespace framegen {

// A finished frame: the template frame, and the pixels that replace its area round the face box.
struct FinishedFace {
  std::int64_t index = 0;
  int template_frame = 0;
  std::shared_ptr<const PreparedFrame> prepared;
  const Image* area =
      nullptr;             // prepared->area pixels; null: the template's own. Borrowed until the next pull
  ImageView face;          // as the generator made it, before it was pasted; borrowed likewise
  std::int64_t place = 0;  // in the template loop
};

}  // namespace framegen
