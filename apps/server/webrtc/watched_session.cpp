// watched_session.cpp: the link's media is cut to packets on its own thread, and sent on the sockets'.
#include "webrtc/watched_session.hpp"

#include <boost/asio/post.hpp>

#include "core/platform.hpp"
#include "webrtc/media_maker.hpp"

namespace framegen::server::webrtc {
namespace {

constexpr std::size_t kMediaBytes = 16 << 10;  // what one waiting Media counts

}  // namespace

std::int64_t now_us() {
  using namespace std::chrono;
  return duration_cast<microseconds>(steady_clock::now().time_since_epoch()).count();
}

WatchedSession::WatchedSession(Shared& shared, const Start& start, std::function<void()> over,
                               std::optional<Whep::Owner> owner)
    : shared_(shared), start_(start), over_(std::move(over)), owner_(std::move(owner)) {
  if (owner_ && owner_->place) {  // counted where it came from
    place_ = std::move(owner_->place);
  } else {
    place_.emplace(shared.state->metrics.sessions);
    ++shared.state->metrics.sessions_total;
  }
}

WatchedSession::~WatchedSession() { close(); }

Result<std::shared_ptr<WatchedSession>> WatchedSession::start(Shared& shared, const Start& start,
                                                              std::function<void()> over,
                                                              std::optional<Whep::Owner> owner) {
  auto opus = FRAMEGEN_TRY(OpusEncoder::create(start.live.sample_rate_hz));
  auto maker = std::make_shared<MediaMaker>(std::move(opus));
  std::shared_ptr<WatchedSession> session(
      new WatchedSession(shared, start, std::move(over), std::move(owner)));
  session->link_ = FRAMEGEN_TRY(LiveLink::start(*shared.state, start, session->ways(std::move(maker))));
  return session;
}

LiveLink::Ways WatchedSession::ways(std::shared_ptr<MediaMaker> maker) {
  const auto waiting = std::make_shared<std::atomic<std::size_t>>(0);
  const auto weak = weak_from_this();
  auto& io = shared_.io;
  LiveLink::Ways ways;
  ways.text = owner_ ? owner_->text : [](const std::string&) {};
  ways.media = [weak, waiting, maker, &io](const std::vector<std::uint8_t>& message) {
    auto media = maker->make(message);
    if (!media) return;
    *waiting += kMediaBytes;
    net::post(io, [weak, waiting, media = *std::move(media)] {
      *waiting -= kMediaBytes;
      if (const auto self = weak.lock()) self->give(*media);
    });
  };
  ways.waiting_bytes = [waiting, words = owner_ ? owner_->waiting_bytes : nullptr] {
    return *waiting + (words ? words() : 0);
  };
  ways.ended = [weak, &io] {
    net::post(io, [weak] {
      const auto self = weak.lock();
      if (self == nullptr || self->is_over()) return;
      self->close();
      const auto owner = std::move(self->owner_);
      self->over_();
      if (owner) owner->ended();
    });
  };
  return ways;
}

void WatchedSession::add(std::unique_ptr<Watcher> watcher) {
  const std::string name = watcher->name();
  watchers_[name] = std::move(watcher);
}

bool WatchedSession::remove(const std::string& name) { return watchers_.erase(name) > 0; }

Watcher* WatchedSession::find(const std::string& name) {
  const auto found = watchers_.find(name);
  return found == watchers_.end() ? nullptr : found->second.get();
}

void WatchedSession::hear(const std::string& name, std::span<const std::int16_t> samples) {
  if (is_over() || find(name) == nullptr) return;
  if (find(speaker_) == nullptr) speaker_ = name;
  if (speaker_ != name) return;
  // What is refused (a text is being said) or has no room is not heard: it is live.
  (void)link_->push({reinterpret_cast<const std::uint8_t*>(samples.data()), samples.size_bytes()});
}

void WatchedSession::give(const Media& media) {
  if (is_over()) return;
  const std::int64_t now = now_us();
  for (auto& [name, watcher] : watchers_) watcher->give(media, now);
}

void WatchedSession::on_time(std::int64_t now_us, const std::function<void(const std::string&)>& gone) {
  for (auto at = watchers_.begin(); at != watchers_.end();) {
    at->second->on_time(now_us);
    wishes_.want_key(at->second->takes_key_wish());
    if (at->second->is_over(now_us)) {
      gone(at->first);
      at = watchers_.erase(at);
    } else {
      ++at;
    }
  }
  if (is_over()) return;
  if (wishes_.takes_key(now_us)) link_->want_key();
  follow_watchers();
}

// One encoder for all: the slowest line's rate.
void WatchedSession::follow_watchers() {
  int least = 0;
  for (const auto& [name, watcher] : watchers_)
    if (watcher->is_open() && (least == 0 || watcher->bits_per_second() < least))
      least = watcher->bits_per_second();
  if (const int rate = wishes_.takes_rate(least); rate > 0) link_->set_rate(rate);
}

void WatchedSession::close() {
  watchers_.clear();
  if (link_ != nullptr)
    net::post(shared_.reaper, [link = std::move(link_), place = std::move(place_)]() mutable {
      link.reset();
      platform::give_memory_back();
    });
  place_.reset();
}

}  // namespace framegen::server::webrtc
