// voice.hpp: text → speech, by espeak-ng, by any command, or by a speech server of OpenAI's shape.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>

#include "framegen/result.hpp"

namespace framegen::voice {

struct VoiceOptions {
  // Empty: espeak-ng. http://… or https://…: a speech server. Else a command and its words, which gets the
  // text on its standard input and gives WAV or raw samples on its standard output; no shell sees either.
  std::string tts;
  std::string voice;    // espeak-ng's or the server's name of it; a command names its own
  std::string model;    // of a server. Empty: "tts-1"
  int raw_rate_hz = 0;  // of samples without a header. 0: 22,050 of a command, 24,000 of a server
};

// Mono sound as it is made; the rate is the same in all calls for one text. Its errors end the speech, and
// become say()'s. It may take its time: who makes the sound waits.
using Listener = std::function<Status(int rate_hz, std::span<const std::int16_t> samples)>;

class Voice {
 public:
  virtual ~Voice() = default;
  // What it is, for people: "espeak-ng", a command's first word, a server's address without what may be
  // secret in it.
  virtual std::string name() const = 0;
  // Says the whole text; blocks until the last sound was given. `voice`: another one than the usual, or
  // empty. Any thread may call it, several at once. Errors: kBadUse (an empty or too long text, a voice that
  // is none), kBadInput (the command or the server fails, gives no sound, another kind of sound, sound
  // without an end, or nothing for a minute), kCancelled (`stop`, looked at twenty times a second), the
  // listener's.
  virtual Status say(const std::string& text, const std::string& voice, const Listener& listener,
                     const std::atomic<bool>& stop) const = 0;
};

inline constexpr std::size_t kLongestText = std::size_t{1} << 20;  // bytes

// A server's key is FRAMEGEN_TTS_KEY of the environment, for api.openai.com OPENAI_API_KEY too; it is in no
// message. Errors: kBadUse (a command that cannot be taken apart, a server's address that is none, a key that
// would be sent in the clear, a strange voice).
Result<std::unique_ptr<Voice>> open_voice(const VoiceOptions& options);

// Is there an espeak-ng?
bool espeak_is_there();

// A whole WAV file, 16-bit mono. Errors: say()'s.
Result<std::string> say_as_wav(const Voice& voice, const std::string& text, const std::string& name,
                               const std::atomic<bool>& stop);

}  // namespace framegen::voice
