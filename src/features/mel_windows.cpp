// mel_windows.cpp: the reference's counts, in its own double arithmetic (docs/reference.md §2, §3).
#include "features/mel_windows.hpp"

#include <algorithm>

#include "core/frame_rate.hpp"

namespace framegen {
namespace {

constexpr double kColumnsPerSecond = 80.0;

}  // namespace

std::int64_t mel_column_count(std::int64_t samples) { return 1 + samples / kHopSamples; }

std::int64_t encoded_feature_count(std::int64_t columns) {
  const auto seconds = static_cast<double>(columns - kWindowColumns) / kColumnsPerSecond;
  return static_cast<std::int64_t>(seconds * kFramesPerSecond) + 2;
}

std::int64_t direct_feature_count(std::int64_t columns) {
  std::int64_t last = std::max<std::int64_t>(0, encoded_feature_count(columns) - 2);
  while (feature_start_column(last) + kWindowColumns <= columns) ++last;
  return last + 1;
}

std::int64_t feature_start_column(std::int64_t feature) {
  // Not feature·16/5 in integers: the reference's doubles are the contract.
  return static_cast<std::int64_t>(kColumnsPerSecond * (static_cast<double>(feature) / kFramesPerSecond));
}

std::int64_t frame_count(std::int64_t samples) {
  // The first and the last feature are each shown twice.
  return encoded_feature_count(mel_column_count(std::max(samples, kShortestSamples))) + 2;
}

std::int64_t direct_frame_count(std::int64_t samples) {
  return direct_feature_count(mel_column_count(std::max(samples, kShortestSamples)));
}

}  // namespace framegen
