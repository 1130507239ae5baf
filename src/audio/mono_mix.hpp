// mono_mix.hpp: decoded audio of any sample format and channel count → mono float32, full scale ±1
// (docs/reference.md §1).
#pragma once

#include <cstddef>
#include <span>

struct AVFrame;

namespace framegen {

// Whether mix_to_mono knows the frame's sample format.
bool can_mix(const AVFrame& frame);

// Samples first … first+out.size()−1 of the frame, which must be there: the arithmetic mean of its channels,
// in float32. Integer formats of b bits are divided by 2^(b−1).
void mix_to_mono(const AVFrame& frame, std::size_t first, std::span<float> out);

}  // namespace framegen
