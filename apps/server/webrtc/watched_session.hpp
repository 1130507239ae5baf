// watched_session.hpp: a live session whose media goes to any number of watchers, encoded once for all.
#pragma once

#include <cstdint>
#include <map>

#include "webrtc/encoder_wishes.hpp"
#include "webrtc/watcher.hpp"
#include "whep.hpp"

namespace framegen::server::webrtc {

// It is over when its last watcher has gone, or its link has ended. All of it runs on the thread of
// Shared::io.
class WatchedSession : public std::enable_shared_from_this<WatchedSession> {
 public:
  // `over`: nothing more comes of it. `owner`: who ends it; none: it ends with its last watcher. Errors:
  // LiveLink::start's; kBadUse (Opus has no such rate).
  static Result<std::shared_ptr<WatchedSession>> start(Shared& shared, const Start& start,
                                                       std::function<void()> over,
                                                       std::optional<Whep::Owner> owner);
  ~WatchedSession();

  LiveLink& link() { return *link_; }
  const Start& start() const { return start_; }
  void add(std::unique_ptr<Watcher> watcher);
  // False: there is none of that name.
  bool remove(const std::string& name);
  Watcher* find(const std::string& name);
  // Sound of this watcher's microphone. Of several the first is listened to, until it goes.
  void hear(const std::string& name, std::span<const std::int16_t> samples);
  // Nobody watches it, and nobody owns it.
  bool is_left() const { return watchers_.empty() && !owner_; }
  // Those that are gone are taken out, and their names told.
  void on_time(std::int64_t now_us, const std::function<void(const std::string&)>& gone);
  // Nothing more comes; its thread is let go of elsewhere.
  void close();
  bool is_over() const { return link_ == nullptr; }

 private:
  WatchedSession(Shared& shared, const Start& start, std::function<void()> over,
                 std::optional<Whep::Owner> owner);
  LiveLink::Ways ways(std::shared_ptr<class MediaMaker> maker);
  void give(const Media& media);
  void follow_watchers();

  Shared& shared_;
  Start start_;
  std::function<void()> over_;
  std::optional<Whep::Owner> owner_;
  std::unique_ptr<LiveLink> link_;
  std::map<std::string, std::unique_ptr<Watcher>> watchers_;
  std::string speaker_;  // whose microphone is listened to
  std::optional<Place> place_;
  EncoderWishes wishes_;
};

std::int64_t now_us();

}  // namespace framegen::server::webrtc
