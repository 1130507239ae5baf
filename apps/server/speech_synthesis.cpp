// speech_synthesis.cpp: espeak-ng as a child process; no shell sees the text.
#include "speech_synthesis.hpp"

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

#include "core/platform.hpp"

extern char** environ;

namespace framegen::server {
namespace {

constexpr std::size_t kLongestSound = std::size_t{32} << 20;
constexpr std::size_t kLongestVoice = 100;
constexpr std::size_t kHeadBytes = 44;  // of a WAV file
constexpr auto kPatience = std::chrono::seconds(10);

pid_t start(const char* const* words, int output) {
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO);
  posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
  pid_t child = -1;
  const int failed =
      ::posix_spawnp(&child, words[0], &actions, nullptr, const_cast<char* const*>(words), environ);
  posix_spawn_file_actions_destroy(&actions);
  return failed == 0 ? child : -1;
}

// All that comes until the end. False: too much, too late, or nobody wants it any more.
bool read_all(int input, const std::atomic<bool>& stop, std::string& out) {
  const auto deadline = std::chrono::steady_clock::now() + kPatience;
  char block[16384];
  while (out.size() < kLongestSound && !stop && std::chrono::steady_clock::now() < deadline) {
    pollfd wait{input, POLLIN, 0};
    if (::poll(&wait, 1, 50) <= 0) continue;
    const ssize_t got = ::read(input, block, sizeof block);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return got == 0;
    out.append(block, static_cast<std::size_t>(got));
  }
  return false;
}

// The standard output of a program; empty where it cannot be run, fails or does not end.
std::string output_of(const char* const* words, const std::atomic<bool>& stop) {
  std::array<int, 2> ends{};
  if (!platform::make_pipe(ends)) return {};
  const pid_t child = start(words, ends[1]);
  ::close(ends[1]);
  std::string out;
  const bool whole = child > 0 && read_all(ends[0], stop, out);
  ::close(ends[0]);
  if (child <= 0) return {};
  if (!whole) ::kill(child, SIGKILL);
  int status = -1;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  return whole && status == 0 ? out : std::string();
}

}  // namespace

bool speech_synthesis_is_there() {
  const char* const words[] = {"espeak-ng", "--version", nullptr};
  const std::atomic<bool> never{false};
  return !output_of(words, never).empty();
}

Result<std::string> synthesise(const std::string& text, const std::string& voice,
                               const std::atomic<bool>& stop) {
  if (text.empty() || text.size() > kLongestText || text.find('\0') != std::string::npos)
    return Error{ErrorCode::kBadUse, "text", "is empty or too long", "give 1 … 2000 bytes"};
  if (voice.size() > kLongestVoice)
    return Error{ErrorCode::kBadUse, "voice", "is too long a name", "give one of `espeak-ng --voices`"};
  for (const char c : voice)
    if (std::isalnum(static_cast<unsigned char>(c)) == 0 && c != '-' && c != '+')
      return Error{ErrorCode::kBadUse, "voice", "is no voice's name",
                   "give one of `espeak-ng --voices`, e.g. en-us"};
  const char* const words[] = {"espeak-ng", "--stdout",   "-v",   voice.empty() ? "en-us" : voice.c_str(),
                               "--",        text.c_str(), nullptr};
  std::string wav = output_of(words, stop);
  // Does it speak at all? Then the voice is to blame.
  const char* const usual[] = {"espeak-ng", "--stdout", "-v", "en-us", "--", "a", nullptr};
  if (wav.size() < kHeadBytes && !voice.empty() && output_of(usual, stop).size() >= kHeadBytes)
    return Error{ErrorCode::kBadUse, "voice \"" + voice + "\"", "is none that espeak-ng has",
                 "give one of `espeak-ng --voices`, e.g. en-us"};
  if (wav.size() < kHeadBytes)
    return Error{ErrorCode::kInternal, "espeak-ng", "gave no sound",
                 "check that it is installed and knows the voice"};
  // A pipe cannot be sought: espeak-ng leaves the sizes open.
  const auto put = [&](std::size_t at, std::size_t size) {
    for (int i = 0; i < 4; ++i)
      wav[at + static_cast<std::size_t>(i)] = static_cast<char>(size >> (8 * i) & 255);
  };
  put(4, wav.size() - 8);
  put(40, wav.size() - 44);
  return wav;
}

}  // namespace framegen::server
