// audio_encoder.cpp: checks the network's shapes once, then runs it window by window (docs/reference.md §3).
#include "features/audio_encoder.hpp"

#include <algorithm>
#include <array>
#include <cassert>

namespace framegen {
namespace {

constexpr std::int64_t kLargestFeature = 65536;

Error wrong_shape(const std::string& has) {
  return {ErrorCode::kBadAvatar, "audio encoder",
          has + ", expected one input [batch,1,80,16] and one output [batch,512]",
          "export the audio encoder of a SyncTalk_2D 'ave' model"};
}

// The batch may be symbolic or 1; everything else must be as wanted.
bool takes_mel_windows(const Shape& shape) {
  const Shape wanted{1, 1, static_cast<std::int64_t>(kMelBands), kWindowColumns};
  return shape.size() == wanted.size() && (shape[0] < 0 || shape[0] == 1) &&
         std::equal(shape.begin() + 1, shape.end(), wanted.begin() + 1);
}

bool gives_vectors(const Shape& shape) {
  return shape.size() >= 2 && (shape[0] < 0 || shape[0] == 1) && shape[1] > 0 &&
         shape[1] <= kLargestFeature &&
         std::all_of(shape.begin() + 2, shape.end(), [](std::int64_t d) { return d == 1; });
}

}  // namespace

Result<AudioEncoder> AudioEncoder::create(const Network& network) {
  const NetworkInfo& info = network.info();
  if (info.inputs.size() != 1 || info.outputs.size() != 1)
    return wrong_shape("the network has " + std::to_string(info.inputs.size()) + " inputs and " +
                       std::to_string(info.outputs.size()) + " outputs");
  const TensorInfo &input = info.inputs.front(), &output = info.outputs.front();
  if (!takes_mel_windows(input.shape))
    return wrong_shape("its input '" + input.name + "' is " + to_string(input.shape));
  if (!gives_vectors(output.shape))
    return wrong_shape("its output '" + output.name + "' is " + to_string(output.shape));

  AudioEncoder encoder;
  encoder.runner_ = FRAMEGEN_TRY(network.make_runner());
  encoder.input_shape_ = input.shape;
  encoder.output_shape_ = output.shape;
  encoder.input_shape_[0] = encoder.output_shape_[0] = 1;
  encoder.feature_size_ = element_count(encoder.output_shape_);
  return encoder;
}

AudioEncoder AudioEncoder::direct() {
  AudioEncoder encoder;
  encoder.feature_size_ = kMelWindowSize;
  return encoder;
}

Status AudioEncoder::encode(std::span<const float> mel_window, std::span<float> feature) {
  assert(mel_window.size() == kMelWindowSize && feature.size() == feature_size_);
  if (is_direct()) {
    std::copy(mel_window.begin(), mel_window.end(), feature.begin());
    return {};
  }
  const std::array inputs{TensorView(input_shape_, mel_window)};
  const std::array outputs{MutableTensorView(output_shape_, feature)};
  return runner_->run(inputs, outputs);
}

}  // namespace framegen
