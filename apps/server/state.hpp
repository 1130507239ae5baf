// state.hpp: what all connections of one server share.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <deque>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "framegen/framegen.hpp"
#include "pictures/template_jpegs.hpp"
#include "upload_folder.hpp"
#include "voice/voice.hpp"

namespace framegen::server {

struct ServerOptions {
  std::string address = "127.0.0.1";
  int port = 8317;                   // 0: any free one
  std::string token;                 // empty: none is asked for, which only a loopback address may
  std::vector<std::string> origins;  // that may use the server besides its own page: "https://example.org"
  int max_sessions = 0;              // live ones; 0: as many as this machine can let speak at 25/s
  int max_renders = 1;               // at the same time
  std::size_t max_upload_bytes = std::size_t{64} << 20;
  int max_render_s = 600;                               // of speech in a render
  std::size_t max_kept_bytes = std::size_t{256} << 20;  // of a video, and of all that wait to be fetched
  int webrtc_port = 0;                        // UDP; 0: the same as `port`, or any free one where that is
  int max_watchers = 64;                      // over WebRTC, of all sessions
  std::vector<std::string> public_addresses;  // at which the UDP port is reached; none: where HTTP came in
  std::vector<std::string> ice_servers;       // for watchers: "stun:HOST:PORT", "turn:HOST:PORT USER SECRET"
  int max_per_address = 0;    // sessions, uploads and renders of one address at once; 0: no share is kept
  bool behind_proxy = false;  // whose X-Forwarded-For says who asks
  // Called for each answer, and for each session at its end, with a line of the audit log (audit.hpp); on the
  // server's one thread. Null: nothing is written down.
  std::function<void(const std::string&)> audit;
  int drain_s = 10;  // how long speech may go on after a stop was asked for
  // For a request to come, and for a transfer that does not move.
  std::chrono::milliseconds patience{15000};
  EngineOptions engine;
  voice::VoiceOptions voice;  // who speaks text
  std::vector<std::filesystem::path> avatars;
};

struct Metrics {
  std::atomic<std::int64_t> sessions{0}, sessions_total{0}, refused_total{0};
  std::atomic<std::int64_t> idle_frames_total{0}, speech_frames_total{0}, late_frames_total{0},
      dropped_pictures_total{0}, segments_total{0};
  std::atomic<std::int64_t> renders{0}, renders_total{0}, uploads{0}, downloads{0}, speeches{0},
      connections{0}, failures_total{0};
};

// Videos that were announced by an event and wait to be fetched, once. Thread-safe.
class FinishedRenders {
 public:
  static constexpr std::size_t kMost = 4;  // older ones are forgotten
  explicit FinishedRenders(std::size_t most_bytes) : most_bytes_(most_bytes) {}
  std::string put(std::string video);  // its name
  // Null: it is not here any more.
  std::shared_ptr<const std::string> find(std::string_view name) const;
  void forget(std::string_view name);

 private:
  struct Video {
    std::string name;
    std::shared_ptr<const std::string> bytes;
  };
  std::size_t most_bytes_;  // of all of them
  mutable std::mutex mutex_;
  std::deque<Video> videos_;
};

struct State {
  explicit State(const ServerOptions& given) : options(given), finished_renders(given.max_kept_bytes) {}
  ServerOptions options;
  std::unique_ptr<Engine> engine;
  std::vector<std::shared_ptr<const Avatar>> avatars;
  std::shared_ptr<const voice::Voice> voice;  // null: there is no espeak-ng, and no other was named
  std::atomic<bool> draining{false};
  std::atomic<bool> over{false};  // nobody is waited for any more
  bool webrtc = false;            // this build has it
  Metrics metrics;
  FinishedRenders finished_renders;
  TemplateJpegStore template_jpegs{std::size_t{256} << 20};
  // A test puts a disk that fails in its place.
  std::function<Result<std::string>(const std::filesystem::path&)> read_video = server::read_video;

  // The avatar of that name, the first where it is empty, null where there is none.
  std::shared_ptr<const Avatar> find(const std::string& name) const;
};

// Opens engine and avatars, and counts how many of the first one can speak at the same time. Errors: those of
// opening; kBadUse: an address that is not loopback needs a token.
Result<std::unique_ptr<State>> open_state(const ServerOptions& options);

}  // namespace framegen::server
