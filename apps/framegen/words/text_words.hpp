// text_words.hpp: text instead of sound: what is said, and by which voice.
#pragma once

#include <CLI/CLI.hpp>
#include <memory>
#include <string>

#include "voice/voice.hpp"

namespace framegen::app {

struct VoiceWords {
  voice::VoiceOptions options;
  // --voice, --tts, --tts-model, --tts-rate.
  void add_to(CLI::App& command);
  bool given() const;
};

struct TextWords {
  VoiceWords voice;
  // --text, --text-file and those of the voice. With one of the first two, `sound` is not to be given.
  void add_to(CLI::App& command, CLI::Option* sound = nullptr);
  bool given() const { return text_ != nullptr && (text_->count() > 0 || file_->count() > 0); }
  // Errors: kBadUse (a voice is named, but nothing to say).
  Status check() const;
  const std::string& file() const { return file_name_; }  // empty where there is none
  // What is to be said. Errors: kBadInput (a file that cannot be read, a pipe that nobody writes), kBadUse
  // (longer than a mebibyte), kCancelled.
  Result<std::string> text() const;

 private:
  std::string said_, file_name_;
  CLI::Option* text_ = nullptr;
  CLI::Option* file_ = nullptr;
};

}  // namespace framegen::app
