// command_voice.cpp: started without a shell, read as it speaks, ended when nobody listens any more.
#include "command_voice.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cctype>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <thread>

#include "core/platform.hpp"
#include "limits.hpp"
#include "sound_reader.hpp"

extern char** environ;

namespace framegen::voice {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;
constexpr auto kLastMoments = 5s;        // between the end of the sound and the end of the program
constexpr std::size_t kWordsKept = 512;  // of what it says on standard error
constexpr int kEspeakRateHz = 22050;     // of espeak-ng, and of Piper's usual voices

// A file without a name that holds the text: a program reads it as it likes, or not at all.
struct TextFile {
  explicit TextFile(const std::string& text) : file(std::tmpfile()) {
    if (file == nullptr) return;
    ::fcntl(::fileno(file), F_SETFD, FD_CLOEXEC);
    written = std::fwrite(text.data(), 1, text.size(), file) == text.size() && std::fflush(file) == 0;
    std::rewind(file);
  }
  ~TextFile() {
    if (file != nullptr) std::fclose(file);
  }
  TextFile(const TextFile&) = delete;
  TextFile& operator=(const TextFile&) = delete;
  std::FILE* file;
  bool written = false;
};

struct Pipe {
  std::array<int, 2> ends{-1, -1};
  bool made = platform::make_pipe(ends);
  void close(std::size_t end) {
    if (ends[end] >= 0) ::close(ends[end]);
    ends[end] = -1;
  }
  Pipe() = default;
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;
  ~Pipe() {
    close(0);
    close(1);
  }
};

using Words = std::vector<std::string>;

// As the system takes it: `words`, then `more`, then null. It lives as long as they do.
std::vector<char*> as_list(const Words& words, char* const* more = nullptr) {
  std::vector<char*> list;
  for (const std::string& word : words) list.push_back(const_cast<char*>(word.c_str()));
  for (; more != nullptr && *more != nullptr; ++more) list.push_back(*more);
  list.push_back(nullptr);
  return list;
}

// One run of the program.
class Child {
 public:
  Child() = default;
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;
  ~Child() { end(); }

  // 0, or errno. `variables`, NAME=VALUE, go before those that this process has.
  int start(const Words& words, const Words& variables, int input) {
    if (!out_.made || !err_.made) return errno;
    const auto list = as_list(words), environment = as_list(variables, environ);
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, input, STDIN_FILENO);
    posix_spawn_file_actions_adddup2(&actions, out_.ends[1], STDOUT_FILENO);
    posix_spawn_file_actions_adddup2(&actions, err_.ends[1], STDERR_FILENO);
    posix_spawnattr_t how;
    posix_spawnattr_init(&how);
    sigset_t usual;
    sigemptyset(&usual);
    posix_spawnattr_setsigmask(&how, &usual);
    for (const int number : {SIGPIPE, SIGINT, SIGTERM, SIGHUP}) sigaddset(&usual, number);
    posix_spawnattr_setsigdefault(&how, &usual);
    posix_spawnattr_setpgroup(&how, 0);
    posix_spawnattr_setflags(
        &how, static_cast<short>(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP));
    const int failed = ::posix_spawnp(&pid_, list[0], &actions, &how, list.data(), environment.data());
    posix_spawnattr_destroy(&how);
    posix_spawn_file_actions_destroy(&actions);
    if (failed != 0) pid_ = -1;
    out_.close(1);
    err_.close(1);
    return failed;
  }

  // Gives all sound to the reader. Errors: the reader's, kBadInput (silence), kCancelled.
  Status listen(SoundReader& reader, const std::string& name, const std::atomic<bool>& stop) {
    std::array<std::uint8_t, 16384> block{};
    auto last = Clock::now();
    while (out_.ends[0] >= 0) {
      if (stop) return Error{ErrorCode::kCancelled, name, "stopped as you asked", ""};
      if (Clock::now() - last > kPatience)
        return Error{ErrorCode::kBadInput, name, "has given nothing for a minute", "try it by itself"};
      std::array<pollfd, 2> ways{pollfd{out_.ends[0], POLLIN, 0}, pollfd{err_.ends[0], POLLIN, 0}};
      if (::poll(ways.data(), ways.size(), kLookMs) <= 0) continue;
      if (ways[1].revents != 0) read_words();
      if (ways[0].revents == 0) continue;
      const ssize_t got = ::read(out_.ends[0], block.data(), block.size());
      if (got < 0 && errno == EINTR) continue;
      if (got <= 0) break;
      FRAMEGEN_TRY(reader.take(std::span(block).first(static_cast<std::size_t>(got))));
      last = Clock::now();
    }
    return {};
  }

  // Its exit code once it has ended by itself; 128 + signal.
  int wait() {
    int status = 0;
    for (const auto until = Clock::now() + kLastMoments; Clock::now() < until;) {
      const pid_t ended = ::waitpid(pid_, &status, WNOHANG);
      if (ended == pid_) {
        pid_ = -1;
        while (err_.ends[0] >= 0) read_words();
        return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
      }
      std::this_thread::sleep_for(5ms);
    }
    return 0;  // it has said all that it had to say
  }

  // The last line that it said on standard error.
  std::string last_words() const {
    std::size_t end = words_.find_last_not_of(" \r\n\t");
    if (end == std::string::npos) return "";
    const std::size_t line = words_.find_last_of("\r\n", end);
    std::string said = words_.substr(line == std::string::npos ? 0 : line + 1,
                                     end - (line == std::string::npos ? -1 : line));
    for (char& c : said)
      if (static_cast<unsigned char>(c) < ' ') c = ' ';
    return said;
  }

 private:
  void read_words() {
    std::array<char, 512> block{};
    pollfd way{err_.ends[0], POLLIN, 0};
    const ssize_t got = ::poll(&way, 1, 0) > 0 ? ::read(err_.ends[0], block.data(), block.size()) : 0;
    if (got <= 0) return err_.close(0);
    words_.append(block.data(), static_cast<std::size_t>(got));
    if (words_.size() > kWordsKept) words_.erase(0, words_.size() - kWordsKept);
  }

  void end() {
    if (pid_ <= 0) return;
    ::kill(-pid_, SIGKILL);
    while (::waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
    }
  }

  Pipe out_, err_;
  pid_t pid_ = -1;
  std::string words_;
};

Status run(const Words& words, const std::string& text, SoundReader& reader, const std::atomic<bool>& stop,
           const Words& variables = {}) {
  const TextFile input(text);
  if (!input.written)
    return Error{ErrorCode::kBadOutput, "text", "cannot be kept for " + words[0],
                 "make room in the temporary folder"};
  Child child;
  if (const int failed = child.start(words, variables, ::fileno(input.file)); failed != 0)
    return Error{ErrorCode::kBadInput, words[0], std::string("cannot be run: ") + std::strerror(failed),
                 words[0] == "espeak-ng" ? "install espeak-ng, or name another with --tts"
                                         : "check the name that --tts gives"};
  FRAMEGEN_TRY(child.listen(reader, words[0], stop));
  if (const int code = child.wait(); code != 0) {
    const std::string said = child.last_words();
    return Error{ErrorCode::kBadInput, words[0],
                 "failed with exit code " + std::to_string(code) + (said.empty() ? "" : ": " + said),
                 "try it by itself"};
  }
  return reader.finish();
}

Status check_espeak_voice(const std::string& voice) {
  bool good = voice.size() <= kLongestVoice && !voice.starts_with('-');
  for (const char c : voice)
    good = good && (std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '-' || c == '+' || c == '_');
  if (good) return {};
  return Error{ErrorCode::kBadUse, "voice \"" + voice.substr(0, kLongestVoice) + "\"", "is no voice's name",
               "give one of `espeak-ng --voices`, e.g. en-us"};
}

}  // namespace

Status check_text(const std::string& text) {
  if (text.find_first_not_of(" \t\r\n") == std::string::npos)
    return Error{ErrorCode::kBadUse, "text", "is empty", "give some words"};
  if (text.size() > kLongestText)
    return Error{ErrorCode::kBadUse, "text", "is longer than a mebibyte", "give it in pieces"};
  if (text.find('\0') != std::string::npos)
    return Error{ErrorCode::kBadUse, "text", "is no text: it holds a zero byte", "give plain text, UTF-8"};
  return {};
}

CommandVoice::CommandVoice(std::vector<std::string> words, int raw_rate_hz)
    : words_(std::move(words)), raw_rate_hz_(raw_rate_hz > 0 ? raw_rate_hz : kEspeakRateHz) {}

Status CommandVoice::say(const std::string& text, const std::string& voice, const Listener& listener,
                         const std::atomic<bool>& stop) const {
  FRAMEGEN_TRY(check_text(text));
  if (!voice.empty())
    return Error{ErrorCode::kBadUse, "voice \"" + voice.substr(0, kLongestVoice) + "\"",
                 "is not for a command, which names its own", "name it in --tts's words"};
  SoundReader reader(words_.front(), raw_rate_hz_, longest_speech_s(text), listener);
  return run(words_, text + "\n", reader, stop);
}

Result<std::unique_ptr<Voice>> EspeakVoice::create(const std::string& voice) {
  FRAMEGEN_TRY(check_espeak_voice(voice));
  return std::unique_ptr<Voice>(new EspeakVoice(voice));
}

Status EspeakVoice::say(const std::string& text, const std::string& voice, const Listener& listener,
                        const std::atomic<bool>& stop) const {
  FRAMEGEN_TRY(check_text(text));
  FRAMEGEN_TRY(check_espeak_voice(voice));
  std::string chosen = voice.empty() ? voice_ : voice;
  if (chosen.empty()) chosen = "en-us";
  SoundReader reader("espeak-ng", kEspeakRateHz, longest_speech_s(text), listener);
  // It asks for a sound server even where it writes to a pipe, and PulseAudio's library then makes folders in
  // the home and the temporary folder. There it is refused before it does.
  const Words no_sound_server{"PULSE_SERVER=unix:/dev/null"};
  Status said =
      run({"espeak-ng", "--stdout", "-b", "1", "-v", chosen, "--stdin"}, text, reader, stop, no_sound_server);
  if (!said && said.error().what.find("voice does not exist") != std::string::npos)
    return Error{ErrorCode::kBadUse, "voice \"" + chosen + "\"", "is none that espeak-ng has",
                 "give one of `espeak-ng --voices`, e.g. en-us"};
  return said;
}

bool espeak_is_there() {
  const std::atomic<bool> never{false};
  const Listener nobody = [](int, std::span<const std::int16_t>) { return Status(); };
  const auto voice = EspeakVoice::create("");
  return voice && (*voice)->say("a", "", nobody, never).ok();
}

}  // namespace framegen::voice
