// face_to_u8.hpp: network output 0…1 → 8-bit pixels, truncated, never rounded (docs/reference.md §7).
#pragma once

#include "framegen/image.hpp"

namespace framegen {

// `face` float32 [3, h, w], planes B, G, R → `out` (w × h). value·255 in float32, truncated. Below 0 and NaN
// give 0, above 1 gives 255.
void face_to_u8(const float* face, MutableImageView out);

namespace reference {
void face_to_u8(const float* face, MutableImageView out);
}  // namespace reference

}  // namespace framegen
