// crop.cpp: template frame + face box → what the generator sees (docs/reference.md §5).
#include "face/crop.hpp"

#include <algorithm>
#include <cassert>
#include <cstring>
#include <string>

#include "core/image.hpp"
#include "face/resize.hpp"

namespace framegen {
namespace {

std::string describe(const Rectangle& box) {
  return "face box [" + std::to_string(box.x) + ", " + std::to_string(box.y) + ", " +
         std::to_string(box.width) + ", " + std::to_string(box.height) + "]";
}

}  // namespace

Result<Rectangle> cut_box(const Rectangle& box, int width, int height) {
  const Rectangle cut{box.x, box.y, std::min(box.width, width - box.x), std::min(box.height, height - box.y)};
  if (box.x >= 0 && box.y >= 0 && cut.width > 0 && cut.height > 0) return cut;
  const bool outside = box.x < 0 || box.y < 0;
  return Error{ErrorCode::kBadAvatar, describe(box),
               (outside ? "begins left of or above the " : "has no pixel in the ") + std::to_string(width) +
                   "×" + std::to_string(height) + " template frame",
               "import the avatar again"};
}

Status crop_face(ImageView frame, const Rectangle& box, const FaceGeometry& geometry, MutableImageView crop) {
  assert(crop.width == geometry.crop && crop.height == geometry.crop);
  const Rectangle cut = FRAMEGEN_TRY(cut_box(box, frame.width, frame.height));
  return resize(frame.crop(cut.x, cut.y, cut.width, cut.height), geometry.resize, crop);
}

ImageView inner_view(ImageView crop, const FaceGeometry& geometry) {
  return crop.crop(geometry.inset, geometry.inset, geometry.size, geometry.size);
}

MutableImageView inner_view(MutableImageView crop, const FaceGeometry& geometry) {
  return crop.crop(geometry.inset, geometry.inset, geometry.size, geometry.size);
}

void mask_inner(ImageView inner, const FaceGeometry& geometry, MutableImageView masked) {
  copy_pixels(inner, masked);
  const Rectangle& mask = geometry.mask;
  for (int y = mask.y; y < mask.y + mask.height; ++y)
    std::memset(masked.row(y) + 3 * mask.x, 0, static_cast<std::size_t>(mask.width) * 3);
}

}  // namespace framegen
