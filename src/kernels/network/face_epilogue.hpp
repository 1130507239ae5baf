// face_epilogue.hpp: the generator's end: 1×1 convolution to B, G, R, sigmoid, ·255 truncated to bytes
// (docs/reference.md §6, §7).
#pragma once

#include <cstddef>
#include <cstdint>

#include "core/aligned_buffer.hpp"

namespace framegen {

// Weights in the order in which the instruction set in use reads them; immutable, shared by all threads.
struct PackedFaceEpilogue {
  std::size_t channels = 0;
  AlignedBuffer<float> weights, bias;

  std::size_t bytes() const { return sizeof(float) * (weights.size() + bias.size()); }
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
// Float32 products summed in channel order, the sigmoid in float64. weights [3][channels], bias [3] or null.
struct FaceWeights {
  std::size_t channels = 0;
  const float* weights = nullptr;
  const float* bias = nullptr;
};
void face_epilogue(const FaceWeights& face, const float* x, std::size_t pixels, const FaceOutput& out);
}  // namespace reference

}  // namespace framegen
