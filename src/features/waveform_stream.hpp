// waveform_stream.hpp: HuBERT's way to features: 16 kHz samples → a network → two hidden vectors per video
// frame (docs/import.md).
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "core/tensor.hpp"
#include "features/feature_source.hpp"
#include "nn/network.hpp"

namespace framegen {

//   samples ─► pieces of 20 s, each with 80 samples of the next ─► mean 0, variance 1 ─► network ─► 50
//   vectors/s frame i's feature: vectors 2i and 2i+1. A piece shorter than 400 samples gives nothing; the
//   vectors are cut, or filled with zeros, to (samples − 80) / 320, and an odd last one is dropped.
// That is what the published programs do, but for one thing: they bring the whole recording to mean 0 and
// variance 1, we each piece, since a stream does not know its end. Up to 20 s of sound the two are the same.
// A feature is ready only when its piece is whole.
class WaveformStream : public FeatureSource {
 public:
  // `network` must outlive the stream: one input [1,S] of any length, one output [1,T,C], T = (S − 80) / 320.
  // Errors: kBadAvatar where it has other tensors, saying which; kInternal.
  // Features before `first_feature` are computed, but not given out.
  static Result<std::unique_ptr<WaveformStream>> create(const Network& network,
                                                        std::int64_t first_feature = 0);

  Result<std::size_t> push(std::span<const float> samples) override;
  Status finish() override;
  Result<bool> next(std::span<float> feature) override;
  void reset() override;
  std::size_t feature_size() const override { return 2 * width_; }
  std::optional<std::int64_t> count() const override;
  bool padded() const override { return padded_; }

 private:
  WaveformStream() = default;
  Status run_piece();
  Result<bool> take(std::span<float> feature);

  std::unique_ptr<NetworkRunner> runner_;
  std::size_t width_ = 0;       // C
  std::vector<float> samples_;  // of the piece that is gathered, and what of it the next one needs again
  std::vector<float> piece_;    // normalised
  std::vector<float> hidden_;   // the last piece's vectors
  std::size_t ready_ = 0;       // vectors in hidden_
  std::size_t given_ = 0;       // of them
  std::int64_t pushed_ = 0;     // samples in all
  std::int64_t first_feature_ = 0;
  std::int64_t features_given_ = 0;  // or skipped
  bool finished_ = false;
  bool padded_ = false;
};

}  // namespace framegen
