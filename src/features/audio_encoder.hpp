// audio_encoder.hpp: one mel window → one feature, through whatever network the avatar brings
// (docs/reference.md §3).
#pragma once

#include <cstddef>
#include <memory>
#include <span>

#include "features/mel_basis.hpp"
#include "features/mel_windows.hpp"
#include "nn/network.hpp"

namespace framegen {

inline constexpr std::size_t kMelWindowSize = kMelBands * static_cast<std::size_t>(kWindowColumns);

// A runner of the audio encoder. It is always given one window at a time: a network may round the last bits
// of a batch differently, and the same sound must give the same bytes however it arrives. One thread at a
// time.
class AudioEncoder {
 public:
  // `network` must outlive the encoder. Errors: kBadAvatar where it does not have one input [batch,1,80,16]
  // and one output [batch,n] (or [batch,n,1,1]), saying what it has; kInternal.
  static Result<AudioEncoder> create(const Network& network);
  // None: the feature is the mel window itself, and there are as many as Wav2Lip counts (docs/reference.md
  // §2).
  static AudioEncoder direct();

  bool is_direct() const { return runner_ == nullptr; }
  std::size_t feature_size() const { return feature_size_; }
  // `mel_window`: kMelWindowSize values [80,16], bands × time; `feature`: feature_size() values.
  Status encode(std::span<const float> mel_window, std::span<float> feature);

 private:
  AudioEncoder() = default;
  std::unique_ptr<NetworkRunner> runner_;
  Shape input_shape_, output_shape_;
  std::size_t feature_size_ = 0;
};

}  // namespace framegen
