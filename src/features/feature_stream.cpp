// feature_stream.cpp: which columns make which feature, and when (docs/reference.md §3).
#include "features/feature_stream.hpp"

#include <algorithm>
#include <cassert>

namespace framegen {
namespace {

constexpr auto kWindow = static_cast<std::size_t>(kWindowColumns);

// f[k] is F[k−1], or F[k−2] where it is the last; the last F's columns may begin up to 4 before its regular
// start.
std::int64_t first_encoded(std::int64_t first_feature) {
  return std::max<std::int64_t>(0, first_feature - 2);
}
std::int64_t first_column(std::int64_t first_feature) {
  return std::max<std::int64_t>(0, feature_start_column(first_encoded(first_feature)) - 4);
}

}  // namespace

FeatureStream::FeatureStream(AudioEncoder encoder, std::int64_t first_feature)
    : encoder_(std::move(encoder)),
      first_feature_(std::max<std::int64_t>(0, first_feature)),
      mel_(first_column(first_feature_)),
      feature_(encoder_.feature_size()) {
  reset();
}

void FeatureStream::reset() {
  mel_.reset();
  column_count_ = first_column(first_feature_);
  // The features before the first needed one count as made and given.
  encoded_ = first_encoded(first_feature_);
  given_ = encoded_ == 0 ? 0 : encoded_ + ends() - 1;
  waiting_ = 0;
  finished_ = padded_ = false;
}

Result<std::size_t> FeatureStream::push(std::span<const float> samples) {
  assert(!finished_);
  std::size_t taken = 0;
  MelColumn column;
  while (!ready()) {
    if (mel_.next(column)) {
      FRAMEGEN_TRY(take(column));
    } else if (taken < samples.size()) {
      taken += mel_.push(samples.subspan(taken));
    } else {
      break;
    }
  }
  return taken;
}

Status FeatureStream::finish() {
  if (finished_) return {};
  static constexpr std::array<float, static_cast<std::size_t>(kHopSamples)> kSilence{};
  padded_ = mel_.samples() < kShortestSamples;
  MelColumn column;
  while (mel_.samples() < kShortestSamples) {  // too short for a feature: columns only gather in the ring
    const auto missing = static_cast<std::size_t>(kShortestSamples - mel_.samples());
    mel_.push(std::span(kSilence).first(std::min(missing, kSilence.size())));
    while (mel_.next(column)) FRAMEGEN_TRY(take(column));
  }
  mel_.finish();
  finished_ = true;
  return {};
}

Result<bool> FeatureStream::next(std::span<float> feature) {
  assert(feature.size() == feature_size());
  MelColumn column;
  while (!ready()) {
    if (mel_.next(column)) {
      FRAMEGEN_TRY(take(column));
    } else if (!finished_ || given_ >= *count()) {
      return false;
    } else if (encoded_ <
               *count() - 2 * (ends() - 1)) {  // the sound ends before its columns do: the last 16 again
      FRAMEGEN_TRY(encode());
    } else {
      waiting_ = 1;  // the last one once more
    }
  }
  std::copy(feature_.begin(), feature_.end(), feature.begin());
  ++given_;
  --waiting_;
  return true;
}

std::optional<std::int64_t> FeatureStream::count() const {
  if (!finished_) return std::nullopt;
  return encoder_.is_direct() ? direct_frame_count(mel_.samples()) : frame_count(mel_.samples());
}

// Skips what comes before first_feature_.
bool FeatureStream::ready() {
  while (waiting_ > 0 && given_ < first_feature_) {
    ++given_;
    --waiting_;
  }
  return waiting_ > 0;
}

Status FeatureStream::take(const MelColumn& column) {
  columns_[static_cast<std::size_t>(column_count_) % kWindow] = column;
  ++column_count_;
  // Starts are 3 or 4 columns apart, so at most one feature is due per column.
  if (column_count_ == feature_start_column(encoded_) + kWindowColumns) return encode();
  return {};
}

Status FeatureStream::encode() {
  for (std::size_t t = 0; t < kWindow; ++t) {
    const MelColumn& column = columns_[(static_cast<std::size_t>(column_count_) + t) % kWindow];
    for (std::size_t band = 0; band < kMelBands; ++band) mel_window_[band * kWindow + t] = column[band];
  }
  FRAMEGEN_TRY(encoder_.encode(mel_window_, feature_));
  waiting_ = encoded_ == 0 ? ends() : 1;
  ++encoded_;
  return {};
}

}  // namespace framegen
