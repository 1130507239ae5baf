// image_to_tensor_reference.cpp: the generator's image input, plainly (docs/reference.md §5).
#include "kernels/pixels/image_to_tensor.hpp"

namespace framegen::reference {

void image_to_tensor(ImageView inner, const Rectangle& mask, bool masked_first, float* tensor) {
  const int plane = inner.width * inner.height;
  float* const real = masked_first ? tensor + 3 * plane : tensor;
  float* const masked = masked_first ? tensor : tensor + 3 * plane;
  for (int c = 0; c < 3; ++c)
    for (int y = 0; y < inner.height; ++y)
      for (int x = 0; x < inner.width; ++x) {
        const bool blank = x >= mask.x && x < mask.x + mask.width && y >= mask.y && y < mask.y + mask.height;
        const int at = c * plane + y * inner.width + x;
        real[at] = static_cast<float>(inner.row(y)[3 * x + c]) / 255.0f;
        masked[at] = blank ? 0.0f : real[at];
      }
}

}  // namespace framegen::reference
