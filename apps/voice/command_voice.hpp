// command_voice.hpp: a child process that reads text and writes sound: any command, and espeak-ng.
#pragma once

#include <vector>

#include "voice.hpp"

namespace framegen::voice {

// The words, the text on standard input, sound on standard output. No shell, and a process group of its own:
// what it has started ends with it.
class CommandVoice : public Voice {
 public:
  CommandVoice(std::vector<std::string> words, int raw_rate_hz);
  std::string name() const override { return words_.front(); }
  Status say(const std::string& text, const std::string& voice, const Listener& listener,
             const std::atomic<bool>& stop) const override;

 private:
  std::vector<std::string> words_;
  int raw_rate_hz_;
};

class EspeakVoice : public Voice {
 public:
  // Errors: kBadUse (a voice's name of other letters than espeak-ng's).
  static Result<std::unique_ptr<Voice>> create(const std::string& voice);
  std::string name() const override { return "espeak-ng"; }
  Status say(const std::string& text, const std::string& voice, const Listener& listener,
             const std::atomic<bool>& stop) const override;

 private:
  explicit EspeakVoice(std::string voice) : voice_(std::move(voice)) {}
  std::string voice_;
};

// What every voice asks of a text. Errors: kBadUse.
Status check_text(const std::string& text);

}  // namespace framegen::voice
