// audio_window_stream.hpp: 16 kHz samples in, the generator's audio window of every video frame out
// (docs/reference.md §3).
#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "features/feature_stream.hpp"

namespace framegen {

// Frame i sees features i+first … i+last, as the avatar's manifest says.
struct AudioWindowRange {
  int first = -8;
  int last = 7;
  // Less sound is waited for where this is less than `last`, and the mouth is less sure: the window's
  // features after i+ahead repeat that one. 0 … last.
  int ahead = last;

  std::size_t features() const { return static_cast<std::size_t>(last - first + 1); }
};

// The windows of frames 0 … N−1 in order; features outside 0 … N−1 are zeros. Rows of one feature each, one
// after the other: read as [32,16,16] that is the reference's reshape. Frame i's window is ready once its
// sound is there, 452.5 ms after the frame's own time. However the samples are cut, the windows are the same
// bytes. Constant memory; after the constructor it allocates nothing of its own. One thread at a time.
//   while (!samples.empty()) {
//     samples = samples.subspan(FRAMEGEN_TRY(stream.push(samples)));
//     while (FRAMEGEN_TRY(stream.next(window))) …
//   }
//   FRAMEGEN_TRY(stream.finish());
//   while (FRAMEGEN_TRY(stream.next(window))) …
class AudioWindowStream {
 public:
  // Windows of frames before `first_frame` are not given out; what only they need is not computed. `first` ≤
  // `last`.
  explicit AudioWindowStream(AudioEncoder encoder, AudioWindowRange range = {}, std::int64_t first_frame = 0);
  // Features of another make; `source` gives them from first_feature(range, first_frame) on.
  AudioWindowStream(std::unique_ptr<FeatureSource> source, AudioWindowRange range, std::int64_t first_frame);
  // The first feature that is needed.
  static std::int64_t first_feature(AudioWindowRange range, std::int64_t first_frame);

  // Takes samples until a window is ready, and says how many: none while one waits for next(). Errors: the
  // encoder's.
  Result<std::size_t> push(std::span<const float> samples);
  // No more samples.
  Status finish();
  // Writes window_size() values. False: none is ready; push more, or after finish() all are out.
  Result<bool> next(std::span<float> window);
  // Ready for another recording (or segment of live speech), with the memory of this one.
  void reset();

  std::size_t window_size() const { return range_.features() * features_->feature_size(); }
  AudioWindowRange range() const { return range_; }
  // N, counted from frame 0 whatever first_frame is: known after finish().
  std::optional<std::int64_t> frames() const { return features_->count(); }
  // After finish(): the sound was shorter than 3,000 samples and silence was added.
  bool padded() const { return features_->padded(); }

 private:
  std::int64_t last_feature() const { return next_frame_ + range_.last; }  // of the next window
  std::int64_t last_seen() const { return next_frame_ + std::min(range_.ahead, range_.last); }
  std::span<float> slot(std::int64_t feature);
  Result<bool> gather();

  std::unique_ptr<FeatureSource> features_;
  AudioWindowRange range_;
  std::int64_t first_frame_;
  std::int64_t next_frame_ = 0;
  std::int64_t next_feature_ = 0;  // the next one to put into the ring
  std::vector<float> ring_;        // the last range_.features() features; feature k lies in slot k mod that
};

}  // namespace framegen
