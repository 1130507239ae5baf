// speech_file.hpp: speech as people name it: a file, file://…, - for the standard input, any pipe, or a text.
#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "framegen/result.hpp"
#include "voice/voice.hpp"

namespace framegen::app {

// A command reads its speech more than once (for the mouth, and for the video's sound); a pipe can be read
// once. What comes from one is kept in a file without a name until the command ends.
class SpeechFile {
 public:
  // Errors: kBadInput (an address of the network, a terminal, nothing in the pipe), kBadOutput (no room to
  // keep it), kCancelled.
  static Result<SpeechFile> open(const std::string& word);
  // The text spoken, all of it: what is rendered into a file is read more than once. Errors: the voice's,
  // kBadOutput, kCancelled.
  static Result<SpeechFile> spoken(const voice::Voice& voice, const std::string& text);
  SpeechFile(SpeechFile&&) noexcept = default;
  SpeechFile& operator=(SpeechFile&&) noexcept = default;
  // Can be opened and read any number of times.
  const std::filesystem::path& path() const { return path_; }
  // What is read, for claim_outputs(): "-" where it is the standard input.
  const std::filesystem::path& given() const { return given_; }

 private:
  struct Kept;
  SpeechFile() = default;
  // A file of its own, empty, that people know as `name`.
  static Result<SpeechFile> make(const std::string& name);
  static Result<SpeechFile> keep(int descriptor, const std::string& name);

  std::filesystem::path path_, given_;
  std::shared_ptr<Kept> kept_;
};

// "file:///tmp/a%20b.wav" → "/tmp/a b.wav"; a plain path as it is. Errors: kBadInput (any other address).
Result<std::filesystem::path> local_path(const std::string& word);

}  // namespace framegen::app
