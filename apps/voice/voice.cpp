// voice.cpp: which of the three is meant.
#include "voice.hpp"

#include "command_voice.hpp"
#include "limits.hpp"
#include "server_voice.hpp"
#include "sound_head.hpp"
#include "words_of.hpp"

namespace framegen::voice {
Result<std::unique_ptr<Voice>> open_voice(const VoiceOptions& options) {
  if (options.raw_rate_hz != 0 &&
      (options.raw_rate_hz < kLowestRateHz || options.raw_rate_hz > kHighestRateHz))
    return Error{ErrorCode::kBadUse, "--tts-rate " + std::to_string(options.raw_rate_hz),
                 "is not in 8000 … 192000", "give the rate of what --tts's command writes"};
  if (options.tts.starts_with("http://") || options.tts.starts_with("https://"))
    return ServerVoice::create(options);
  if (!options.model.empty())
    return Error{ErrorCode::kBadUse, "--tts-model", "is of a speech server alone",
                 "name the server with --tts http://…"};
  if (options.tts.empty()) return EspeakVoice::create(options.voice);
  if (options.tts.find("://") != std::string::npos && options.tts.find(' ') == std::string::npos)
    return Error{ErrorCode::kBadUse, "--tts " + options.tts, "is neither a command nor http:// or https://",
                 "give such as http://localhost:8880/v1/audio/speech"};
  if (!options.voice.empty())
    return Error{ErrorCode::kBadUse, "--voice " + options.voice, "is not for a command, which names its own",
                 "name it in --tts's words"};
  auto words = FRAMEGEN_TRY(words_of(options.tts));
  return std::unique_ptr<Voice>(std::make_unique<CommandVoice>(std::move(words), options.raw_rate_hz));
}

Result<std::string> say_as_wav(const Voice& voice, const std::string& text, const std::string& name,
                               const std::atomic<bool>& stop) {
  constexpr std::size_t kLongestSound = std::size_t{32} << 20;
  std::string sound;
  int rate = 0;
  const Listener keep = [&](int rate_hz, std::span<const std::int16_t> samples) -> Status {
    if (sound.size() + samples.size_bytes() > kLongestSound)
      return Error{ErrorCode::kBadUse, "text", "makes more than 32 MiB of sound", "give it in pieces"};
    rate = rate_hz;
    sound.append(reinterpret_cast<const char*>(samples.data()), samples.size_bytes());
    return {};
  };
  FRAMEGEN_TRY(voice.say(text, name, keep, stop));
  return wav_header(rate, sound.size()) + sound;
}

}  // namespace framegen::voice
