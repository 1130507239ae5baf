// wav_head.hpp: whether a pipe that should give raw samples gives a sound file instead.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "framegen/result.hpp"

namespace framegen::app {

// How many of the first bytes come before the sound: none of raw samples, a WAV file's header; nothing: more
// bytes are needed to tell. Errors: kBadInput (another kind of file; a WAV that is not 16-bit, mono and of
// `rate_hz`), with the command that converts it.
Result<std::optional<std::size_t>> bytes_before_sound(std::span<const std::uint8_t> first, int rate_hz);

}  // namespace framegen::app
