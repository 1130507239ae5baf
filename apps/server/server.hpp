// server.hpp: framegen serve: live sessions over WebSocket, renders over HTTP, a page to try both
// (docs/live.md).
#pragma once

#include <memory>

#include "state.hpp"

namespace framegen::server {

class Server {
 public:
  // Errors: open_state's; kBadUse: the address cannot be listened on.
  static Result<std::unique_ptr<Server>> create(const ServerOptions& options);
  ~Server();
  int port() const;
  const State& state() const;
  // Serves until `stop` is set (looked at ten times a second). Then nobody new is let in, what was pushed is
  // still spoken, for at most drain_s seconds.
  void run(const std::atomic<bool>& stop);

 private:
  struct Impl;
  explicit Server(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace framegen::server
