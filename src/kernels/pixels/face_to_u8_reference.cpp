// face_to_u8_reference.cpp: network output → 8-bit pixels, plainly (docs/reference.md §7).
#include "kernels/pixels/face_to_u8.hpp"

namespace framegen::reference {

void face_to_u8(const float* face, MutableImageView out) {
  const int plane = out.width * out.height;
  for (int y = 0; y < out.height; ++y)
    for (int x = 0; x < out.width; ++x)
      for (int c = 0; c < 3; ++c) {
        const float scaled = face[c * plane + y * out.width + x] * 255.0f;
        std::uint8_t& pixel = out.row(y)[3 * x + c];
        if (!(scaled > 0.0f))
          pixel = 0;  // NaN too
        else if (scaled > 255.0f)
          pixel = 255;
        else
          pixel = static_cast<std::uint8_t>(scaled);
      }
}

}  // namespace framegen::reference
