// zygote.cpp: the process that starts it, and asks it.
#include "sandbox/zygote.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <optional>
#include <thread>

#include "core/platform.hpp"
#include "sandbox/nursery.hpp"
#include "sandbox/request.hpp"

namespace framegen::sandbox {
namespace {

constexpr int kLooks = 500;  // a millisecond each, at a process that is about to end

Error cannot(const std::string& what) {
  return {ErrorCode::kInternal, "sandbox", what + ": " + std::strerror(errno),
          "close other programs, or go without the sandbox"};
}

}  // namespace

Result<std::unique_ptr<Zygote>> Zygote::start(const std::vector<Job>& jobs, const ZygoteOptions& options) {
  std::array<int, 2> ends{-1, -1};
  if (::socketpair(AF_UNIX, SOCK_STREAM, 0, ends.data()) != 0) return cannot("no socket is to be had");
  for (const int end : ends) ::fcntl(end, F_SETFD, FD_CLOEXEC);
  const pid_t process = ::fork();
  if (process == 0) Nursery(ends[1], jobs, options.limits).live();
  ::close(ends[1]);
  if (process < 0) {
    ::close(ends[0]);
    return cannot("no process can be started");
  }
  return std::unique_ptr<Zygote>(new Zygote(ends[0], process, jobs, options));
}

// It ends by itself when nobody can ask any more, and its children before it: not every system ends them with
// it.
Zygote::~Zygote() {
  ::close(control_);
  for (int looks = 0; looks < kLooks; ++looks) {
    if (::waitpid(process_, nullptr, WNOHANG) != 0) return;
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  ::kill(process_, SIGKILL);
  while (::waitpid(process_, nullptr, 0) < 0 && errno == EINTR) {
  }
}

Result<RecordReader> Zygote::run(Job job, const Task& task) {
  const auto number = std::find(jobs_.begin(), jobs_.end(), job) - jobs_.begin();
  std::array<int, 2> pipe{-1, -1};
  if (!platform::make_pipe(pipe)) {
    const Error error = cannot("no pipe is to be had");
    ::close(task.file);
    return Error(error).within(task.name);
  }
  RecordReader reader(pipe[0], options_.most_record_bytes, options_.patience);
  std::optional<Error> error;
  {
    const std::lock_guard lock(mutex_);
    if (!send_request(control_,
                      {static_cast<std::uint32_t>(number), task.option, task.name, task.file, pipe[1]}))
      error = cannot("the process that opens files is gone").within(task.name);
  }
  ::close(pipe[1]);
  ::close(task.file);
  if (error) return *std::move(error);
  return reader;
}

}  // namespace framegen::sandbox
