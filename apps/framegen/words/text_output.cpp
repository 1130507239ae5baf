// text_output.cpp: through the file that appears when it is whole.
#include "words/text_output.hpp"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>

#include "core/files.hpp"

namespace framegen::app {

namespace {

// As after `framegen help | head -1`, or where there never was one (`>&-`: main.cpp holds its place).
bool nobody_reads() {
  const int flags = ::fcntl(STDOUT_FILENO, F_GETFL);
  if (flags < 0 || (flags & O_ACCMODE) == O_RDONLY) return true;
  pollfd output{.fd = STDOUT_FILENO, .events = POLLOUT, .revents = 0};
  return ::poll(&output, 1, 0) == 1 && (output.revents & POLLERR) != 0;
}

}  // namespace

Status write_text(const std::string& where, const std::string& text) {
  if (where.empty()) return {};
  std::error_code ignored;
  const bool device =
      std::filesystem::exists(where, ignored) && !std::filesystem::is_regular_file(where, ignored);
  if (where != "-" && !device) return write_file(where, text);
  std::FILE* const out = where == "-" ? stdout : std::fopen(where.c_str(), "w");
  const bool written =
      out != nullptr && std::fwrite(text.data(), 1, text.size(), out) == text.size() && std::fflush(out) == 0;
  if (out != nullptr && out != stdout) std::fclose(out);
  if (written) return {};
  return Error{ErrorCode::kBadOutput, where == "-" ? "standard output" : where, "cannot be written",
               "see what reads it, or name a file"};
}

Status text_arrived() {
  errno = 0;
  if (std::fflush(stdout) == 0 && std::ferror(stdout) == 0) return {};
  const std::string why = errno == 0 ? "" : std::string(": ") + std::strerror(errno);
  if (nobody_reads()) return {};
  return Error{ErrorCode::kBadOutput, "standard output", "cannot be written" + why,
               "send it where there is space"};
}

}  // namespace framegen::app
