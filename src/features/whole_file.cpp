// whole_file.cpp: the streams, run to their end (docs/reference.md §2, §3).
#include "features/whole_file.hpp"

#include <algorithm>
#include <memory>

namespace framegen {
namespace {

constexpr std::size_t kBlockSamples = 4096;

// Feeds all samples to `push`, which takes a span and returns how many it took, and calls `drain` whenever
// something may be ready. `drain` says false to stop early.
template <class Push, class Drain>
Status pump(const SampleReader& read, const Push& push, const Drain& drain) {
  std::vector<float> block(kBlockSamples);
  for (;;) {
    std::span<const float> samples = std::span(block).first(FRAMEGEN_TRY(read(block)));
    if (samples.empty()) return {};
    while (!samples.empty()) {
      const std::size_t taken = FRAMEGEN_TRY(push(samples));
      samples = samples.subspan(taken);
      if (!FRAMEGEN_TRY(drain())) return {};
    }
  }
}

Tensor tensor_of(Shape shape, std::span<const float> values) {
  Tensor tensor(std::move(shape));
  std::copy(values.begin(), values.end(), tensor.data.begin());
  return tensor;
}

}  // namespace

SampleReader reader_of(std::span<const float> samples) {
  return [samples](std::span<float> out) mutable -> Result<std::size_t> {
    const std::size_t count = std::min(out.size(), samples.size());
    std::copy_n(samples.begin(), count, out.begin());
    samples = samples.subspan(count);
    return count;
  };
}

Result<Tensor> mel_of(const SampleReader& read) {
  MelStream stream;
  std::vector<MelColumn> columns;
  const auto drain = [&]() -> Result<bool> {
    for (MelColumn column; stream.next(column);) columns.push_back(column);
    return true;
  };
  const auto push = [&](std::span<const float> samples) -> Result<std::size_t> {
    return stream.push(samples);
  };
  FRAMEGEN_TRY(pump(read, push, drain));
  stream.finish();
  FRAMEGEN_TRY(drain());

  Tensor mel({static_cast<std::int64_t>(kMelBands), static_cast<std::int64_t>(columns.size())});
  for (std::size_t t = 0; t < columns.size(); ++t)
    for (std::size_t band = 0; band < kMelBands; ++band)
      mel.data[band * columns.size() + t] = columns[t][band];
  return mel;
}

Result<Tensor> features_of(const SampleReader& read, AudioEncoder encoder) {
  FeatureStream stream(std::move(encoder));
  return features_of(read, stream);
}

Result<Tensor> features_of(const SampleReader& read, FeatureSource& stream) {
  std::vector<float> feature(stream.feature_size()), all;
  const auto drain = [&]() -> Result<bool> {
    while (FRAMEGEN_TRY(stream.next(feature))) all.insert(all.end(), feature.begin(), feature.end());
    return true;
  };
  FRAMEGEN_TRY(pump(
      read, [&](std::span<const float> samples) { return stream.push(samples); }, drain));
  FRAMEGEN_TRY(stream.finish());
  FRAMEGEN_TRY(drain());
  return tensor_of({*stream.count(), static_cast<std::int64_t>(feature.size())}, all);
}

Result<Tensor> audio_window_of(const SampleReader& read, AudioEncoder encoder, AudioWindowRange range,
                               std::int64_t frame) {
  if (frame < 0)
    return Error{ErrorCode::kBadUse, "frame " + std::to_string(frame), "frames count from 0", {}};
  return audio_window_of(read, AudioWindowStream(std::move(encoder), range, frame), frame);
}

Result<Tensor> audio_window_of(const SampleReader& read, AudioWindowStream stream, std::int64_t frame) {
  std::vector<float> window(stream.window_size());
  bool found = false;
  const auto drain = [&]() -> Result<bool> {
    if (!found) found = FRAMEGEN_TRY(stream.next(window));
    return !found;
  };
  FRAMEGEN_TRY(pump(
      read, [&](std::span<const float> samples) { return stream.push(samples); }, drain));
  if (!found) {
    FRAMEGEN_TRY(stream.finish());
    FRAMEGEN_TRY(drain());
  }
  if (!found)
    return Error{ErrorCode::kBadUse, "frame " + std::to_string(frame),
                 "this sound has " + std::to_string(*stream.frames()) + " frames", "frames count from 0"};
  const auto features = static_cast<std::int64_t>(stream.range().features());
  return tensor_of({features, static_cast<std::int64_t>(window.size()) / features}, window);
}

}  // namespace framegen
