// speech_file.cpp: pipes read to their end, and text spoken, into an unlinked file.
#include "words/speech_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cctype>
#include <cerrno>
#include <cstdlib>
#include <cstring>

#include "command.hpp"
#include "voice/sound_head.hpp"
#include "words/patient_reader.hpp"
#include "words/user_words.hpp"

namespace framegen::app {
namespace {

namespace fs = std::filesystem;

Error cannot_keep(const std::string& name) {
  return {ErrorCode::kBadOutput, name,
          std::string("what it gives cannot be kept until it is rendered: ") + std::strerror(errno),
          "set TMPDIR to a folder with room, or give a file"};
}

int hex_digit(char c) {
  const char* const digits = "0123456789abcdef";
  const char* const found = std::strchr(digits, std::tolower(static_cast<unsigned char>(c)));
  return c == '\0' || found == nullptr ? -1 : static_cast<int>(found - digits);
}

std::string without_percents(const std::string& text) {
  std::string plain;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const int high = text[i] == '%' && i + 2 < text.size() ? hex_digit(text[i + 1]) : -1;
    const int low = high >= 0 ? hex_digit(text[i + 2]) : -1;
    plain += low >= 0 ? static_cast<char>(high * 16 + low) : text[i];
    if (low >= 0) i += 2;
  }
  return plain;
}

bool has_scheme(const std::string& word) {
  const std::size_t scheme = word.find("://");
  if (scheme == std::string::npos || scheme < 2) return false;
  for (const char c : word.substr(0, scheme))
    if (std::isalnum(static_cast<unsigned char>(c)) == 0 && c != '+' && c != '-' && c != '.') return false;
  return true;
}

// Whether a second open() of it reads the same bytes again.
bool can_be_read_again(int descriptor) {
  struct stat info {};
  return ::fstat(descriptor, &info) == 0 && S_ISREG(info.st_mode) && ::lseek(descriptor, 0, SEEK_CUR) == 0;
}

// False sets errno.
bool write_all(int to, const char* bytes, std::size_t size) {
  for (std::size_t done = 0; done < size;) {
    const ssize_t put = ::write(to, bytes + done, size - done);
    if (put < 0 && errno != EINTR) return false;
    done += put > 0 ? static_cast<std::size_t>(put) : 0;
  }
  return true;
}

}  // namespace

// The file without a name; where the system cannot open such a one again, it has a name until the end.
struct SpeechFile::Kept {
  int fd = -1;
  std::string named;
  Kept() = default;
  Kept(const Kept&) = delete;
  Kept& operator=(const Kept&) = delete;
  ~Kept() {
    if (fd >= 0) ::close(fd);
    if (!named.empty()) ::unlink(named.c_str());
  }
};

Result<fs::path> local_path(const std::string& word) {
  if (!has_scheme(word)) return fs::path(word);
  if (word.starts_with("file://")) {
    std::string path = word.substr(std::strlen("file://"));
    if (path.starts_with("localhost/")) path = path.substr(std::strlen("localhost"));
    if (path.starts_with('/')) return fs::path(without_percents(path));
    return Error{ErrorCode::kBadInput, word, "names a file of another machine", "write file:///folder/name"};
  }
  return Error{ErrorCode::kBadInput, word,
               "is an address, and framegen fetches nothing: it reads files and pipes",
               "fetch it yourself: curl -L ADDRESS | framegen render - -o out.mp4"};
}

Result<SpeechFile> SpeechFile::make(const std::string& name) {
  const char* folder = std::getenv("TMPDIR");
  std::string file = (folder != nullptr && *folder != '\0' ? folder : "/tmp");
  file += "/framegen-speech-XXXXXX";
  SpeechFile speech;
  speech.kept_ = std::make_shared<Kept>();
  Kept& kept = *speech.kept_;
  kept.fd = ::mkostemp(file.data(), O_CLOEXEC);
  if (kept.fd < 0) return cannot_keep(name);
  kept.named = file;
  speech.path_ = file;
#if defined(__linux__)
  const std::string unnamed = "/proc/self/fd/" + std::to_string(kept.fd);
  if (::unlink(file.c_str()) == 0) {
    kept.named.clear();
    speech.path_ = unnamed;
  }
#endif
  say_as(speech.path_.string(), name);
  return speech;
}

Result<SpeechFile> SpeechFile::keep(int descriptor, const std::string& name) {
  SpeechFile speech = FRAMEGEN_TRY(make(name));
  const int fd = speech.kept_->fd;
  const auto keep = [fd, &name](std::span<const char> bytes) -> Status {
    if (write_all(fd, bytes.data(), bytes.size())) return {};
    return cannot_keep(name);
  };
  if (!FRAMEGEN_TRY(read_patiently(descriptor, name, keep)))
    return Error{ErrorCode::kBadInput, name, "is empty: 0 bytes", "give sound of any kind that FFmpeg reads"};
  return speech;
}

Result<SpeechFile> SpeechFile::spoken(const voice::Voice& voice, const std::string& text) {
  SpeechFile speech = FRAMEGEN_TRY(make("the speech of " + voice.name()));
  const int fd = speech.kept_->fd;
  int rate = 0;
  std::size_t bytes = 0;
  const auto put = [&](const void* what, std::size_t size) -> Status {
    if (!write_all(fd, static_cast<const char*>(what), size))
      return cannot_keep("the speech of " + voice.name());
    return {};
  };
  const voice::Listener keep = [&](int rate_hz, std::span<const std::int16_t> samples) -> Status {
    const std::string head =
        rate == 0 ? voice::wav_header(rate_hz, 0) : "";  // its sizes are known at the end
    FRAMEGEN_TRY(put(head.data(), head.size()));
    rate = rate_hz;
    bytes += samples.size_bytes();
    return put(samples.data(), samples.size_bytes());
  };
  FRAMEGEN_TRY(voice.say(text, "", keep, interrupted));
  const std::string head = voice::wav_header(rate, bytes);
  if (::lseek(fd, 0, SEEK_SET) != 0) return cannot_keep("the speech of " + voice.name());
  FRAMEGEN_TRY(put(head.data(), head.size()));
  return speech;
}

Result<SpeechFile> SpeechFile::open(const std::string& word) {
  if (word == "-") {
    if (::isatty(STDIN_FILENO) != 0)
      return Error{ErrorCode::kBadInput, "standard input", "is a terminal, not sound",
                   "pipe sound into it, or name a file"};
    Result<SpeechFile> speech =
        can_be_read_again(STDIN_FILENO) ? SpeechFile() : keep(STDIN_FILENO, "standard input");
    if (!speech) return speech;
    if (speech->path_.empty()) {
      speech->path_ = "/dev/stdin";
      say_as("/dev/stdin", "standard input");
    }
    speech->given_ = "-";
    return speech;
  }
  SpeechFile speech;
  speech.path_ = speech.given_ = FRAMEGEN_TRY(local_path(word));
  struct stat info {};
  if (::stat(speech.path_.c_str(), &info) != 0 || (!S_ISFIFO(info.st_mode) && !S_ISCHR(info.st_mode)))
    return speech;  // what is not there, or a folder, is told by who opens it
  const int fd = ::open(speech.path_.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
  if (fd < 0) return speech;
  auto kept = keep(fd, word);
  ::close(fd);
  if (kept) kept->given_ = speech.given_;
  return kept;
}

}  // namespace framegen::app
