// patient_reader.cpp: poll() before each read(), and a look at `interrupted` ten times a second.
#include "words/patient_reader.hpp"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <vector>

#include "command.hpp"

namespace framegen::app {
namespace {

constexpr std::size_t kBlockBytes = std::size_t{1} << 16;
constexpr int kNobodyLooks = 100;
constexpr int kLookMs = 100;  // how long Ctrl-C may wait for a pipe that gives nothing

// Opened so that a read says "nothing now" while there is a writer, and "nothing more" while there is none.
bool never_waits(int descriptor) { return (::fcntl(descriptor, F_GETFL) & O_NONBLOCK) != 0; }

Error nobody_writes(const std::string& name) {
  return {ErrorCode::kBadInput, name,
          "is a pipe that nobody has written to for " + std::to_string(kNobodyLooks * kLookMs / 1000) + " s",
          "start the program that writes it first"};
}

}  // namespace

Result<bool> read_patiently(int descriptor, const std::string& name,
                            const std::function<Status(std::span<const char>)>& take) {
  std::vector<char> block(kBlockBytes);
  bool any = false, has_writer = false;
  for (int looks = 0;; ++looks) {
    if (interrupted) return Error{ErrorCode::kCancelled, name, "stopped as you asked", ""};
    pollfd input{descriptor, POLLIN, 0};
    const int polled = ::poll(&input, 1, kLookMs);
    if (polled < 0 && errno == EINTR) continue;
    const bool ready = polled != 0;
    if (!ready && (has_writer || !never_waits(descriptor))) continue;
    const ssize_t got = ::read(descriptor, block.data(), block.size());
    has_writer |= got > 0 || (got < 0 && errno == EAGAIN);
    if (got < 0 && (errno == EINTR || errno == EAGAIN)) continue;
    if (got == 0 && !ready && looks >= kNobodyLooks) return nobody_writes(name);
    if (got == 0 && !ready) continue;  // nobody has opened it yet
    if (got < 0)
      return Error{ErrorCode::kBadInput, name, std::string("cannot be read: ") + std::strerror(errno),
                   "see what the program that writes it says"};
    if (got == 0) return any;
    any = true;
    FRAMEGEN_TRY(take(std::span(block).first(static_cast<std::size_t>(got))));
  }
}

}  // namespace framegen::app
