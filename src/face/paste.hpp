// paste.hpp: a finished face goes back into its template frame (docs/reference.md §7).
#pragma once

#include "core/image.hpp"
#include "face/face_geometry.hpp"
#include "framegen/result.hpp"
#include "kernels/pixels/resize_cubic.hpp"

namespace framegen {

// One per worker. Made at the first paste, then reused: pasting allocates nothing of our own.
struct PasteScratch {
  CubicScratch cubic;
  Image crop;  // the crop with the new face in it, where the paste is not cubic
};

//   crop (template's) ─┬─► resized to the box, row by row ─► box
//   face ──► inner part┘
// `box`: the pixels of the face box, cut to the frame, inside a frame or a part of it; all of them are
// replaced. `crop` is what crop_face gave for this box. Errors: kInternal (no memory).
Status paste_face(ImageView crop, ImageView face, const FaceGeometry& geometry, PasteScratch& scratch,
                  MutableImageView box);

}  // namespace framegen
