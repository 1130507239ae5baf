// mel_stream.cpp: pre-emphasis, STFT magnitude, mel bands, decibels, in double precision (docs/reference.md
// §2).
#include "features/mel_stream.hpp"

#include <algorithm>
#include <cmath>
#include <opencv2/core/hal/hal.hpp>
#include <vector>

#include "features/mel_windows.hpp"

namespace framegen {
namespace {

constexpr double kPreEmphasis = 0.97;
constexpr std::size_t kHop = kHopSamples;
constexpr std::size_t kPadding = kFftSize / 2;  // zeros before the first and after the last sample

// The bins in which a band's triangle is not zero: weights[first …].
struct Band {
  std::size_t first = 0;
  std::vector<double> weights;
};

std::array<Band, kMelBands> make_bands() {
  const auto basis = mel_basis();
  std::array<Band, kMelBands> bands;
  for (std::size_t b = 0; b < kMelBands; ++b) {
    const auto row = std::span(basis).subspan(b * kFftBins, kFftBins);
    const auto positive = [](float w) { return w > 0.0F; };
    const auto begin = std::find_if(row.begin(), row.end(), positive);
    const auto end = std::find_if_not(begin, row.end(), positive);
    bands[b].first = static_cast<std::size_t>(begin - row.begin());
    bands[b].weights.assign(begin, end);
  }
  return bands;
}

// 20·log10 with a floor of −100 dB, 20 dB taken off, −100…0 dB mapped to −4…4.
float normalised_decibels(double magnitude) {
  const double decibels = 20.0 * std::log10(std::max(1e-5, magnitude)) - 20.0;
  return static_cast<float>(std::clamp(8.0 * ((decibels + 100.0) / 100.0) - 4.0, -4.0, 4.0));
}

}  // namespace

struct MelStream::Impl {
  const std::array<Band, kMelBands> bands = make_bands();
  const std::vector<double> hann = hann_window();
  // OpenCV's plan behind cv::dft, kept: cv::dft makes a new one each time. Output packed: Re0 Re1 Im1 Re2 Im2
  // … Re400.
  const cv::Ptr<cv::hal::DFT1D> fft =
      cv::hal::DFT1D::create(static_cast<int>(kFftSize), 1, CV_64F, CV_HAL_DFT_REAL_OUTPUT);

  // The pre-emphasised samples under the window of column `column`, as far as they have come.
  std::array<double, kFftSize> window{};
  std::size_t filled = kPadding;
  std::array<double, kFftSize> windowed{}, spectrum{};
  std::array<double, kFftBins> magnitude{};

  double previous = 0.0;
  std::int64_t samples = 0;
  std::int64_t column = 0;
  std::int64_t first_column = 0;
  bool finished = false;

  bool due() const { return filled == kFftSize; }
  std::size_t push(std::span<const float> in);
  void advance();
  void compute(MelColumn& out);
};

std::size_t MelStream::Impl::push(std::span<const float> in) {
  std::size_t taken = 0;
  while (taken < in.size()) {
    if (due() && column >= first_column) break;
    if (due()) advance();
    const std::size_t count = std::min(kFftSize - filled, in.size() - taken);
    for (const float sample : in.subspan(taken, count)) {
      const auto value = static_cast<double>(sample);
      window[filled++] = value - kPreEmphasis * previous;
      previous = value;
    }
    taken += count;
  }
  samples += static_cast<std::int64_t>(taken);
  return taken;
}

void MelStream::Impl::advance() {
  std::copy(window.begin() + kHop, window.end(), window.begin());
  filled -= kHop;
  ++column;
}

void MelStream::Impl::compute(MelColumn& out) {
  for (std::size_t i = 0; i < kFftSize; ++i) windowed[i] = window[i] * hann[i];
  fft->apply(reinterpret_cast<const uchar*>(windowed.data()), reinterpret_cast<uchar*>(spectrum.data()));
  magnitude.front() = std::abs(spectrum.front());
  magnitude.back() = std::abs(spectrum.back());
  for (std::size_t bin = 1; bin + 1 < kFftBins; ++bin)
    magnitude[bin] = std::hypot(spectrum[2 * bin - 1], spectrum[2 * bin]);
  for (std::size_t b = 0; b < kMelBands; ++b) {
    const Band& band = bands[b];
    double sum = 0.0;
    for (std::size_t i = 0; i < band.weights.size(); ++i) sum += band.weights[i] * magnitude[band.first + i];
    out[b] = normalised_decibels(sum);
  }
}

MelStream::MelStream(std::int64_t first_column) : impl_(std::make_unique<Impl>()) {
  impl_->first_column = first_column;
}
MelStream::MelStream(MelStream&&) noexcept = default;
MelStream& MelStream::operator=(MelStream&&) noexcept = default;
MelStream::~MelStream() = default;

std::size_t MelStream::push(std::span<const float> samples) { return impl_->push(samples); }
void MelStream::finish() { impl_->finished = true; }
std::int64_t MelStream::samples() const { return impl_->samples; }

bool MelStream::next(MelColumn& column) {
  Impl& s = *impl_;
  for (;;) {
    if (!s.due()) {
      if (!s.finished || s.column >= mel_column_count(s.samples)) return false;
      std::fill(s.window.begin() + static_cast<std::ptrdiff_t>(s.filled), s.window.end(), 0.0);
      s.filled = kFftSize;
    }
    const bool wanted = s.column >= s.first_column;
    if (wanted) s.compute(column);
    s.advance();
    if (wanted) return true;
  }
}

void MelStream::reset() {
  Impl& s = *impl_;
  s.window.fill(0.0);
  s.filled = kPadding;
  s.previous = 0.0;
  s.samples = s.column = 0;
  s.finished = false;
}

}  // namespace framegen
