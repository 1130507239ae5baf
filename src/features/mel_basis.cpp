// mel_basis.cpp: the Hann window and the mel filter bank, computed as librosa does (docs/reference.md §2).
#include "features/mel_basis.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

namespace framegen {
namespace {

constexpr double kSampleRateHz = 16000.0;
constexpr double kLowestHz = 55.0;
constexpr double kHighestHz = 7600.0;

// Slaney's scale: linear below 1000 Hz (15 mel), logarithmic above, 27 mel per factor 6.4.
constexpr double kHzPerMel = 200.0 / 3.0;
constexpr double kLogFromHz = 1000.0;
constexpr double kLogFromMel = kLogFromHz / kHzPerMel;
double log_step() { return std::log(6.4) / 27.0; }

double hz_to_mel(double hz) {
  return hz < kLogFromHz ? hz / kHzPerMel : kLogFromMel + std::log(hz / kLogFromHz) / log_step();
}
double mel_to_hz(double mel) {
  return mel < kLogFromMel ? mel * kHzPerMel : kLogFromHz * std::exp(log_step() * (mel - kLogFromMel));
}

// Band i rises from edge i to edge i+1 and falls to edge i+2.
std::array<double, kMelBands + 2> band_edges_hz() {
  std::array<double, kMelBands + 2> edges{};
  const double low = hz_to_mel(kLowestHz), high = hz_to_mel(kHighestHz);
  const double step = (high - low) / static_cast<double>(edges.size() - 1);
  for (std::size_t i = 0; i < edges.size(); ++i) edges[i] = mel_to_hz(low + static_cast<double>(i) * step);
  edges.back() = mel_to_hz(high);
  return edges;
}

}  // namespace

std::vector<double> hann_window() {
  std::vector<double> window(kFftSize);
  for (std::size_t i = 0; i < kFftSize; ++i)
    window[i] =
        0.5 - 0.5 * std::cos(2.0 * std::numbers::pi * static_cast<double>(i) / static_cast<double>(kFftSize));
  return window;
}

std::vector<float> mel_basis() {
  const auto edges = band_edges_hz();
  const double hz_per_bin = kSampleRateHz / static_cast<double>(kFftSize);
  std::vector<float> basis(kMelBands * kFftBins);
  for (std::size_t band = 0; band < kMelBands; ++band) {
    const double area = 2.0 / (edges[band + 2] - edges[band]);
    for (std::size_t bin = 0; bin < kFftBins; ++bin) {
      const double hz = static_cast<double>(bin) * hz_per_bin;
      const double rising = (hz - edges[band]) / (edges[band + 1] - edges[band]);
      const double falling = (edges[band + 2] - hz) / (edges[band + 2] - edges[band + 1]);
      // Rounded to float32 twice, before and after the normalisation, as librosa does.
      const auto weight = static_cast<float>(std::max(0.0, std::min(rising, falling)));
      basis[band * kFftBins + bin] = static_cast<float>(static_cast<double>(weight) * area);
    }
  }
  return basis;
}

}  // namespace framegen
