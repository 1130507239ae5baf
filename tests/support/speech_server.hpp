// speech_server.hpp: a stand-in for a speech server: it notes what it is asked, and answers piece by piece,
// as the test says.
#pragma once

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace framegen::test {

class SpeechServer {
 public:
  // What one request is answered with; each part leaves at once.
  class Reply {
   public:
    explicit Reply(int socket) : socket_(socket) {}
    void begin(const std::string& status = "200 OK",
               const std::string& fields = "Content-Type: audio/wav\r\n") {
      put("HTTP/1.1 " + status + "\r\n" + fields + "Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n");
    }
    void part(const std::string& bytes) {
      std::array<char, 24> size{};
      std::snprintf(size.data(), size.size(), "%zx\r\n", bytes.size());
      put(size.data() + bytes + "\r\n");
    }
    void end() { put("0\r\n\r\n"); }
    // Everything at once.
    void whole(const std::string& status, const std::string& fields, const std::string& bytes) {
      begin(status, fields);
      if (!bytes.empty()) part(bytes);
      end();
    }
    // The other side has gone.
    bool gone() const {
      char byte = 0;
      return ::recv(socket_, &byte, 1, MSG_PEEK | MSG_DONTWAIT) == 0;
    }

   private:
    void put(const std::string& bytes) {
      for (std::size_t done = 0; done < bytes.size();) {
        const ssize_t sent = ::send(socket_, bytes.data() + done, bytes.size() - done, MSG_NOSIGNAL);
        if (sent <= 0) return;
        done += static_cast<std::size_t>(sent);
      }
    }
    int socket_;
  };
  using Answer = std::function<void(const std::string& body, Reply& reply)>;

  explicit SpeechServer(Answer answer)
      : answer_(std::move(answer)), listening_(::socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    EXPECT_EQ(::bind(listening_, reinterpret_cast<sockaddr*>(&address), size), 0);
    EXPECT_EQ(::listen(listening_, 8), 0);
    ::getsockname(listening_, reinterpret_cast<sockaddr*>(&address), &size);
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this] { run(); });
  }
  ~SpeechServer() {
    ::shutdown(listening_, SHUT_RDWR);
    thread_.join();
    for (std::thread& one : answering_) one.join();
    ::close(listening_);
  }
  SpeechServer(const SpeechServer&) = delete;
  SpeechServer& operator=(const SpeechServer&) = delete;

  std::string url() const { return "http://127.0.0.1:" + std::to_string(port_) + "/v1/audio/speech"; }
  // Heads and bodies of all that was asked so far.
  std::vector<std::string> asked() const {
    const std::lock_guard lock(mutex_);
    return asked_;
  }

 private:
  void run() {
    for (;;) {
      const int socket = ::accept(listening_, nullptr, nullptr);
      if (socket < 0) return;
      answering_.emplace_back([this, socket] {
        std::string request;
        const std::size_t body = read_request(socket, request);
        {
          const std::lock_guard lock(mutex_);
          asked_.push_back(request);
        }
        Reply reply(socket);
        answer_(request.substr(std::min(body, request.size())), reply);
        ::close(socket);
      });
    }
  }

  // Where the body begins.
  static std::size_t read_request(int socket, std::string& request) {
    std::array<char, 4096> block{};
    for (;;) {
      const std::size_t end = request.find("\r\n\r\n");
      const std::size_t length = request.find("Content-Length: ");
      if (end != std::string::npos &&
          (length > end || request.size() >= end + 4 + std::stoul(request.substr(length + 16))))
        return end + 4;
      const ssize_t got = ::recv(socket, block.data(), block.size(), 0);
      if (got <= 0) return request.size();
      request.append(block.data(), static_cast<std::size_t>(got));
    }
  }

  Answer answer_;
  int listening_, port_ = 0;
  std::thread thread_;
  std::vector<std::thread> answering_;
  mutable std::mutex mutex_;
  std::vector<std::string> asked_;
};

}  // namespace framegen::test
