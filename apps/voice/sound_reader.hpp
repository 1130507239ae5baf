// sound_reader.hpp: bytes as a command or a server gives them → mono samples, as they come.
#pragma once

#include <cstdint>
#include <vector>

#include "sound_head.hpp"
#include "voice.hpp"

namespace framegen::voice {

class SoundReader {
 public:
  // `who` gives the sound, for messages. `raw_rate_hz`: of samples without a header. `longest_s`: what sounds
  // longer has no end.
  SoundReader(std::string who, int raw_rate_hz, double longest_s, const Listener& listener)
      : who_(std::move(who)), raw_rate_hz_(raw_rate_hz), longest_s_(longest_s), listener_(listener) {}
  // Errors: kBadInput (a sound that is neither WAV of 16-bit or float samples nor raw, one without an end),
  // the listener's.
  Status take(std::span<const std::uint8_t> bytes);
  // No more comes. Errors: kBadInput (there was no sound), the listener's.
  Status finish();

 private:
  Status begin(const SoundHead& head);
  Status give(std::span<const std::uint8_t> bytes);
  Error strange(const std::string& what) const;

  std::string who_;
  int raw_rate_hz_;
  double longest_s_;
  const Listener& listener_;
  std::optional<SoundHead> head_;      // once it is known
  std::vector<std::uint8_t> waiting_;  // before that all that came, after it a cut sample's first bytes
  std::vector<std::int16_t> samples_;
  std::size_t left_ = 0;   // bytes of sound that the header promises and that have not come
  std::size_t given_ = 0;  // samples
};

// No voice takes longer for a text: a second for each of its bytes, and a minute.
double longest_speech_s(const std::string& text);

}  // namespace framegen::voice
