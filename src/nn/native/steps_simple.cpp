// steps_simple.cpp: the steps that move numbers or treat each on its own.
#include <algorithm>
#include <array>

#include "kernels/network/elementwise.hpp"
#include "kernels/network/upsample_bilinear.hpp"
#include "nn/native/steps.hpp"

namespace framegen::native {
void EpilogueStep::run(const Memory& memory, Part part, float*) const {
  const RowRange rows = part.of(height_);
  const float* x = memory.floats(reads[0]) + rows.begin * width_ * packed_->channels;
  float* planar = memory.out(writes);
  for (std::size_t row = rows.begin; row < rows.end; ++row, x += width_ * packed_->channels) {
    FaceOutput out;
    if (!memory.face.empty()) out.bgr = memory.face.row(static_cast<int>(row));
    if (planar != nullptr) out.planar = planar + row * width_;
    out.plane = height_ * width_;
    face_epilogue(*packed_, x, width_, out);
  }
}

void UpsampleStep::run(const Memory& memory, Part part, float*) const {
  upsample_bilinear({height_, width_, channels_}, memory.floats(reads[0]), part.of(2 * height_),
                    memory.out(writes));
}

void ConcatStep::run(const Memory& memory, Part part, float*) const {
  const RowRange rows = part.of(height_);
  const std::size_t first = rows.begin * width_, pixels = (rows.end - rows.begin) * width_;
  std::array<ConcatPart, kMaxConcat> parts;
  for (std::size_t i = 0; i < reads.size(); ++i)
    parts[i] = {memory.floats(reads[i]) + first * channels_[i], channels_[i]};
  concat_channels({parts.data(), reads.size()}, pixels, memory.out(writes) + first * total_);
}

std::string_view ElementwiseStep::kind() const {
  static constexpr std::string_view kNames[] = {"add", "relu", "sigmoid"};
  return kNames[static_cast<std::size_t>(what_)];
}

void ElementwiseStep::run(const Memory& memory, Part part, float*) const {
  const RowRange groups =
      part.of((elements_ + 63) / 64);  // whole cache lines, so that threads do not meet in one
  const std::size_t begin = groups.begin * 64, end = std::min(groups.end * 64, elements_);
  if (begin >= end) return;
  const std::size_t n = end - begin;
  switch (what_) {
    case What::kAdd:
      return add(memory.floats(reads[0]) + begin, memory.floats(reads[1]) + begin, n, false,
                 memory.out(writes) + begin);
    case What::kRelu:
      return relu(memory.floats(reads[0]) + begin, n, memory.out(writes) + begin);
    case What::kSigmoid:
      return sigmoid(memory.floats(reads[0]) + begin, n, memory.out(writes) + begin);
  }
}

void PReluStep::run(const Memory& memory, Part part, float*) const {
  const RowRange rows = part.of(height_);
  const std::size_t first = rows.begin * width_ * slopes_.size(), pixels = (rows.end - rows.begin) * width_;
  prelu(memory.floats(reads[0]) + first, slopes_.data(), slopes_.size(), pixels, memory.out(writes) + first);
}

void MaxPoolStep::run(const Memory& memory, Part part, float*) const {
  max_pool(shape_, memory.floats(reads[0]), part.of(shape_.out_height()), memory.out(writes));
}

void PadChannelsStep::run(const Memory& memory, Part part, float*) const {
  const RowRange rows = part.of(height_);
  const std::size_t first = rows.begin * width_, pixels = (rows.end - rows.begin) * width_;
  pad_channels(memory.floats(reads[0]) + first * channels_, channels_, pixels, total_,
               memory.out(writes) + first * total_);
}

void ScaleStep::run(const Memory& memory, Part part, float*) const {
  const RowRange range = part.of(shape_.height);
  const ScaledRowsShape rows = {range.end - range.begin, shape_.width, shape_.channels};
  const std::size_t at = range.begin * shape_.width * shape_.channels;
  if (to_)
    return to_scaled_rows(memory.floats(reads[0]) + at, rows, memory.scaled_out(writes, shape_, range.begin));
  from_scaled_rows(memory.scaled(reads[0], shape_, range.begin), rows, memory.out(writes) + at);
}

void LayoutStep::run(const Memory& memory, Part part, float*) const {
  if (part.index != 0) return;  // a copy of what is small, or of an output that is mostly not asked for
  const float* x = memory.floats(reads[0]);
  const std::size_t pixels = height_ * width_;
  if (way_ == Way::kIn) return to_channels_last(x, channels_, pixels, memory.out(writes));
  if (memory.out(writes) != nullptr) to_channels_first(x, channels_, pixels, memory.out(writes));
  if (memory.face.empty() || way_ != Way::kOutFace) return;
  for (std::size_t row = 0; row < height_; ++row) {
    std::uint8_t* to = memory.face.row(static_cast<int>(row));
    for (std::size_t i = 0; i < 3 * width_;
         ++i) {  // truncated, not rounded (docs/reference.md §7); a NaN is black
      const float scaled = x[row * 3 * width_ + i] * 255.0F;
      to[i] = scaled > 0.0F ? static_cast<std::uint8_t>(std::min(scaled, 255.0F)) : std::uint8_t{0};
    }
  }
}

}  // namespace framegen::native
