// steps.hpp: one class per kind of step, each a thin call of its kernel on a share of the rows.
#pragma once

#include <cstdint>

#include "kernels/network/conv2d.hpp"
#include "kernels/network/depthwise.hpp"
#include "kernels/network/face_epilogue.hpp"
#include "kernels/network/inverted_residual.hpp"
#include "kernels/network/max_pool.hpp"
#include "nn/native/program.hpp"

namespace framegen::native {

// Shared by the programs of one network (packed_weights.hpp).
template <class Packed>
using Shared = std::shared_ptr<const Packed>;

// Convolution, dense or depthwise, with what is added and ReLU. reads: x, addend.
class ConvStep : public Step {
 public:
  ConvStep(Shared<PackedConv> packed, const TensorPlan& in, const TensorPlan& out, bool relu);
  std::string_view kind() const override { return "conv"; }
  std::size_t scratch_floats() const override;
  void run(const Memory& memory, Part part, float* scratch) const override;

 private:
  Shared<PackedConv> packed_;
  std::size_t in_height_, in_width_, out_height_;
  bool relu_;
};

// A 1×1 convolution whose output is stored as scaled rows: in chunks, so that it never lies in memory as
// float32.
class ScaledConvStep : public Step {
 public:
  ScaledConvStep(Shared<PackedConv> packed, const TensorPlan& out, bool relu);
  std::string_view kind() const override { return "conv-scaled"; }
  std::size_t scratch_floats() const override;
  void run(const Memory& memory, Part part, float* scratch) const override;

 private:
  ConvInput rows(std::size_t count) const;
  Shared<PackedConv> packed_;
  ScaledRowsShape out_;
  std::size_t chunk_;  // rows
  bool relu_;
};

class DepthwiseStep : public Step {
 public:
  DepthwiseStep(Shared<PackedDepthwise> packed, const TensorPlan& in, const TensorPlan& out, bool relu)
      : packed_(std::move(packed)),
        in_height_(in.height),
        in_width_(in.width),
        out_height_(out.height),
        relu_(relu) {}
  std::string_view kind() const override { return "depthwise"; }
  void run(const Memory& memory, Part part, float* scratch) const override;

 private:
  Shared<PackedDepthwise> packed_;
  std::size_t in_height_, in_width_, out_height_;
  bool relu_;
};

// Inverted residual block. reads: source, addend, residual, skip.
class BlockStep : public Step {
 public:
  struct Sizes {
    std::size_t height = 0, width = 0;  // where the depthwise convolution reads
    bool upsample = false;
    bool scaled_addend = false, scaled_skip = false;
  };
  BlockStep(Shared<PackedInvertedResidual> packed, const Sizes& sizes);
  std::string_view kind() const override {
    return packed_->shape.skip_channels != 0 ? "block-skip" : "block";
  }
  std::size_t scratch_floats() const override;
  void run(const Memory& memory, Part part, float* scratch) const override;

 private:
  InvertedResidualInput input() const;
  RowRange expanded_rows(RowRange out) const;
  std::size_t skip_row() const { return sizes_.width * packed_->shape.skip_channels; }
  Shared<PackedInvertedResidual> packed_;
  Sizes sizes_;
  std::size_t out_height_, band_ = 0;  // output rows per band of a scaled skip
};

// 1×1 convolution to three channels, sigmoid, numbers and pixels. reads: x; writes: an external output.
class EpilogueStep : public Step {
 public:
  EpilogueStep(Shared<PackedFaceEpilogue> packed, const TensorPlan& in)
      : packed_(std::move(packed)), height_(in.height), width_(in.width) {}
  std::string_view kind() const override { return "epilogue"; }
  void run(const Memory& memory, Part part, float* scratch) const override;

 private:
  Shared<PackedFaceEpilogue> packed_;
  std::size_t height_, width_;
};

inline constexpr std::size_t kMaxConcat = 16;  // inputs of one Concat

class UpsampleStep : public Step {
 public:
  explicit UpsampleStep(const TensorPlan& in)
      : height_(in.height), width_(in.width), channels_(in.channels) {}
  std::string_view kind() const override { return "upsample"; }
  void run(const Memory& memory, Part part, float* scratch) const override;

 private:
  std::size_t height_, width_, channels_;
};

class ConcatStep : public Step {
 public:
  ConcatStep(std::vector<std::size_t> channels, const TensorPlan& out)
      : channels_(std::move(channels)), height_(out.height), width_(out.width), total_(out.channels) {}
  std::string_view kind() const override { return "concat"; }
  void run(const Memory& memory, Part part, float* scratch) const override;

 private:
  std::vector<std::size_t> channels_;
  std::size_t height_, width_, total_;
};

// reads: x, and for kAdd a second.
class ElementwiseStep : public Step {
 public:
  enum class What : std::uint8_t { kAdd, kRelu, kSigmoid };
  ElementwiseStep(What what, std::size_t elements) : what_(what), elements_(elements) {}
  std::string_view kind() const override;
  void run(const Memory& memory, Part part, float* scratch) const override;

 private:
  What what_;
  std::size_t elements_;
};

// reads: x. A slope for each channel.
class PReluStep : public Step {
 public:
  PReluStep(std::vector<float> slopes, const TensorPlan& tensor)
      : slopes_(std::move(slopes)), height_(tensor.height), width_(tensor.width) {}
  std::string_view kind() const override { return "prelu"; }
  void run(const Memory& memory, Part part, float* scratch) const override;

 private:
  std::vector<float> slopes_;
  std::size_t height_, width_;
};

class MaxPoolStep : public Step {
 public:
  explicit MaxPoolStep(const PoolShape& shape) : shape_(shape) {}
  std::string_view kind() const override { return "max-pool"; }
  void run(const Memory& memory, Part part, float* scratch) const override;

 private:
  PoolShape shape_;
};

// Zeros behind the channels that there are.
class PadChannelsStep : public Step {
 public:
  PadChannelsStep(const TensorPlan& in, const TensorPlan& out)
      : channels_(in.channels), total_(out.channels), height_(out.height), width_(out.width) {}
  std::string_view kind() const override { return "pad"; }
  void run(const Memory& memory, Part part, float* scratch) const override;

 private:
  std::size_t channels_, total_, height_, width_;
};

// Between floats and scaled rows of the same shape.
class ScaleStep : public Step {
 public:
  ScaleStep(bool to_scaled, const ScaledRowsShape& shape) : to_(to_scaled), shape_(shape) {}
  std::string_view kind() const override { return to_ ? "to-scaled" : "from-scaled"; }
  void run(const Memory& memory, Part part, float* scratch) const override;

 private:
  bool to_;
  ScaledRowsShape shape_;
};

// Between the caller's [channels][pixels] and our [pixels][channels].
class LayoutStep : public Step {
 public:
  enum class Way : std::uint8_t {
    kIn,       // the caller's → ours
    kOut,      // ours → the caller's, or to a vector in the caller's order
    kOutFace,  // the same, of the output that is the face: pixels too, where the caller wants them
  };
  LayoutStep(Way way, const TensorPlan& tensor)
      : way_(way), channels_(tensor.channels), height_(tensor.height), width_(tensor.width) {}
  std::string_view kind() const override { return "layout"; }
  void run(const Memory& memory, Part part, float* scratch) const override;

 private:
  Way way_;
  std::size_t channels_, height_, width_;
};

}  // namespace framegen::native
