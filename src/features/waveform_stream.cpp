// waveform_stream.cpp: pieces of a thousand vectors; zeros where the network gives one too few.
#include "features/waveform_stream.hpp"

#include <algorithm>
#include <array>
#include <cassert>
#include <cmath>

#include "features/mel_windows.hpp"

namespace framegen {
namespace {

constexpr std::size_t kStride = 320, kKernel = 400;  // samples
constexpr std::size_t kAgain = kKernel - kStride;    // of a piece, that the next one begins before
constexpr std::size_t kPieceVectors = 1000;          // 20 s
constexpr std::size_t kPiece = kPieceVectors * kStride + kAgain;
constexpr std::int64_t kWidest = 4096;

std::size_t vectors_of(std::size_t samples) {
  return samples < kKernel ? 0 : (samples - kKernel) / kStride + 1;
}

Error wrong_waveform_network(const std::string& has) {
  return {ErrorCode::kBadAvatar, "feature network",
          has + ", expected one input [1,S] of any length and one output [1,T,1024]",
          "export HuBERT (or FeatherHuBERT) with a dynamic length: waveform [1,S] → hidden [1,T,1024]"};
}

// As Wav2Vec2's feature extractor.
void normalise(std::span<const float> samples, std::span<float> out) {
  double sum = 0, squares = 0;
  for (const float s : samples) sum += s;
  const double mean = sum / static_cast<double>(samples.size());
  for (const float s : samples) squares += (s - mean) * (s - mean);
  const double scale = 1 / std::sqrt(squares / static_cast<double>(samples.size()) + 1e-7);
  std::transform(samples.begin(), samples.end(), out.begin(),
                 [&](float s) { return static_cast<float>((s - mean) * scale); });
}

}  // namespace

Result<std::unique_ptr<WaveformStream>> WaveformStream::create(const Network& network,
                                                               std::int64_t first_feature) {
  const NetworkInfo& info = network.info();
  if (info.inputs.size() != 1 || info.outputs.size() != 1)
    return wrong_waveform_network("the network has " + std::to_string(info.inputs.size()) + " inputs and " +
                                  std::to_string(info.outputs.size()) + " outputs");
  const Shape &in = info.inputs[0].shape, &out = info.outputs[0].shape;
  if (in.size() != 2 || in[0] > 1 || in[1] >= 0)
    return wrong_waveform_network("its input is " + to_string(in));
  if (out.size() != 3 || out[2] < 1 || out[2] > kWidest)
    return wrong_waveform_network("its output is " + to_string(out));
  std::unique_ptr<WaveformStream> stream(new WaveformStream);
  stream->runner_ = FRAMEGEN_TRY(network.make_runner());
  stream->first_feature_ = first_feature;
  stream->width_ = static_cast<std::size_t>(out[2]);
  stream->samples_.reserve(kPiece);
  stream->piece_.resize(kPiece);
  stream->hidden_.resize(kPieceVectors * stream->width_);
  return stream;
}

void WaveformStream::reset() {
  samples_.clear();
  ready_ = given_ = 0;
  pushed_ = features_given_ = 0;
  finished_ = padded_ = false;
}

// The vectors of what is gathered; the last 80 samples of a whole piece begin the next.
Status WaveformStream::run_piece() {
  const std::size_t size = samples_.size();
  given_ = 0;
  ready_ = vectors_of(size);
  if (ready_ > 0) {
    const auto piece = std::span(piece_).first(size);
    normalise(samples_, piece);
    const Shape in{1, static_cast<std::int64_t>(size)},
        out{1, static_cast<std::int64_t>(ready_), static_cast<std::int64_t>(width_)};
    const std::array inputs{TensorView(in, piece)};
    const std::array outputs{MutableTensorView(out, std::span(hidden_).first(ready_ * width_))};
    FRAMEGEN_TRY(runner_->run(inputs, outputs));
  }
  samples_.erase(samples_.begin(), samples_.end() - static_cast<std::ptrdiff_t>(std::min(size, kAgain)));
  return {};
}

Result<std::size_t> WaveformStream::push(std::span<const float> samples) {
  assert(!finished_);
  if (given_ < ready_) return 0;
  const std::size_t taken = std::min(samples.size(), kPiece - samples_.size());
  samples_.insert(samples_.end(), samples.begin(), samples.begin() + static_cast<std::ptrdiff_t>(taken));
  pushed_ += static_cast<std::int64_t>(taken);
  if (samples_.size() == kPiece) FRAMEGEN_TRY(run_piece());
  return taken;
}

Status WaveformStream::finish() {
  if (finished_) return {};
  padded_ = pushed_ < kShortestSamples;
  if (padded_) {
    samples_.resize(static_cast<std::size_t>(kShortestSamples));  // zeros: silence
    pushed_ = kShortestSamples;
  }
  finished_ = true;
  if (given_ == ready_) FRAMEGEN_TRY(run_piece());
  return {};
}

std::optional<std::int64_t> WaveformStream::count() const {
  if (!finished_) return std::nullopt;
  return (pushed_ - static_cast<std::int64_t>(kAgain)) / static_cast<std::int64_t>(kStride) / 2;
}

Result<bool> WaveformStream::next(std::span<float> feature) {
  assert(feature.size() == feature_size());
  while (FRAMEGEN_TRY(take(feature)))
    if (features_given_ > first_feature_) return true;
  return false;
}

Result<bool> WaveformStream::take(std::span<float> feature) {
  const auto all = count();
  if (all && features_given_ >= *all) return false;
  // A piece holds an even number of vectors, but for the last.
  if (given_ == ready_ && finished_ && samples_.size() > kAgain) FRAMEGEN_TRY(run_piece());
  if (given_ == ready_ && !finished_) return false;
  const std::size_t there = std::min<std::size_t>(2, ready_ - given_) * width_;
  const auto from = hidden_.begin() + static_cast<std::ptrdiff_t>(given_ * width_);
  std::copy_n(from, there, feature.begin());
  std::fill(feature.begin() + static_cast<std::ptrdiff_t>(there), feature.end(), 0.0F);
  given_ += there / width_;
  ++features_given_;
  return true;
}

}  // namespace framegen
