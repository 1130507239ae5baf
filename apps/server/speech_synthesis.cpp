// speech_synthesis.cpp: espeak-ng as a child process; no shell sees the text.
#include "speech_synthesis.hpp"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cctype>

extern char** environ;

namespace framegen::server {
namespace {

constexpr std::size_t kLongestSound = std::size_t{32} << 20;

// The standard output of a program; empty where it cannot be run or fails.
std::string output_of(const char* const* words) {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return {};
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
  posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
  pid_t child = 0;
  const int failed =
      ::posix_spawnp(&child, words[0], &actions, nullptr, const_cast<char* const*>(words), environ);
  posix_spawn_file_actions_destroy(&actions);
  ::close(ends[1]);
  std::string out;
  char block[16384];
  for (ssize_t got;
       failed == 0 && out.size() < kLongestSound && (got = ::read(ends[0], block, sizeof block)) > 0;)
    out.append(block, static_cast<std::size_t>(got));
  ::close(ends[0]);
  int status = -1;
  if (failed == 0) ::waitpid(child, &status, 0);
  return status == 0 ? out : std::string();
}

}  // namespace

bool speech_synthesis_is_there() {
  const char* const words[] = {"espeak-ng", "--version", nullptr};
  return !output_of(words).empty();
}

Result<std::string> synthesise(const std::string& text, const std::string& voice) {
  if (text.empty() || text.size() > kLongestText || text.find('\0') != std::string::npos)
    return Error{ErrorCode::kBadUse, "text", "is empty or too long", "give 1 … 2000 bytes"};
  for (const char c : voice)
    if (std::isalnum(static_cast<unsigned char>(c)) == 0 && c != '-' && c != '+')
      return Error{ErrorCode::kBadUse, "voice", "is no voice's name",
                   "give one of `espeak-ng --voices`, e.g. en-us"};
  const char* const words[] = {"espeak-ng", "--stdout",   "-v",   voice.empty() ? "en-us" : voice.c_str(),
                               "--",        text.c_str(), nullptr};
  std::string wav = output_of(words);
  if (wav.size() < 44)
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
