// mel_basis.hpp: the Hann window and the mel filter bank (docs/reference.md §2).
#pragma once

#include <cstddef>
#include <vector>

namespace framegen {

inline constexpr std::size_t kFftSize = 800;  // samples of one STFT window at 16 kHz: 50 ms
inline constexpr std::size_t kFftBins = kFftSize / 2 + 1;
inline constexpr std::size_t kMelBands = 80;

// kFftSize values, periodic: the denominator is kFftSize, not kFftSize − 1.
std::vector<double> hann_window();

// Row-major [kMelBands, kFftBins]: triangles on Slaney's mel scale between 55 and 7600 Hz, each of unit area,
// rounded to float32 as librosa stores them.
std::vector<float> mel_basis();

}  // namespace framegen
