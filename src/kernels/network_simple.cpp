// network_simple.cpp: first, plain versions of the network kernels; replaced one by one by vector ones.
#include <cstring>
#include <vector>

#include "kernels/conv2d.hpp"
#include "kernels/depthwise.hpp"
#include "kernels/elementwise.hpp"
#include "kernels/face_epilogue.hpp"
#include "kernels/upsample_bilinear.hpp"

namespace framegen {
namespace {

AlignedBuffer<float> keep(const float* x, std::size_t n) {
  AlignedBuffer<float> buffer(n);
  buffer.fill_zero();
  if (x != nullptr) std::memcpy(buffer.data(), x, n * sizeof(float));
  return buffer;
}

void copy_rows(const std::vector<float>& all, RowRange rows, std::size_t row, float* out) {
  std::memcpy(out + rows.begin * row, all.data() + rows.begin * row,
              (rows.end - rows.begin) * row * sizeof(float));
}

}  // namespace

PackedConv pack_conv2d(const ConvShape& s, const float* weights, const float* bias) {
  return {s, 1, keep(weights, s.in_channels * s.out_channels * s.kernel_height * s.kernel_width),
          keep(bias, s.out_channels)};
}
std::size_t conv2d_scratch(const PackedConv&, const ConvInput&) { return 16; }
void conv2d(const PackedConv& p, const ConvInput& in, RowRange rows, float* out, float*) {
  const ConvShape& s = p.shape;
  const std::size_t row =
      conv_out(in.width, s.pad_left + s.pad_right, s.kernel_width, s.stride_x) * s.out_channels;
  std::vector<float> all(conv_out(in.height, s.pad_top + s.pad_bottom, s.kernel_height, s.stride_y) * row);
  reference::conv2d(s, p.weights.data(), p.bias.data(), in, all.data());
  copy_rows(all, rows, row, out);
}

PackedDepthwise pack_depthwise(const ConvShape& s, const float* weights, const float* bias) {
  return {s, keep(weights, s.in_channels * s.kernel_height * s.kernel_width), keep(bias, s.out_channels)};
}
void depthwise(const PackedDepthwise& p, const ConvInput& in, RowRange rows, float* out) {
  const ConvShape& s = p.shape;
  const std::size_t row =
      conv_out(in.width, s.pad_left + s.pad_right, s.kernel_width, s.stride_x) * s.out_channels;
  std::vector<float> all(conv_out(in.height, s.pad_top + s.pad_bottom, s.kernel_height, s.stride_y) * row);
  reference::depthwise(s, p.weights.data(), p.bias.data(), in, all.data());
  copy_rows(all, rows, row, out);
}

PackedFaceEpilogue pack_face_epilogue(std::size_t channels, const float* weights, const float* bias) {
  AlignedBuffer<float> all(3 * channels + 3);
  all.fill_zero();
  std::memcpy(all.data(), weights, 3 * channels * sizeof(float));
  if (bias != nullptr) std::memcpy(all.data() + 3 * channels, bias, 3 * sizeof(float));
  return {channels, std::move(all)};
}
void face_epilogue(const PackedFaceEpilogue& packed, const float* x, std::size_t pixels,
                   const FaceOutput& out) {
  reference::face_epilogue(packed, x, pixels, out);
}

void upsample_bilinear(const UpsampleShape& s, const float* x, RowRange rows, float* y) {
  std::vector<float> all(4 * s.height * s.width * s.channels);
  reference::upsample_bilinear(s, x, all.data());
  copy_rows(all, rows, 2 * s.width * s.channels, y);
}

void add(const float* a, const float* b, std::size_t n, bool r, float* y) { reference::add(a, b, n, r, y); }
void relu(const float* x, std::size_t n, float* y) { reference::relu(x, n, y); }
void sigmoid(const float* x, std::size_t n, float* y) { reference::sigmoid(x, n, y); }
void to_half(const float* x, std::size_t n, std::uint16_t* y) {
  for (std::size_t i = 0; i < n; ++i) y[i] = reference::to_half(x[i]);
}
void from_half(const std::uint16_t* x, std::size_t n, float* y) {
  for (std::size_t i = 0; i < n; ++i) y[i] = reference::from_half(x[i]);
}
void concat_channels(std::span<const ConcatPart> parts, std::size_t pixels, float* y) {
  reference::concat_channels(parts, pixels, y);
}
void to_channels_last(const float* x, std::size_t channels, std::size_t pixels, float* y) {
  reference::to_channels_last(x, channels, pixels, y);
}
void to_channels_first(const float* x, std::size_t channels, std::size_t pixels, float* y) {
  reference::to_channels_first(x, channels, pixels, y);
}

}  // namespace framegen
