// architecture.hpp: a network as a list of convolutions and nodes, apart from where its weights come from
// (docs/reference.md §6, docs/models.md).
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "core/tensor.hpp"
#include "framegen/result.hpp"
#include "nn/network.hpp"
#include "nn/onnx/onnx_builder.hpp"

namespace framegen {

// What a convolution does in its block.
enum class ConvolutionRole { kExpand, kDepthwise, kProject, kResidualProject, kPlain, kResidualPlain, kOut };

// The weight is X.weight, the bias X.bias; a batch normalisation that follows in training is folded into
// both.
struct Convolution {
  std::string name;  // X: "down1.0.depthwise"
  ConvolutionRole role = ConvolutionRole::kPlain;
  Shape weight;  // [out, in/group, height, width]
  std::int64_t group = 1;
  std::array<std::int64_t, 2> stride{1, 1};
  std::int64_t padding = 0;  // on all four sides

  std::int64_t fan_in() const { return weight[1] * weight[2] * weight[3]; }
};

struct Constant {
  std::string name;
  Shape shape;
  std::vector<float> values;
};

struct Architecture {
  std::string name;
  std::vector<TensorInfo> inputs;
  std::vector<TensorInfo> outputs;
  std::vector<Convolution> convolutions;  // in the order of the file's weights
  std::vector<Constant> constants;        // after the weights
  std::vector<OnnxNode> nodes;            // in the order in which they run
};

// What a SyncTalk_2D generator hears: its networks differ in one stride and in the window's shape.
enum class HeardFeatures {
  kAve,    // window [32,16,16]: 16 features of 512
  kHubert  // window [32,32,32]: 16 features of 2 × 1024
};

// SyncTalk_2D 328. `channels` are [32,64,128,256,512] at full width.
Architecture synctalk328_generator(const std::array<std::int64_t, 5>& channels,
                                   HeardFeatures heard = HeardFeatures::kAve);
// SyncTalk_2D 160: one halving fewer, the same audio branch. Channels as above.
Architecture synctalk160_generator(const std::array<std::int64_t, 5>& channels,
                                   HeardFeatures heard = HeardFeatures::kAve);
// `channels`: after the first block; 32 is the published number. 16 times as many come out.
Architecture synctalk_audio_encoder(std::int64_t channels = 32);

// Fills both from wherever the weights come from; sizes are those of the convolution.
using WeightSource =
    std::function<Status(const Convolution& convolution, std::span<float> weight, std::span<float> bias)>;

// The network as an ONNX file. Errors: those of `weights`, kInternal (memory).
Result<std::vector<std::uint8_t>> write_onnx(const Architecture& architecture, const WeightSource& weights);

}  // namespace framegen
