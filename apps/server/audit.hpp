// audit.hpp: who asked for what, when, and what came of it: no content, no token, no name that lets anybody
// in.
#pragma once

#include <chrono>
#include <string>
#include <string_view>

namespace framegen::server {

struct Asked {
  std::string method;  // empty: nothing was asked for yet, or it is written down already
  std::string path;    // as it may be shown
  std::chrono::steady_clock::time_point since;
};

// A path as it may be shown: names of sessions, watchers and videos let in whoever knows them, and what is
// not a path of ours may be anything.
std::string shown_path(std::string_view path);

// {"time":"2026-11-29T19:00:00.123Z","from":"192.0.2.1","method":"POST","path":"/v1/render","status":200,"ms":812}
// and the end of the line. Of a session: its end and its length. Status 499: the client hung up.
std::string audit_line(const Asked& asked, const std::string& address, int status,
                       std::chrono::system_clock::time_point now, std::chrono::milliseconds took);

}  // namespace framegen::server
