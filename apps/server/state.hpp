// state.hpp: what all connections of one server share.
#pragma once

#include <atomic>
#include <deque>
#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "framegen/framegen.hpp"

namespace framegen::server {

struct ServerOptions {
  std::string address = "127.0.0.1";
  int port = 8317;                   // 0: any free one
  std::string token;                 // empty: none is asked for, which only a loopback address may
  std::vector<std::string> origins;  // that may use the server besides its own page: "https://example.org"
  int max_sessions = 0;              // live ones; 0: as many as this machine can let speak at 25/s
  int max_renders = 1;               // at the same time
  std::size_t max_upload_bytes = std::size_t{64} << 20;
  int drain_s = 10;  // how long speech may go on after a stop was asked for
  EngineOptions engine;
  std::vector<std::filesystem::path> avatars;
};

struct Metrics {
  std::atomic<std::int64_t> sessions{0}, sessions_total{0}, refused_total{0};
  std::atomic<std::int64_t> idle_frames_total{0}, speech_frames_total{0}, late_frames_total{0},
      dropped_pictures_total{0}, segments_total{0};
  std::atomic<std::int64_t> renders{0}, renders_total{0}, connections{0};
};

// Videos that were announced by an event and wait to be fetched, once. Thread-safe.
class FinishedRenders {
 public:
  static constexpr std::size_t kMost = 4;  // older ones are forgotten
  std::string put(std::string video);      // its name
  std::optional<std::string> take(std::string_view name);

 private:
  std::mutex mutex_;
  std::deque<std::pair<std::string, std::string>> videos_;
};

struct State {
  ServerOptions options;
  std::unique_ptr<Engine> engine;
  std::vector<std::shared_ptr<const Avatar>> avatars;
  bool can_synthesise = false;  // espeak-ng is there
  std::atomic<bool> draining{false};
  Metrics metrics;
  FinishedRenders finished_renders;

  // The avatar of that name, the first where it is empty, null where there is none.
  std::shared_ptr<const Avatar> find(const std::string& name) const;
};

// Opens engine and avatars, and counts how many of the first one can speak at the same time. Errors: those of
// opening; kBadUse: an address that is not loopback needs a token.
Result<std::unique_ptr<State>> open_state(const ServerOptions& options);

}  // namespace framegen::server
