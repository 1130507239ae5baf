// resize.hpp: OpenCV's resize, whose arithmetic is the reference's, behind our own types (docs/reference.md
// §5).
#pragma once

#include "core/interpolation.hpp"
#include "framegen/image.hpp"
#include "framegen/result.hpp"

namespace framegen {

// `from` stretched to the size of `to`, written where `to` says; they must not overlap. Equal sizes: a copy.
// The same bytes whatever OpenCV's number of threads; the caller's OpenCV settings stay as they are. Errors:
// kInternal (an empty picture, no memory).
Status resize(ImageView from, Interpolation how, MutableImageView to);

}  // namespace framegen
