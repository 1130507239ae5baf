// i420.cpp: whole pictures as planes.
#include "sink/i420.hpp"

#include <cassert>

#include "kernels/pixels/bgr_to_i420.hpp"

namespace framegen {

void bgr_to_i420(ImageView bgr, MutableI420View to) {
  assert(to.width == next_even(bgr.width) && to.height == next_even(bgr.height));
  assert(to.strides[1] == to.strides[2]);
  bgr_to_i420(bgr, 0, 0,
              {to.planes[0], to.planes[1], to.planes[2], to.strides[0], to.strides[1], to.width, to.height});
}

}  // namespace framegen
