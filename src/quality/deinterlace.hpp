// deinterlace.hpp: two fields of an interlaced frame → one picture: woven where nothing moves, drawn from the
// earlier field alone where something does.
#pragma once

#include "core/image.hpp"

namespace framegen {

class Deinterlacer {
 public:
  // `even`: the frame's lines 0, 2, 4 …, `odd`: 1, 3, 5 …, of one size. The picture, twice as high, is that
  // of the earlier field's time; what is still is known by the frame given before.
  void next(ImageView even, ImageView odd, bool even_is_earlier, MutableImageView picture);
  // The next frame does not go on from those before it.
  void forget() { known_ = false; }

 private:
  Image earlier_, later_;  // the fields of the frame before
  bool known_ = false, even_was_earlier_ = false;
};

}  // namespace framegen
