// request.cpp: sendmsg() and recvmsg() with two descriptors beside the bytes.
#include "sandbox/request.hpp"

#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

namespace framegen::sandbox {
namespace {

constexpr std::size_t kDescriptors = 2;

// All of one size, so that a stream of them needs no other borders.
struct Message {
  std::uint32_t job = 0, name_bytes = 0;
  std::int64_t option = 0;
  std::array<char, kLongestName> name{};
};

// Room for what carries descriptors, aligned as its head wants.
union Beside {
  cmsghdr head;
  std::array<char, CMSG_SPACE(kDescriptors * sizeof(int))> bytes;
};

#if defined(MSG_CMSG_CLOEXEC)
constexpr int kNotInherited = MSG_CMSG_CLOEXEC, kNoSignal = MSG_NOSIGNAL;
#else
constexpr int kNotInherited = 0, kNoSignal = 0;
#endif

msghdr head_for(iovec& part, Beside& beside) {
  msghdr head{};
  head.msg_iov = &part;
  head.msg_iovlen = 1;
  head.msg_control = beside.bytes.data();
  head.msg_controllen = beside.bytes.size();
  return head;
}

void attach(const msghdr& head, const std::array<int, kDescriptors>& descriptors) {
  cmsghdr* const beside = CMSG_FIRSTHDR(&head);
  beside->cmsg_level = SOL_SOCKET;
  beside->cmsg_type = SCM_RIGHTS;
  beside->cmsg_len = CMSG_LEN(sizeof descriptors);
  std::memcpy(CMSG_DATA(beside), descriptors.data(), sizeof descriptors);
}

std::optional<std::array<int, kDescriptors>> attached(const msghdr& head) {
  std::array<int, kDescriptors> descriptors{};
  const cmsghdr* const beside = CMSG_FIRSTHDR(&head);
  if (beside == nullptr || beside->cmsg_type != SCM_RIGHTS ||
      beside->cmsg_len != CMSG_LEN(sizeof descriptors))
    return std::nullopt;
  std::memcpy(descriptors.data(), CMSG_DATA(beside), sizeof descriptors);
  return descriptors;
}

}  // namespace

bool send_request(int socket, const Request& request) {
  Message message;
  message.job = request.job;
  message.option = request.option;
  message.name_bytes = static_cast<std::uint32_t>(std::min(request.name.size(), kLongestName));
  std::copy_n(request.name.begin(), message.name_bytes, message.name.begin());
  for (std::size_t done = 0; done < sizeof message;) {
    iovec part{reinterpret_cast<char*>(&message) + done, sizeof message - done};
    Beside beside{};
    msghdr head = head_for(part, beside);
    if (done == 0) {
      attach(head, {request.file, request.output});
    } else {
      head.msg_control = nullptr;
      head.msg_controllen = 0;
    }
    const ssize_t sent = ::sendmsg(socket, &head, kNoSignal);
    if (sent < 0 && errno != EINTR) return false;
    done += sent > 0 ? static_cast<std::size_t>(sent) : 0;
  }
  return true;
}

std::optional<Request> receive_request(int socket, bool& over) {
  Message message;
  std::optional<std::array<int, kDescriptors>> descriptors;
  for (std::size_t done = 0; done < sizeof message;) {
    iovec part{reinterpret_cast<char*>(&message) + done, sizeof message - done};
    Beside beside{};
    msghdr head = head_for(part, beside);
    const ssize_t got = ::recvmsg(socket, &head, kNotInherited);
    if (got < 0 && errno == EINTR) continue;
    over = got <= 0;
    if (over) return std::nullopt;
    if (done == 0) descriptors = attached(head);
    done += static_cast<std::size_t>(got);
  }
  if (!descriptors || message.name_bytes > kLongestName) return std::nullopt;
  return Request{message.job, message.option, std::string(message.name.data(), message.name_bytes),
                 (*descriptors)[0], (*descriptors)[1]};
}

}  // namespace framegen::sandbox
