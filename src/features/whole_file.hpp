// whole_file.hpp: every stage of a whole recording as one array, for `dump` and for tests (docs/reference.md
// §2, §3).
#pragma once

#include <cstdint>
#include <functional>

#include "features/audio_window_stream.hpp"

namespace framegen {

// Writes up to that many 16 kHz samples and says how many; 0 at the end. audio/speech_source.hpp has one.
using SampleReader = std::function<Result<std::size_t>(std::span<float>)>;
// Reads borrowed samples.
SampleReader reader_of(std::span<const float> samples);

// [80,T]. Errors: the reader's.
Result<Tensor> mel_of(const SampleReader& read);
// [N,512]. Errors: the reader's, the encoder's.
Result<Tensor> features_of(const SampleReader& read, AudioEncoder encoder);
Result<Tensor> features_of(const SampleReader& read, FeatureSource& source);
// [16,512] of one frame. Errors: those, and kBadUse where there are not so many frames.
Result<Tensor> audio_window_of(const SampleReader& read, AudioEncoder encoder, AudioWindowRange range,
                               std::int64_t frame);
// The window of `frame`, where `stream` begins.
Result<Tensor> audio_window_of(const SampleReader& read, AudioWindowStream stream, std::int64_t frame);

}  // namespace framegen
