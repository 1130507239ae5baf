// prepared_frames.cpp: decode once, crop once, convert once.
#include "pipeline/prepared_frames.hpp"

#include <algorithm>

#include "face/crop.hpp"

namespace framegen {

const I420Image& PreparedFrame::i420() const {
  std::call_once(converted_, [&] {
    planes_ = I420Image(bgr->width(), bgr->height());
    bgr_to_i420(bgr->view(), planes_.view());
  });
  return planes_;
}

std::size_t PreparedFrame::bytes() const { return bgr->bytes() + crop.bytes() + bgr->bytes() / 2; }

Rectangle even_area(const Rectangle& box, int width, int height) {
  const int left = box.x & ~1, top = box.y & ~1;
  const int right = std::min(width, next_even(box.x + box.width)), bottom = std::min(height, next_even(box.y + box.height));
  return {left, top, right - left, bottom - top};
}
