// crop.hpp: template frame + face box → what the generator sees (docs/reference.md §5).
#pragma once

#include "face/face_geometry.hpp"
#include "framegen/result.hpp"

namespace framegen {

// The part of a face box that lies in a frame of width × height: cut at the right and bottom edge, then no
// longer square. Errors: kBadAvatar (over the left or top edge, where the reference fails; nothing left of
// it).
Result<Rectangle> cut_box(const Rectangle& box, int width, int height);

// The box, cut to the frame and resized to geometry.crop × geometry.crop pixels, which is the size of `crop`.
Status crop_face(ImageView frame, const Rectangle& box, const FaceGeometry& geometry, MutableImageView crop);

// The crop's inner part, which the network sees.
ImageView inner_view(ImageView crop, const FaceGeometry& geometry);
MutableImageView inner_view(MutableImageView crop, const FaceGeometry& geometry);

// The inner part with the mask blanked, as the network's second picture; `masked` has size × size pixels. For
// people to look at: the generator's own input is made in one go by image_to_tensor.
void mask_inner(ImageView inner, const FaceGeometry& geometry, MutableImageView masked);

}  // namespace framegen
