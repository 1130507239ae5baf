// nursery.cpp: one thread, which waits for requests and for the end of children.
#include "sandbox/nursery.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/select.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <cstdlib>
#include <new>

extern char** environ;

namespace framegen::sandbox {
namespace {

constexpr std::size_t kMostChildren = 512;
constexpr timespec kLook{1, 0};  // how often it is looked whether a child is still listened to

void on_child(int) {}  // only that a wait is interrupted

// In a child that dies with a stranger's file nothing of its host's is to be found: keys come by the
// environment.
void clear_environment() {
  for (char** word = environ; word != nullptr && *word != nullptr; ++word)
    for (char* at = *word; *at != '\0'; ++at) *at = '\0';
  environ = nullptr;
}

void only_to_null(int descriptor, int flags) {
  const int null = ::open("/dev/null", flags);
  if (null >= 0 && null != descriptor) {
    ::dup2(null, descriptor);
    ::close(null);
  }
}

// What is open from `first` to below `end`.
void close_from(int first, int end) {
#if defined(CLOSE_RANGE_CLOEXEC)
  if (first >= end || ::close_range(static_cast<unsigned>(first), static_cast<unsigned>(end) - 1, 0) == 0)
    return;
#endif
  constexpr long kUsual = 4096;  // a limit of a billion, as some containers have it, takes minutes
  const long most = std::min({static_cast<long>(end), ::sysconf(_SC_OPEN_MAX), kUsual});
  for (int descriptor = first; descriptor < most; ++descriptor) ::close(descriptor);
}

Error short_of_memory() {
  return {ErrorCode::kBadInput,
          {},
          "wants more memory than a decoder gets",
          "the file is damaged, or made to do harm: convert it with another program"};
}

}  // namespace

// What the host had open is none of its business: an output that it holds open never ends for who reads it.
void Nursery::forget_everything() const {
  only_to_null(STDIN_FILENO, O_RDONLY);
  only_to_null(STDOUT_FILENO, O_WRONLY);
  only_to_null(STDERR_FILENO, O_WRONLY);
  close_from(3, control_);
  close_from(control_ + 1, INT_MAX);
  clear_environment();
}

void Nursery::live() {
  end_with_parent();
  forget_everything();
  // Ctrl-C goes to a terminal's whole group; the host decides what ends.
  // A pipe that nobody reads any more ends a child's writes, and nothing here.
  for (const int number : {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGPIPE}) ::signal(number, SIG_IGN);
  ::signal(SIGBUS, SIG_DFL);
  struct sigaction child {};
  child.sa_handler = on_child;
  ::sigaction(SIGCHLD, &child, nullptr);
  sigset_t held, none;
  sigemptyset(&none);
  sigemptyset(&held);
  sigaddset(&held, SIGCHLD);
  ::sigprocmask(SIG_SETMASK, &held, nullptr);
  for (;;) {
    fd_set ways;
    FD_ZERO(&ways);
    FD_SET(control_, &ways);
    const timespec look = kLook;
    const int ready =
        ::pselect(control_ + 1, &ways, nullptr, nullptr, children_.empty() ? nullptr : &look, &none);
    bury();
    end_unheard();
    if (ready <= 0) continue;
    bool over = false;
    const auto request = receive_request(control_, over);
    if (over) break;
    if (request) bear(*request);
  }
  for (const auto& [process, output] : children_) ::kill(process, SIGKILL);
  ::_exit(0);
}

void Nursery::bear(const Request& request) {
  const pid_t process = children_.size() < kMostChildren && request.job < jobs_.size() ? ::fork() : -1;
  if (process == 0) work(request);
  ::close(request.file);
  if (process > 0) {
    children_[process] = request.output;
    return;
  }
  RecordWriter(request.output)
      .error({ErrorCode::kInternal, {}, "no process can be started for it", "come back later"});
  ::close(request.output);
}

void Nursery::work(const Request& request) {
  ::close(control_);
  for (const auto& [process, output] : children_) ::close(output);
  end_with_parent();
  sigset_t none;
  sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  build_walls(limits_, request.output);
  const RecordWriter writer(request.output);
  Status done = short_of_memory();
  try {
    done = jobs_[request.job]({request.file, request.name, request.option}, writer);
  } catch (const std::bad_alloc&) {  // as it was said above
  }
  if (done) {
    writer.end();
  } else {
    writer.error(done.error());
  }
  ::_exit(0);
}

// Who died of itself has said nothing: it is told for it, if there is room to tell; the pipe's end tells too.
void Nursery::bury() {
  int status = 0;
  for (pid_t process = 0; (process = ::waitpid(-1, &status, WNOHANG)) > 0;) {
    const auto child = children_.find(process);
    if (child == children_.end()) continue;
    if (WIFSIGNALED(status)) {
      ::fcntl(child->second, F_SETFL, O_NONBLOCK);
      const struct {
        std::uint32_t kind, bytes;
        std::int32_t signal;
      } record{static_cast<std::uint32_t>(RecordKind::kDied), sizeof(std::int32_t), WTERMSIG(status)};
      [[maybe_unused]] const auto told = ::write(child->second, &record, sizeof record);
    }
    ::close(child->second);
    children_.erase(child);
  }
}

// Who writes to nobody ends by that; who computes for ever and says nothing must be ended.
void Nursery::end_unheard() const {
  std::vector<pollfd> ways;
  for (const auto& [process, output] : children_) ways.push_back({output, 0, 0});
  if (::poll(ways.data(), static_cast<nfds_t>(ways.size()), 0) <= 0) return;
  auto way = ways.begin();
  for (const auto& [process, output] : children_)
    if ((way++->revents & (POLLERR | POLLHUP)) != 0) ::kill(process, SIGKILL);
}

}  // namespace framegen::sandbox
