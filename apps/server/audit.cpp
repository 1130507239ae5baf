// audit.cpp: one JSON object a line.
#include "audit.hpp"

#include <fmt/chrono.h>

#include <nlohmann/json.hpp>

#include "answers.hpp"

namespace framegen::server {

std::string shown_path(std::string_view path) {
  for (const std::string_view head : {"/v1/renders/", "/v1/whep/"})
    if (path.starts_with(head)) return std::string(head) + "…";
  if (path.starts_with(kSessionsPath)) {
    const bool known = path.ends_with("/control") || path.ends_with("/audio");
    return std::string(kSessionsPath) + "…" + (known ? std::string(path.substr(path.rfind('/'))) : "");
  }
  return is_known_path(path) ? std::string(path) : "…";
}

std::string audit_line(const Asked& asked, const std::string& address, int status,
                       std::chrono::system_clock::time_point now, std::chrono::milliseconds took) {
  const auto since = now.time_since_epoch();
  const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(since).count() % 1000;
  const std::time_t seconds = std::chrono::system_clock::to_time_t(now);
  const nlohmann::ordered_json line{{"time", fmt::format("{:%FT%T}.{:03}Z", fmt::gmtime(seconds), ms)},
                                    {"from", address},
                                    {"method", asked.method.substr(0, 16)},
                                    {"path", asked.path},
                                    {"status", status},
                                    {"ms", took.count()}};
  return line.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
}

}  // namespace framegen::server
