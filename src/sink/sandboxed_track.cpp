// sandboxed_track.cpp: SoundReader on both sides of a pipe.
#include "sink/sandboxed_track.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

namespace framegen {
namespace {

using sandbox::BytesIn;
using sandbox::BytesOut;
using sandbox::next_data;
using sandbox::RecordKind;

constexpr int kPieceSamples = 8192;
constexpr int kHighestRateHz = 48000, kMostChannels = 2;  // as SoundReader gives it

}  // namespace

Status decode_track(const sandbox::Task& task, const sandbox::RecordWriter& writer) {
  const auto reader = FRAMEGEN_TRY(SoundReader::descriptor(task.file, task.name));
  const int channels = reader->channels();
  writer.data(BytesOut().number(std::int32_t{reader->rate()}).number(std::int32_t{channels}));
  std::vector<float> block(static_cast<std::size_t>(kPieceSamples * channels));
  for (;;) {
    const auto n = static_cast<int>(FRAMEGEN_TRY(reader->left(kPieceSamples)));
    if (n == 0) return {};
    const std::array<float*, 2> planes{block.data(), block.data() + n};
    FRAMEGEN_TRY(reader->read(planes.data(), n));
    writer.write(RecordKind::kData,
                 std::as_bytes(std::span(block).first(static_cast<std::size_t>(n * channels))));
  }
}

Result<std::unique_ptr<SoundReader>> SandboxedTrack::open(int file, const std::string& name,
                                                          sandbox::Zygote& zygote) {
  auto child = FRAMEGEN_TRY(zygote.run(&decode_track, {file, name}));
  std::unique_ptr<SandboxedTrack> track(new SandboxedTrack(name, std::move(child)));
  const auto record = FRAMEGEN_TRY(next_data(track->child_, name));
  if (!record) return sandbox::nonsense(name);
  BytesIn in(record->bytes);
  const auto rate = in.number<std::int32_t>(), channels = in.number<std::int32_t>();
  if (!channels || *rate < 1 || *rate > kHighestRateHz || *channels < 1 || *channels > kMostChannels)
    return sandbox::nonsense(name);
  track->begin(*rate, *channels);
  return std::unique_ptr<SoundReader>(std::move(track));
}

Status SandboxedTrack::decode_more() {
  auto record = FRAMEGEN_TRY(next_data(child_, name_));
  if (!record) {
    end();
    return {};
  }
  const std::size_t samples = record->bytes.size() / sizeof(float);
  const auto n = samples / static_cast<std::size_t>(channels());
  if (n == 0 || n * static_cast<std::size_t>(channels()) * sizeof(float) != record->bytes.size())
    return sandbox::nonsense(name_);
  auto* const first = reinterpret_cast<float*>(record->bytes.data());
  // An encoder is not to meet what its own decoder would not have given it.
  std::replace_if(
      first, first + samples, [](float sample) { return !std::isfinite(sample); }, 0.0F);
  std::array<void*, 2> planes{first, first + n};
  give(planes.data(), static_cast<int>(n));
  return {};
}

}  // namespace framegen
