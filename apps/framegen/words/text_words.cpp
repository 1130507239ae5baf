// text_words.cpp: options, and a text file read whole.
#include "words/text_words.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "words/patient_reader.hpp"
#include "words/speech_file.hpp"

namespace framegen::app {
namespace {

// Errors: read_patiently()'s, kBadUse (longer than anything that is said).
Result<std::string> read_text(int descriptor, const std::string& name) {
  std::string text;
  const auto keep = [&](std::span<const char> bytes) -> Status {
    text.append(bytes.data(), bytes.size());
    if (text.size() <= voice::kLongestText) return {};
    return Error{ErrorCode::kBadUse, name, "is longer than a mebibyte", "give it in pieces"};
  };
  FRAMEGEN_TRY(read_patiently(descriptor, name, keep));
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
  if (file_name_ == "-") return read_text(STDIN_FILENO, "standard input");
  const std::string name = "--text-file " + file_name_;
  const auto path = FRAMEGEN_TRY(local_path(file_name_));
  const int file = ::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
  if (file < 0)
    return Error{ErrorCode::kBadInput, name, std::string("cannot be read: ") + std::strerror(errno),
                 "check its name"};
  auto text = read_text(file, name);
  ::close(file);
  return text;
}

}  // namespace framegen::app
