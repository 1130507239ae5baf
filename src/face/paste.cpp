// paste.cpp: a finished face goes back into its template frame (docs/reference.md §7).
#include "face/paste.hpp"

#include <cassert>
#include <new>

#include "face/crop.hpp"
#include "face/resize.hpp"

namespace framegen {

Status paste_face(ImageView crop, ImageView face, const FaceGeometry& geometry, PasteScratch& scratch,
                  MutableImageView box) {
  assert(crop.width == geometry.crop && crop.height == geometry.crop);
  assert(face.width == geometry.size && face.height == geometry.size);
  const bool ring = geometry.crop != geometry.size;
  if (geometry.paste != Interpolation::kCubic && !ring) return resize(face, geometry.paste, box);
  if (box.empty()) return Error{ErrorCode::kInternal, "paste", "the box is empty", ""};
  try {
    if (geometry.paste == Interpolation::kCubic) {
      const LaidPicture whole = ring ? LaidPicture{crop, face, geometry.inset} : LaidPicture{face, {}, 0};
      scratch.cubic.fit(whole.outer, box);
      resize_cubic(whole, scratch.cubic, box);
      return {};
    }
    if (scratch.crop.width() != geometry.crop) scratch.crop = Image(geometry.crop, geometry.crop);
  } catch (const std::bad_alloc&) {
    return Error{ErrorCode::kInternal, "paste", "no memory for a crop", ""};
  }
  copy_pixels(crop, scratch.crop);
  copy_pixels(face, inner_view(scratch.crop.view(), geometry));
  return resize(scratch.crop, geometry.paste, box);
}

}  // namespace framegen
