// conv2d.cpp: a dense convolution as a packed matrix product, a block of output pixels at a time
// (docs/reference.md §6).
#include "kernels/network/conv2d.hpp"

#include <algorithm>
#include <vector>

#include "kernels/network/packing.hpp"
#include "kernels/tile_registers.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/network/conv2d.cpp"
#include "kernels/highway_targets.hpp"
// clang-format off
#include <hwy/foreach_target.h>
#include <hwy/highway.h>
// clang-format on
#include "kernels/network/matrix_tile-inl.hpp"

#ifndef FRAMEGEN_KERNELS_CONV2D_BLOCKS
#define FRAMEGEN_KERNELS_CONV2D_BLOCKS
namespace framegen {
namespace {
// Gathered pixels × words of one step: 128 · 256 words, small beside any L2. A whole number of register tiles
// of 14 rows, nearly of 6; of tile registers' 32.
constexpr std::size_t kBlockPixels = 112, kBlockPixelsOfTiles = 128;
constexpr std::size_t kBlockWords = 256;
std::size_t block_pixels(const PackedConv& packed) {
  return packed.form.tile_registers ? kBlockPixelsOfTiles : kBlockPixels;
}
std::size_t block_inputs(const PackedConv& packed) {
  return kBlockWords * inputs_of_word(packed.form.precision);
}
}  // namespace
}  // namespace framegen
#endif

HWY_BEFORE_NAMESPACE();
namespace framegen::HWY_NAMESPACE {

class Convolution {
 public:
  Convolution(const PackedConv& packed, const ConvInput& in, float* out, float* scratch)
      : packed_(packed),
        s_(packed.shape),
        in_(in),
        out_(out),
        gathered_(scratch),
        row_(scratch + block_pixels(packed) * kBlockWords),
        block_pixels_(block_pixels(packed)),
        block_inputs_(block_inputs(packed)),
        out_width_(conv_out(in.width, s_.pad_left + s_.pad_right, s_.kernel_width, s_.stride_x)),
        inputs_(s_.in_channels * s_.kernel_height * s_.kernel_width),
        pointwise_(inputs_ == s_.in_channels && s_.stride_y == 1 && s_.stride_x == 1 &&
                   s_.pad_top + s_.pad_left + s_.pad_bottom + s_.pad_right == 0) {}

  void run(RowRange rows) {
    for (std::size_t p = rows.begin * out_width_; p < rows.end * out_width_; p += block_pixels_) {
      const std::size_t pixels = std::min(block_pixels_, rows.end * out_width_ - p);
      for (std::size_t k = 0; k < inputs_; k += block_inputs_) {
        const std::size_t inputs = std::min(block_inputs_, inputs_ - k);
        pointwise_ ? gather_inputs(in_.x + p * s_.in_channels + k, pixels, k, inputs, gathered_)
                   : gather(p, pixels, k, inputs);
        multiply(p, pixels, k, inputs);
      }
    }
  }

 private:
  // Input k is channel k % in_channels of tap k / in_channels.
  void gather(std::size_t first, std::size_t pixels, std::size_t k, std::size_t inputs) {
    for (std::size_t p = 0; p < pixels; ++p) {
      copy_inputs(first + p, k, inputs);
      gather_inputs(row_, 1, k, inputs, gathered_ + p * kLanes);
    }
  }

  void gather_inputs(const float* x, std::size_t pixels, std::size_t k, std::size_t inputs, float* to) {
    const std::size_t block = block_pixels_ * kLanes;
    if (form_.precision != ProductPrecision::kInt8)
      return gather_rows(x, s_.in_channels, inputs, pixels, to, block, form_.precision);
    gather_bytes(x, s_.in_channels, inputs, pixels, to, block, packed_.inputs.inverse.data() + k,
                 packed_.inputs.zero);
  }

  void copy_inputs(std::size_t pixel, std::size_t k, std::size_t inputs) {
    const std::size_t y = pixel / out_width_ * s_.stride_y, x = pixel % out_width_ * s_.stride_x;
    for (std::size_t i = 0; i < inputs;) {
      const std::size_t tap = (k + i) / s_.in_channels, channel = (k + i) % s_.in_channels;
      const std::size_t count = std::min(s_.in_channels - channel, inputs - i);
      const std::size_t row = y + tap / s_.kernel_width,
                        column = x + tap % s_.kernel_width;  // in the padded image
      const bool inside = row >= s_.pad_top && row < in_.height + s_.pad_top && column >= s_.pad_left &&
                          column < in_.width + s_.pad_left;
      if (inside)
        std::memcpy(
            row_ + i,
            in_.x + ((row - s_.pad_top) * in_.width + column - s_.pad_left) * s_.in_channels + channel,
            count * sizeof(float));
      else
        std::memset(row_ + i, 0, count * sizeof(float));
      i += count;
    }
  }

  void multiply(std::size_t p, std::size_t pixels, std::size_t k, std::size_t inputs) {
    const std::size_t channels = s_.out_channels, blocks = ceil_div(channels, kLanes);
    const bool first = k == 0, last = k + inputs == inputs_;
    for (std::size_t b = 0; b < blocks; b += kPanelVectors) {
      const std::size_t vectors = std::min(kPanelVectors, blocks - b), c = b * kLanes;
      MatrixTile t{
          .precision = form_.precision,
          .tile_registers = form_.tile_registers,
          .a = gathered_,
          .a_block = block_pixels_ * kLanes,
          .k = form_.words(inputs),
          .b = packed_.weights.data() + c * form_.words(inputs_) + form_.words(k) * vectors * kLanes,
          .factors = packed_.factors.empty() ? nullptr : packed_.factors.data() + c,
          .bias = first ? packed_.bias.data() + c : nullptr,
          .addend = {.floats = first && in_.addend != nullptr ? in_.addend + p * channels + c : nullptr,
                     .pitch = channels,
                     .valid = channels - c},
          .relu = last && in_.relu,
          .c = out_ + p * channels + c,
          .c_pitch = channels,
          .valid = channels - c};
      matrix_panel(t, vectors, pixels);
    }
  }

  const PackedConv& packed_;
  const ConvShape& s_;
  const ConvInput& in_;
  float* const out_;
  const TileRegisters registers_{packed_.form.tile_registers};
  const PanelForm form_ = packed_.form;
  float* const gathered_;  // [kBlockWords / kLanes][block_pixels_][kLanes]
  float* const row_;       // one pixel's inputs
  const std::size_t block_pixels_, block_inputs_;
  const std::size_t out_width_, inputs_;
  const bool pointwise_;
};

void conv2d(const PackedConv& packed, const ConvInput& input, RowRange rows, float* out, float* scratch) {
  Convolution(packed, input, out, scratch).run(rows);
}

}  // namespace framegen::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace framegen {

PackedConv pack_conv2d(const ConvShape& shape, const float* weights, const float* bias,
                       ProductPrecision precision, std::span<const float> largest) {
  const std::size_t taps = shape.kernel_height * shape.kernel_width, inputs = shape.in_channels * taps;
  AlignedBuffer<float> reordered(shape.out_channels * inputs);  // channels innermost, as the pixels have them
  for (std::size_t o = 0; o < shape.out_channels; ++o)
    for (std::size_t c = 0; c < shape.in_channels; ++c)
      for (std::size_t tap = 0; tap < taps; ++tap)
        reordered[o * inputs + tap * shape.in_channels + c] =
            weights[(o * shape.in_channels + c) * taps + tap];
  PackedConv packed;
  packed.shape = shape;
  packed.form = PanelForm::of(precision, shape.out_channels, inputs);
  packed.bias = pack_bias(bias, shape.out_channels, packed.form.lanes);
  if (precision != ProductPrecision::kInt8) {
    packed.weights = pack_matrix(reordered.data(), shape.out_channels, inputs, packed.form);
    return packed;
  }
  std::vector<float> each(inputs);
  for (std::size_t k = 0; k < inputs; ++k) each[k] = largest[k % shape.in_channels];
  packed.inputs = byte_scales(each, true, packed.form.lanes);
  ByteMatrix matrix = pack_byte_matrix(reordered.data(), shape.out_channels, inputs, packed.form,
                                       packed.inputs, packed.bias.span());
  packed.weights = std::move(matrix.words);
  packed.factors = std::move(matrix.factors);
  return packed;
}

std::size_t conv2d_scratch(const PackedConv& packed, const ConvInput&) {
  return block_pixels(packed) * kBlockWords + block_inputs(packed);
}

HWY_EXPORT(conv2d);
void conv2d(const PackedConv& packed, const ConvInput& input, RowRange rows, float* out, float* scratch) {
  HWY_DYNAMIC_DISPATCH(conv2d)(packed, input, rows, out, scratch);
}

}  // namespace framegen
#endif
