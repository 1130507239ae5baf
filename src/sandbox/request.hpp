// request.hpp: one file, one pipe and a few words from one process to another.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace framegen::sandbox {

struct Request {
  std::uint32_t job = 0;
  std::int64_t option = 0;  // whatever the job makes of it
  std::string name;         // at most kLongestName bytes; what is longer is cut
  int file = -1, output = -1;
};
inline constexpr std::size_t kLongestName = 4096;

// One sender at a time, over a stream socket. False sets errno.
bool send_request(int socket, const Request& request);
// Waits. Nothing: `over`, the other end is gone; or no request came. The descriptors are the caller's from
// then on.
std::optional<Request> receive_request(int socket, bool& over);

}  // namespace framegen::sandbox
