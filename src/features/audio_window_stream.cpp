// audio_window_stream.cpp: a ring of features, zeros at both ends of the sound (docs/reference.md §3).
#include "features/audio_window_stream.hpp"

#include <algorithm>
#include <cassert>

namespace framegen {
namespace {

std::int64_t not_negative(std::int64_t value) { return std::max<std::int64_t>(0, value); }

}  // namespace

AudioWindowStream::AudioWindowStream(AudioEncoder encoder, AudioWindowRange range, std::int64_t first_frame)
    : AudioWindowStream(
          std::make_unique<FeatureStream>(std::move(encoder), first_feature(range, first_frame)), range,
          first_frame) {}

AudioWindowStream::AudioWindowStream(std::unique_ptr<FeatureSource> source, AudioWindowRange range,
                                     std::int64_t first_frame)
    : features_(std::move(source)),
      range_(range),
      first_frame_(not_negative(first_frame)),
      ring_(window_size()) {
  assert(range.first <= range.last);
  reset();
}

std::int64_t AudioWindowStream::first_feature(AudioWindowRange range, std::int64_t first_frame) {
  return not_negative(not_negative(first_frame) + range.first);
}

void AudioWindowStream::reset() {
  features_->reset();
  next_frame_ = first_frame_;
  next_feature_ = not_negative(first_frame_ + range_.first);
  std::fill(ring_.begin(), ring_.end(), 0.0F);
}

Result<std::size_t> AudioWindowStream::push(std::span<const float> samples) {
  std::size_t taken = 0;
  while (!FRAMEGEN_TRY(gather()) && taken < samples.size())
    taken += FRAMEGEN_TRY(features_->push(samples.subspan(taken)));
  return taken;
}

Status AudioWindowStream::finish() { return features_->finish(); }

Result<bool> AudioWindowStream::next(std::span<float> window) {
  assert(window.size() == window_size());
  if (!FRAMEGEN_TRY(gather())) return false;
  float* row = window.data();
  for (std::int64_t k = next_frame_ + range_.first; k <= last_feature(); ++k)
    row = std::copy_n(slot(std::min(k, last_seen())).data(), features_->feature_size(), row);
  ++next_frame_;
  return true;
}

// Moves features into the ring until the next window is whole. False: the sound for it is not there.
Result<bool> AudioWindowStream::gather() {
  if (const auto count = frames(); count && next_frame_ >= *count) return false;
  while (next_feature_ <= last_seen()) {
    const auto place = slot(next_feature_);
    if (!FRAMEGEN_TRY(features_->next(place))) {
      if (!frames()) return false;
      assert(next_feature_ >= *frames());
      std::fill(place.begin(), place.end(), 0.0F);
    }
    ++next_feature_;
  }
  return true;
}

std::span<float> AudioWindowStream::slot(std::int64_t feature) {
  const auto slots = static_cast<std::int64_t>(range_.features());
  const auto index =
      static_cast<std::size_t>((feature % slots + slots) % slots);  // features before 0 are zeros
  return std::span(ring_).subspan(index * features_->feature_size(), features_->feature_size());
}

}  // namespace framegen
