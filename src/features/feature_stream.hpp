// feature_stream.hpp: 16 kHz samples in, one feature per video frame out (docs/reference.md §3).
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "features/audio_encoder.hpp"
#include "features/feature_source.hpp"
#include "features/mel_stream.hpp"

namespace framegen {

// The N features f[0 … N−1], first and last repeated, in order. Constant memory; after create() it allocates
// nothing of its own. With a direct encoder f is F: nothing is repeated. Sound shorter than kShortestSamples
// is padded with silence. Used as MelStream is: push, next; finish, next.
//
//   samples ─► MelStream ─► ring of 16 columns ─► audio encoder ─► F0 F1 … ─► f = F0 F0 F1 … Fm Fm
class FeatureStream : public FeatureSource {
 public:
  // Features before `first_feature` are counted but not given out, and those that are not needed are not
  // computed.
  explicit FeatureStream(AudioEncoder encoder, std::int64_t first_feature = 0);

  Result<std::size_t> push(std::span<const float> samples) override;
  Status finish() override;
  Result<bool> next(std::span<float> feature) override;
  void reset() override;
  std::size_t feature_size() const override { return encoder_.feature_size(); }
  std::optional<std::int64_t> count() const override;
  bool padded() const override { return padded_; }

 private:
  Status take(const MelColumn& column);
  Status encode();
  bool ready();
  // How often the first F and the last are given.
  std::int64_t ends() const { return encoder_.is_direct() ? 1 : 2; }

  AudioEncoder encoder_;
  std::int64_t first_feature_;
  MelStream mel_;
  // The last 16 columns; column c lies in slot c % 16.
  std::array<MelColumn, static_cast<std::size_t>(kWindowColumns)> columns_{};
  std::int64_t column_count_ = 0;
  std::array<float, kMelWindowSize> mel_window_{};

  std::vector<float> feature_;  // F[encoded_ − 1]
  std::int64_t encoded_ = 0;    // F's made (or skipped)
  std::int64_t given_ = 0;      // f's given out (or skipped)
  std::int64_t waiting_ = 0;    // how often feature_ must still be given out
  bool finished_ = false;
  bool padded_ = false;
};

}  // namespace framegen
