// text_words.cpp: options, and a text file read whole.
#include "words/text_words.hpp"

#include <cerrno>
#include <cstring>
#include <fstream>
#include <iostream>
#include <iterator>

#include "words/speech_file.hpp"

namespace framegen::app {
namespace {

// At most one byte more than may be said: what is longer is refused by who says it.
std::string read_text(std::istream& input) {
  std::string text(voice::kLongestText + 1, '\0');
  input.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(input.gcount()));
  if (text.starts_with("\xEF\xBB\xBF")) text.erase(0, 3);  // as some editors begin a file of UTF-8
  return text;
}

}  // namespace

void VoiceWords::add_to(CLI::App& command) {
  command.add_option("--tts", options.tts,
                     "who speaks text: a command that reads text and writes WAV or raw samples, or a speech "
                     "server's address, http://…/v1/audio/speech; default: espeak-ng");
  command.add_option("--voice", options.voice, "espeak-ng's voice (en-us), or the server's (alloy)");
  command.add_option("--tts-model", options.model, "the server's model; default: tts-1");
  command.add_option("--tts-rate", options.raw_rate_hz,
                     "of raw samples, s16le, mono; default: 22050 of a command, 24000 of a server");
}

bool VoiceWords::given() const {
  return !options.tts.empty() || !options.voice.empty() || !options.model.empty() || options.raw_rate_hz != 0;
}

void TextWords::add_to(CLI::App& command, CLI::Option* sound) {
  text_ = command.add_option("--text", said_, "what to say, instead of sound");
  file_ = command.add_option("--text-file", file_name_,
                             "a file with what to say, UTF-8; - for the standard input");
  text_->excludes(file_);
  if (sound != nullptr) {
    sound->excludes(text_);
    sound->excludes(file_);
  }
  voice.add_to(command);
}

Status TextWords::check() const {
  if (given() || !voice.given()) return {};
  return Error{ErrorCode::kBadUse, "--tts and --voice", "are of text alone",
               "say what: --text \"…\" or --text-file FILE"};
}

Result<std::string> TextWords::text() const {
  if (text_->count() > 0) return said_;
  if (file_name_ == "-") return read_text(std::cin);
  const auto path = FRAMEGEN_TRY(local_path(file_name_));
  std::ifstream file(path, std::ios::binary);
  if (!file)
    return Error{ErrorCode::kBadInput, "--text-file " + file_name_,
                 std::string("cannot be read: ") + std::strerror(errno), "check its name"};
  return read_text(file);
}

}  // namespace framegen::app
