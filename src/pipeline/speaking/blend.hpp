// blend.hpp: a pasted face mixed into its template frame: fading in time, feathered at the box's edge.
#pragma once

#include <vector>

#include "core/image.hpp"
#include "framegen/session.hpp"
#include "pipeline/speaking/prepared_frames.hpp"

namespace framegen {

inline constexpr int kWholeFace = 256;

// Owns one mixed area; not thread-safe.
class Blender {
 public:
  // `largest`: its size is that of the largest area to come; where it is known no later one asks for memory.
  explicit Blender(Blend blend, const Rectangle& largest = {}) : blend_(blend), largest_(largest) {}

  // `area`: prepared.area pixels with the face pasted in. `weight`: of the face, 0 … kWholeFace; the rest is
  // the template's. Gives `area` itself where nothing is to be mixed, null for weight 0 (the template's own
  // pixels), else its own picture, borrowed until the next call.
  //
  // Feathered, the weight falls off towards the box's edges over a sixteenth of its width:
  //   edge │ 1/(r+1)  2/(r+1) … r/(r+1)  1  1  1 …
  const Image* mix(const PreparedFrame& prepared, const Image& area, int weight);

 private:
  void weigh_columns(const PreparedFrame& prepared, int radius);

  Blend blend_;
  Rectangle largest_;
  Image mixed_;
  std::vector<int> column_weights_;  // one per value of a row
};

}  // namespace framegen
