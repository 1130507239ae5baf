// face_epilogue.cpp: 1×1 convolution to B, G, R, sigmoid, ·255 truncated to bytes, in one pass
// (docs/reference.md §6, §7).
#include "kernels/network/face_epilogue.hpp"

#include <algorithm>

#include "kernels/network/packing.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/network/face_epilogue.cpp"
#include "kernels/highway_targets.hpp"
// clang-format off
#include <hwy/foreach_target.h>
#include <hwy/highway.h>
// clang-format on
#include "kernels/network/matrix_tile-inl.hpp"
#include "kernels/network/sigmoid-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace framegen::HWY_NAMESPACE {

// Pixels at a time: what is gathered and made of them stays in the L1.
inline constexpr std::size_t kEpiloguePixels = 48;
// Input channels at a time.
inline constexpr std::size_t kEpilogueInputs = 64;

// colours [pixels][3] = bias + weights · x; behind them up to kLanes floats are written too.
HWY_INLINE void three_colours(const PackedFaceEpilogue& packed, const float* x, std::size_t pixels,
                              float* colours) {
  HWY_ALIGN float gathered[kEpiloguePixels * kEpilogueInputs];
  for (std::size_t k = 0; k < packed.channels; k += kEpilogueInputs) {
    const std::size_t inputs = HWY_MIN(kEpilogueInputs, packed.channels - k);
    gather_rows(x + k, packed.channels, inputs, pixels, gathered, kEpiloguePixels * kLanes);
    // Whole vectors are stored three floats apart, each over the needless end of the one before.
    for (std::size_t colour = 0; colour < 3; colour += kLanes) {
      MatrixTile t{.a = gathered,
                   .a_block = kEpiloguePixels * kLanes,
                   .k = inputs,
                   .b = packed.weights.data() + colour * packed.channels + k * kLanes,
                   .bias = k == 0 ? packed.bias.data() + colour : nullptr,
                   .c = colours + colour,
                   .c_pitch = 3,
                   .valid = 3 - colour};
      if (kLanes >= 3 && k == 0) t.valid = kLanes;
      matrix_panel(t, 1, pixels);
    }
  }
}

void face_epilogue(const PackedFaceEpilogue& packed, const float* x, std::size_t pixels,
                   const FaceOutput& out) {
  const Floats d;
  const hn::Rebind<std::int32_t, Floats> di;
  const hn::Rebind<std::uint8_t, Floats> du8;
  HWY_ALIGN float colours[kEpiloguePixels * 3 + 2 * HWY_MAX(kLanes, std::size_t{4})];
  HWY_ALIGN std::uint8_t bytes[kEpiloguePixels * 3 + kLanes];
  for (std::size_t p = 0; p < pixels; p += kEpiloguePixels) {
    const std::size_t here = HWY_MIN(kEpiloguePixels, pixels - p), values = 3 * here;
    three_colours(packed, x + p * packed.channels, here, colours);
    for (std::size_t i = 0; i < values; i += kLanes) {
      const Vector value = sigmoid_of(d, hn::Load(d, colours + i));
      hn::Store(value, d, colours + i);
      hn::StoreU(hn::DemoteTo(du8, hn::ConvertTo(di, hn::Mul(value, hn::Set(d, 255.0F)))), du8, bytes + i);
    }
    if (out.bgr != nullptr) std::memcpy(out.bgr + 3 * p, bytes, values);
    if (out.planar == nullptr) continue;
    for (std::size_t i = 0; i < here; ++i)
      for (std::size_t c = 0; c < 3; ++c) out.planar[c * out.plane + p + i] = colours[3 * i + c];
  }
}

}  // namespace framegen::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace framegen {

PackedFaceEpilogue pack_face_epilogue(std::size_t channels, const float* weights, const float* bias) {
  const std::size_t lanes = vector_lanes();
  PackedFaceEpilogue packed;
  packed.channels = channels;
  // One vector per panel, so that a panel is found whatever the number of lanes.
  packed.weights = AlignedBuffer<float>(round_up(3, lanes) * channels);
  for (std::size_t o = 0; o < round_up(3, lanes); ++o)
    for (std::size_t k = 0; k < channels; ++k)
      packed.weights[(o / lanes * channels + k) * lanes + o % lanes] =
          o < 3 ? weights[o * channels + k] : 0.0F;
  packed.bias = pack_bias(bias, 3, lanes);
  return packed;
}

HWY_EXPORT(face_epilogue);
void face_epilogue(const PackedFaceEpilogue& packed, const float* x, std::size_t pixels,
                   const FaceOutput& out) {
  HWY_DYNAMIC_DISPATCH(face_epilogue)(packed, x, pixels, out);
}

}  // namespace framegen
#endif
