// resampler.hpp: mono samples of any rate → another rate, as they come (docs/reference.md §1).
#pragma once

#include <cmath>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "framegen/result.hpp"

namespace framegen {

inline constexpr int kSpeechRateHz = 16000;  // what the mel spectrogram is made from
inline constexpr int kLowestRateHz = 1000;
inline constexpr int kHighestRateHz = 768000;

// Full scale is ±1; some tools write ±32768 or ±2³¹ and are read. What is larger is damage: a resampler's
// sums of such samples would be infinite.
inline constexpr float kLoudestSample = 1e10F;
// False for NaN and infinity too.
inline bool is_sound(float sample) { return std::abs(sample) <= kLoudestSample; }

// libsoxr, quality HQ. However the samples are cut, the output is the same bytes, ceil(n·out/in) of them in
// all. Equal rates: the samples themselves.
class Resampler {
 public:
  // Errors: kBadInput (a rate outside kLowestRateHz … kHighestRateHz), kInternal.
  static Result<Resampler> create(int in_rate_hz, int out_rate_hz = kSpeechRateHz);
  Resampler(Resampler&&) noexcept;
  Resampler& operator=(Resampler&&) noexcept;
  ~Resampler();

  // Appends to `out` what these samples make final: it lags behind by the filter's length. Allocates nothing
  // of its own where `out` has the room.
  Status push(std::span<const float> samples, std::vector<float>& out);
  // No more samples: appends the rest.
  Status finish(std::vector<float>& out);
  // Ready for another recording of the same rates.
  Status reset();

 private:
  struct Impl;
  explicit Resampler(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace framegen
