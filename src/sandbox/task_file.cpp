// task_file.cpp: lseek and read.
#include "sandbox/task_file.hpp"

#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace framegen::sandbox {

Result<std::vector<std::uint8_t>> read_whole(const Task& task) {
  const auto unreadable = [&] {
    return Error{ErrorCode::kBadInput, task.name, std::string("cannot be read: ") + std::strerror(errno),
                 "check the file"};
  };
  const off_t size = ::lseek(task.file, 0, SEEK_END);
  if (size < 0 || ::lseek(task.file, 0, SEEK_SET) != 0) return unreadable();
  std::vector<std::uint8_t> bytes(static_cast<std::size_t>(size));
  for (std::size_t done = 0; done < bytes.size();) {
    const ssize_t got = ::read(task.file, bytes.data() + done, bytes.size() - done);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return unreadable();
    if (got == 0) bytes.resize(done);  // it was cut meanwhile
    done += static_cast<std::size_t>(got);
  }
  return bytes;
}

}  // namespace framegen::sandbox
