// mel_windows.hpp: how many mel columns, features and frames so many samples give, and which columns a
// feature sees (docs/reference.md §2, §3).
#pragma once

#include <cstdint>

namespace framegen {

inline constexpr std::int64_t kHopSamples = 200;    // 12.5 ms at 16 kHz between mel columns
inline constexpr std::int64_t kWindowColumns = 16;  // columns that the audio encoder sees at once
inline constexpr std::int64_t kShortestSamples =
    3000;  // the fewest that give kWindowColumns; less is padded with silence

// T: the mel columns of so many samples.
std::int64_t mel_column_count(std::int64_t samples);
// data_len: the features that the audio encoder computes from T ≥ kWindowColumns columns.
std::int64_t encoded_feature_count(std::int64_t columns);
// The same where features are the mel windows themselves, as Wav2Lip counts: the first window that would
// reach over the end is the last.
std::int64_t direct_feature_count(std::int64_t columns);
// Where feature j's columns start; at the end of the sound the last kWindowColumns are taken instead.
std::int64_t feature_start_column(std::int64_t feature);
// N: the video frames of so many samples at 16 kHz, padding included.
std::int64_t frame_count(std::int64_t samples);
// Likewise, where features are the mel windows themselves: none is shown twice.
std::int64_t direct_frame_count(std::int64_t samples);

}  // namespace framegen
