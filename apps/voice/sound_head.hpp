// sound_head.hpp: the first bytes of sound that comes through a pipe: a WAV's header, another kind of file,
// or samples.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "framegen/result.hpp"

namespace framegen::voice {

struct SoundHead {
  std::size_t bytes = 0;             // that come before the samples
  const char* other_kind = nullptr;  // "an MP3 file": neither WAV nor samples
  bool wav = false;                  // and then:
  std::uint32_t coding = 0;          // kIntegers, kFloats
  int channels = 0, rate_hz = 0, bits = 0;
  std::optional<std::size_t> sound_bytes;  // none: to the end, as who writes into a pipe says it
};
inline constexpr std::uint32_t kIntegers = 1, kFloats = 3;

// Nothing: more bytes are needed to tell. Of fewer than twelve, and no more to come, all are samples.
std::optional<SoundHead> read_sound_head(std::span<const std::uint8_t> first);

// A WAV's header for so many bytes of 16-bit mono sound: 44 bytes.
std::string wav_header(int rate_hz, std::size_t sound_bytes);

}  // namespace framegen::voice
