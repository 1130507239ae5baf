// face_epilogue.hpp: the generator's end: 1×1 convolution to B, G, R, sigmoid, ·255 truncated to bytes
// (REFERENCE.md §6, §7).
#pragma once

#include <cstddef>
#include <cstdint>

#include "core/aligned_buffer.hpp"

namespace framegen {

struct PackedFaceEpilogue {
  std::size_t channels = 0;
  AlignedBuffer<float> weights;  // [3][channels], then the three biases
};
// weights [3][channels] as in ONNX, bias [3] or null.
PackedFaceEpilogue pack_face_epilogue(std::size_t channels, const float* weights, const float* bias);

// For `pixels` pixels x [pixels][channels]:
struct FaceOutput {
  std::uint8_t* bgr = nullptr;  // [pixels][3], truncated; or null
  float* planar = nullptr;      // three planes of 0…1, `plane` floats apart; or null
  std::size_t plane = 0;
};
void face_epilogue(const PackedFaceEpilogue& packed, const float* x, std::size_t pixels,
                   const FaceOutput& out);

namespace reference {
// As written: float32 products summed in float32 in channel order, the sigmoid in float64.
void face_epilogue(const PackedFaceEpilogue& packed, const float* x, std::size_t pixels,
                   const FaceOutput& out);
}  // namespace reference

}  // namespace framegen
