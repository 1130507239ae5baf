// image_to_tensor.hpp: 8-bit pixels → the generator's image input (docs/reference.md §5).
#pragma once

#include "framegen/image.hpp"

namespace framegen {

//   inner (BGR, w × h) ──► tensor float32 [6, h, w]: B/255, G/255, R/255, and the same once more with zeros
//                          inside `mask`
// The half with the mask comes second (SyncTalk_2D), or first where `masked_first` (Wav2Lip). `mask` may
// reach over the picture: it is cut there. A true division, not a product with 1/255: that is what the
// networks expect.
void image_to_tensor(ImageView inner, const Rectangle& mask, bool masked_first, float* tensor);

namespace reference {
void image_to_tensor(ImageView inner, const Rectangle& mask, bool masked_first, float* tensor);
}  // namespace reference

}  // namespace framegen
