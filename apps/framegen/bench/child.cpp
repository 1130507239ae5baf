// child.cpp: starts this program again and reads what it prints.
#include "bench/child.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "shipped_files.hpp"

namespace framegen::app {
namespace {

constexpr int kPollMs = 100;

// Everything that the child prints, until it closes its end; an interrupt is passed on to it once.
std::string read_all(int fd, pid_t child) {
  std::string text;
  std::array<char, 4096> block{};
  bool told = false;
  for (;;) {
    pollfd ready{fd, POLLIN, 0};
    const int n = ::poll(&ready, 1, kPollMs);
    if (interrupted && !told) told = ::kill(child, SIGTERM) == 0;
    if (n == 0 || (n < 0 && errno == EINTR)) continue;
    const ssize_t got = ::read(fd, block.data(), block.size());
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return text;
    text.append(block.data(), static_cast<std::size_t>(got));
  }
}

Json result_of(int status, const std::string& text) {
  if (WIFSIGNALED(status))
    return {{"not_run", std::string("the process was ended by signal ") + std::to_string(WTERMSIG(status)) +
                            " (" + ::strsignal(WTERMSIG(status)) + ")"}};
  Json json = Json::parse(text, nullptr, false);
  if (json.is_object()) return json;
  return {{"not_run", "the process gave no result (exit code " + std::to_string(WEXITSTATUS(status)) + ")"}};
}

}  // namespace

std::vector<std::string> BenchTask::words() const {
  std::vector<std::string> words{"bench-row",
                                 "--task",
                                 task,
                                 "--avatar",
                                 avatar,
                                 "--audio",
                                 audio,
                                 "--folder",
                                 folder,
                                 "--frames",
                                 std::to_string(frames),
                                 "--no-cache"};
  if (new_frames) words.emplace_back("--new-frames");
  if (seconds > 0) words.insert(words.end(), {"--seconds", std::to_string(seconds)});
  if (is_truth) words.emplace_back("--truth");
  return words;
}

Result<Json> run_bench_child(const BenchTask& task, const std::vector<std::string>& engine_words) {
  const auto program = own_program();
  if (program.empty())
    return Error{ErrorCode::kInternal, "bench", "this system does not tell where the program lies",
                 "measure on Linux or macOS"};
  std::vector<std::string> words = task.words();
  words.insert(words.begin(), program.string());
  words.insert(words.end(), engine_words.begin(), engine_words.end());
  std::vector<char*> arguments;
  for (std::string& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);

  const Error none{ErrorCode::kInternal, "bench",
                   "the system gave no process for a measurement: ", "close other programs"};
  std::array<int, 2> ends{};
  if (::pipe(ends.data()) != 0)
    return Error{none.code, none.where, none.what + std::strerror(errno), none.remedy};
  const pid_t child = ::fork();
  if (child == 0) {
    ::dup2(ends[1], STDOUT_FILENO);
    ::close(ends[0]);
    ::close(ends[1]);
    ::execv(arguments.front(), arguments.data());
    ::_exit(127);
  }
  ::close(ends[1]);
  if (child < 0) {
    ::close(ends[0]);
    return Error{none.code, none.where, none.what + std::strerror(errno), none.remedy};
  }
  const std::string text = read_all(ends[0], child);
  ::close(ends[0]);
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  if (interrupted)
    return Error{ErrorCode::kCancelled, "bench", "stopped as you asked; nothing was written", ""};
  return result_of(status, text);
}

}  // namespace framegen::app
