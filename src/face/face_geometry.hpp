// face_geometry.hpp: the numbers of a family of face networks, as data (docs/reference.md §5, §7).
#pragma once

#include "core/interpolation.hpp"
#include "framegen/image.hpp"

namespace framegen {

//   ┌─ crop × crop: the face box, resized ─┐     The ring of `inset` pixels stays the template's; the network
//   │  ┌─ inner: size × size ───────────┐  │     replaces the inner part. Where crop = size there is no ring.
//   │  │      mask: blanked             │  │
struct FaceGeometry {
  int size = 320;
  int crop = 328;
  int inset = 4;                                 // the inner part's left column and top row in the crop
  Rectangle mask{5, 5, 310, 305};                // in the inner part
  Interpolation resize = Interpolation::kCubic;  // face box → crop
  Interpolation paste = Interpolation::kCubic;   // crop → face box
};

}  // namespace framegen
