// feature_source.hpp: 16 kHz samples in, one feature per video frame out, whatever makes them
// (docs/reference.md §3).
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "framegen/result.hpp"

namespace framegen {

// Used as MelStream is: push, next; finish, next. However the samples are cut, the features are the same
// bytes.
class FeatureSource {
 public:
  FeatureSource() = default;
  FeatureSource(const FeatureSource&) = delete;
  FeatureSource& operator=(const FeatureSource&) = delete;
  virtual ~FeatureSource() = default;

  // Takes samples until a feature is ready, and says how many: none while one waits for next(). Errors: the
  // network's.
  virtual Result<std::size_t> push(std::span<const float> samples) = 0;
  virtual Status finish() = 0;
  // Writes feature_size() values. False: none is ready; push more, or after finish() all are out.
  virtual Result<bool> next(std::span<float> feature) = 0;
  // Ready for another recording, with the memory of this one.
  virtual void reset() = 0;

  virtual std::size_t feature_size() const = 0;
  // N: known after finish().
  virtual std::optional<std::int64_t> count() const = 0;
  // After finish(): the sound was so short that silence was added.
  virtual bool padded() const = 0;
};

}  // namespace framegen
