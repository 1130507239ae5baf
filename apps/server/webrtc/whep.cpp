// whep.cpp: WHEP's requests become sessions and watchers; one UDP port for all of them, told apart by who
// sent.
#include "whep.hpp"

#include <algorithm>
#include <boost/asio/ip/udp.hpp>
#include <deque>

#include "gate.hpp"
#include "webrtc/udp.hpp"
#include "webrtc/watched_session.hpp"

namespace framegen::server {
namespace {

using namespace webrtc;
constexpr auto kTick = 5ms;
constexpr std::size_t kMostEndpoints = 8;  // of a watcher: each pair that its ICE tries is one
constexpr int kRate = 48000;
constexpr int kSilenceGateDb = -50;
constexpr std::string_view kFragmentType = "application/trickle-ice-sdpfrag";

Error wrong(const std::string& where, const char* what, const char* remedy) {
  return {ErrorCode::kBadUse, where, what, remedy};
}

Answer no_watcher() {
  return refused(404,
                 wrong(std::string(kWhepPath), "there is no such watcher any more", "POST another offer"));
}

std::string entity_tag(const std::string& ice_name) { return '"' + ice_name + '"'; }

// "/v1/whep/SESSION/WATCHER" → the two.
std::pair<std::string, std::string> parts_of(std::string_view path, std::string_view head) {
  path.remove_prefix(std::min(path.size(), head.size()));
  if (path.starts_with('/')) path.remove_prefix(1);
  const std::size_t slash = path.find('/');
  if (slash == std::string_view::npos) return {std::string(path), {}};
  return {std::string(path.substr(0, slash)), std::string(path.substr(slash + 1))};
}

class Hub : public Whep {
 public:
  explicit Hub(Shared& shared) : shared_(shared), socket_(shared.io), timer_(shared.io) {}

  Status open() {
    identity_ = FRAMEGEN_TRY(DtlsIdentity::create());
    FRAMEGEN_TRY(listen());
    receive();
    return {};
  }

  Answer watch(std::string_view target, const std::string& offer, const net::ip::address& here) override;
  Answer leave(std::string_view path) override;
  Answer trickle(std::string_view path, const Fragment& fragment) override;
  Answer control(std::string_view path, const std::string& body) override;

  Result<Begun> begin(const Start& start, Owner owner) override;
  void end(const std::string& id) override;

  void drain() override {
    for (const auto& [id, session] : std::map(sessions_)) (void)session->link().finish();
  }
  void drop() override {
    for (const auto& [id, session] : sessions_) session->close();
    sessions_.clear();
    where_.clear();
    called_.clear();
    from_.clear();
    timer_.cancel();
    error_code ignored;
    socket_.close(ignored);
  }
  bool is_empty() const override { return sessions_.empty(); }

 private:
  struct Where {
    std::shared_ptr<WatchedSession> session;
    std::shared_ptr<udp::endpoint> to;  // that its packets go to; port 0: not known yet
    std::vector<udp::endpoint> seen = {};
    std::deque<std::string> ice_names = {};  // under which it is asked, the newest last
  };

  Status listen();
  void receive();
  void take(BytesView datagram);
  void take_binding(BytesView datagram, const BindingRequest& request);
  Result<std::shared_ptr<WatchedSession>> session_for(std::string_view target, std::string& id,
                                                      bool has_microphone);
  Result<std::shared_ptr<WatchedSession>> new_session(std::string_view target, std::string& id,
                                                      bool has_microphone);
  Result<std::shared_ptr<WatchedSession>> start_session(const Start& start, std::optional<Owner> owner,
                                                        std::string& id);
  Answering describe(const net::ip::address& here) const;
  Answer restart(const std::string& name, Watcher& watcher, IceNames theirs);
  void call(const std::string& name, Where& where, const std::string& ice_name);
  void forget_watcher(const std::string& name);
  void tick();

  Shared& shared_;
  udp::socket socket_;
  net::steady_timer timer_;
  bool ticking_ = false;
  std::shared_ptr<const DtlsIdentity> identity_;
  std::map<std::string, std::shared_ptr<WatchedSession>> sessions_;
  std::map<std::string, Where> where_;         // by the watcher's name
  std::map<std::string, std::string> called_;  // its name, by our ICE agent's for it
  std::map<udp::endpoint, std::string> from_;  // whose packets come from there
  std::array<std::uint8_t, 2048> datagram_{};
  udp::endpoint sender_;
};

Status Hub::listen() {
  const auto& options = shared_.state->options;
  const auto tcp_end = shared_.acceptor.local_endpoint();
  const int port = options.webrtc_port > 0 ? options.webrtc_port : options.port == 0 ? 0 : tcp_end.port();
  error_code error;
  // Who names a public address has HTTP behind a proxy, and media past it: whoever has no answer to an offer
  // is not answered here either.
  const net::ip::address all = tcp_end.address().is_v4() ? net::ip::address(net::ip::address_v4::any())
                                                         : net::ip::address(net::ip::address_v6::any());
  const udp::endpoint endpoint(options.public_addresses.empty() ? tcp_end.address() : all,
                               static_cast<std::uint16_t>(port));
  socket_.open(endpoint.protocol(), error);
  if (!error) socket_.bind(endpoint, error);
  if (!error) socket_.non_blocking(true, error);
  if (!error) return {};
  return Error{ErrorCode::kBadUse, "WebRTC, UDP port " + std::to_string(port),
               "cannot be listened on: " + error.message(), "give another --webrtc-port"};
}

void Hub::receive() {
  socket_.async_receive_from(net::buffer(datagram_), sender_, [this](error_code error, std::size_t bytes) {
    if (!socket_.is_open() || error == net::error::operation_aborted) return;
    // What one datagram could not be coped with for ends nothing but itself.
    if (!error) try {
        take(BytesView(datagram_).first(bytes));
      } catch (const std::exception&) {
        ++shared_.state->metrics.failures_total;
      }
    receive();
  });
}

void Hub::take(BytesView datagram) {
  if (const auto request = parse_binding_request(datagram)) return take_binding(datagram, *request);
  const auto from = from_.find(sender_);
  if (from == from_.end()) return;
  const auto where = where_.find(from->second);
  if (where == where_.end()) return;
  if (Watcher* watcher = where->second.session->find(from->second)) watcher->take(datagram, now_us());
}

void Hub::take_binding(BytesView datagram, const BindingRequest& request) {
  const auto called = called_.find(request.username.substr(0, request.username.find(':')));
  if (called == called_.end()) return;
  const std::string& name = called->second;
  const auto found = where_.find(name);
  if (found == where_.end()) return;
  Where& where = found->second;
  Watcher* const watcher = where.session->find(name);
  if (watcher == nullptr) return;
  const Bytes answer = watcher->answer_binding(datagram, request, endpoint_of(sender_), now_us());
  if (answer.empty()) return;
  if (std::find(where.seen.begin(), where.seen.end(), sender_) == where.seen.end()) {
    if (where.seen.size() == kMostEndpoints) {  // the oldest goes: a line may move on and on
      from_.erase(where.seen.front());
      where.seen.erase(where.seen.begin());
    }
    where.seen.push_back(sender_);
  }
  from_[sender_] = name;
  if (request.use_candidate || where.to->port() == 0) *where.to = sender_;
  error_code ignored;
  socket_.send_to(net::buffer(answer), sender_, 0, ignored);
}

Answering Hub::describe(const net::ip::address& here) const {
  Answering ours;
  ours.name = random_name(8);
  ours.password = random_name(16);
  ours.fingerprint = identity_->fingerprint();
  ours.audio_ssrc = random_ssrc();
  ours.video_ssrc = random_ssrc();
  ours.addresses = shared_.state->options.public_addresses;
  const bool mapped = here.is_v6() && here.to_v6().is_v4_mapped();
  if (ours.addresses.empty())
    ours.addresses = {mapped ? net::ip::make_address_v4(net::ip::v4_mapped, here.to_v6()).to_string()
                             : here.to_string()};
  ours.port = socket_.local_endpoint().port();
  return ours;
}

Result<std::shared_ptr<WatchedSession>> Hub::session_for(std::string_view target, std::string& id,
                                                         bool has_microphone) {
  const std::string unknown = unknown_query_key(target, {"avatar", "session", "rate", "token"});
  if (!unknown.empty())
    return wrong("/v1/whep?" + unknown.substr(0, 64), "is not known here",
                 "give avatar and rate, or session");
  id = query_value(target, "session");
  if (id.empty()) return new_session(target, id, has_microphone);
  const auto found = sessions_.find(id);
  if (found == sessions_.end())
    return Error{ErrorCode::kBadInput, "session", "is not here any more", "leave it out: a new one begins"};
  return found->second;
}

Result<std::shared_ptr<WatchedSession>> Hub::new_session(std::string_view target, std::string& id,
                                                         bool has_microphone) {
  Start start;
  start.avatar = query_value(target, "avatar");
  const std::string rate = query_value(target, "rate");
  start.live.sample_rate_hz = kRate;
  if (!rate.empty()) {
    if (rate.size() > 5 || rate.find_first_not_of("0123456789") != std::string::npos)
      return wrong("rate", "is no number", "give 8000, 16000, 24000 or 48000");
    start.live.sample_rate_hz = std::stoi(rate);
  }
  start.video = VideoFormat::kH264Line;
  start.live.format = pixel_format(start.video);
  // A microphone is never silent: the mouth rests where nobody speaks.
  if (has_microphone) start.live.silence_gate_db = kSilenceGateDb;
  return start_session(start, {}, id);
}

Result<std::shared_ptr<WatchedSession>> Hub::start_session(const Start& start, std::optional<Owner> owner,
                                                           std::string& id) {
  id = random_name(16);
  auto session = FRAMEGEN_TRY(WatchedSession::start(
      shared_, start, [this, id] { end(id); }, std::move(owner)));
  sessions_[id] = session;
  return session;
}

Result<Whep::Begun> Hub::begin(const Start& start, Owner owner) {
  std::string id;
  const auto session = FRAMEGEN_TRY(start_session(start, std::move(owner), id));
  return Begun{id, &session->link()};
}

Answer Hub::watch(std::string_view target, const std::string& sdp, const net::ip::address& here) {
  auto offer = parse_offer(sdp);
  if (!offer) return refused(400, offer.error());
  if (where_.size() >= static_cast<std::size_t>(shared_.state->options.max_watchers))
    return refused(503, wrong("watchers", "the server is full", "come back later"));
  std::string id;
  auto session = session_for(target, id, offer->microphone >= 0);
  if (!session)
    return refused(session.error().code == ErrorCode::kInternal   ? 500
                   : session.error().code == ErrorCode::kBadInput ? 404
                                                                  : 400,
                   session.error());
  Watcher::Setup setup;
  setup.offer = *std::move(offer);
  setup.ours = describe(here);
  setup.identity = identity_;
  setup.now_us = now_us();
  setup.patience_us = std::chrono::microseconds(shared_.state->options.patience).count();
  const auto to = std::make_shared<udp::endpoint>();
  setup.send = [this, to](BytesView bytes) {
    error_code ignored;  // what is lost is asked for again
    if (to->port() != 0 && socket_.is_open())
      socket_.send_to(net::buffer(bytes.data(), bytes.size()), *to, 0, ignored);
  };
  const std::string name = setup.ours.name;
  setup.hear_rate_hz = (*session)->start().live.sample_rate_hz;
  setup.hear = [weak = std::weak_ptr(*session), name](std::span<const std::int16_t> samples) {
    if (const auto listening = weak.lock()) listening->hear(name, samples);
  };
  std::string answer = write_answer(setup.offer, setup.ours);
  auto watcher = Watcher::create(std::move(setup));
  if (!watcher) {
    if ((*session)->is_left()) end(id);
    return refused(500, watcher.error());
  }
  (*session)->add(*std::move(watcher));
  where_[name] = {*session, to};
  call(name, where_[name], name);
  if (!std::exchange(ticking_, true)) tick();
  Answer created{201, "application/sdp", std::move(answer)};
  created.fields = {{"Location", std::string(kWhepPath) + "/" + id + "/" + name}, {"ETag", entity_tag(name)}};
  for (const std::string& link : ice_links(shared_.state->options)) created.fields.emplace_back("Link", link);
  return created;
}

// RFC 9725 §4.3: the tag says which beginning of ICE is meant; "*" is who begins anew and does not ask.
Answer Hub::trickle(std::string_view path, const Fragment& fragment) {
  const auto [id, name] = parts_of(path, kWhepPath);
  const auto found = sessions_.find(id);
  Watcher* const watcher = found == sessions_.end() ? nullptr : found->second->find(name);
  if (watcher == nullptr) return no_watcher();
  const std::string where(kWhepPath);
  if (!fragment.type.starts_with(kFragmentType))
    return refused(415, wrong(where, "the fragment's Content-Type is another one",
                              "send it as application/trickle-ice-sdpfrag"));
  auto names = parse_fragment(fragment.text);
  if (!names) return refused(400, names.error());
  if (!fragment.if_match.empty() && fragment.if_match != "*" &&
      fragment.if_match != entity_tag(watcher->ours().name))
    return refused(412,
                   wrong(where, "If-Match names another beginning of ICE", "send the newest ETag, or *"));
  const Offer& offer = watcher->offer();
  if (names->name.empty() || (names->name == offer.name && names->password == offer.password))
    return {204, "application/json", {}};
  if (fragment.if_match.empty())
    return refused(428, wrong(where, "who begins ICE anew says If-Match", "send If-Match: *"));
  return restart(name, *watcher, *std::move(names));
}

Answer Hub::restart(const std::string& name, Watcher& watcher, IceNames theirs) {
  const IceNames ours{random_name(8), random_name(16)};
  watcher.restart_ice(std::move(theirs), ours);
  call(name, where_[name], ours.name);
  Answer answer{200, std::string(kFragmentType), write_fragment(watcher.offer(), watcher.ours())};
  answer.fields = {{"ETag", entity_tag(ours.name)}};
  return answer;
}

// The last two names count: packets to the one of before are still on their way.
void Hub::call(const std::string& name, Where& where, const std::string& ice_name) {
  called_[ice_name] = name;
  where.ice_names.push_back(ice_name);
  if (where.ice_names.size() <= 2) return;
  called_.erase(where.ice_names.front());
  where.ice_names.pop_front();
}

Answer Hub::leave(std::string_view path) {
  const auto [id, name] = parts_of(path, kWhepPath);
  const auto found = sessions_.find(id);
  if (found == sessions_.end() || !found->second->remove(name)) return no_watcher();
  forget_watcher(name);
  if (found->second->is_left()) end(id);
  return {200, "application/json", "{}"};
}

Answer Hub::control(std::string_view path, const std::string& body) {
  const auto [id, what] = parts_of(path, kSessionsPath);
  const auto found = sessions_.find(id);
  if (found == sessions_.end() || (what != "control" && what != "audio"))
    return refused(404, wrong(std::string(kSessionsPath) + "…",
                              "there is no such session, or nothing of that name in it",
                              "POST to …/control or …/audio of the session that Location named"));
  LiveLink& link = found->second->link();
  if (what == "audio") {
    const auto taken = link.push({reinterpret_cast<const std::uint8_t*>(body.data()), body.size()});
    if (!taken) return refused(400, taken.error());
    if (!*taken) return refused(503, wrong("audio", "more sound waits than is held", "send it again later"));
    return {200, "application/json", "{}"};
  }
  const auto control = parse_control(body);
  if (!control) return refused(400, control.error());
  Status done;
  if (const auto* say = std::get_if<Say>(&*control))
    done = link.say(*say);
  else if (std::holds_alternative<Flush>(*control))
    done = link.flush();
  else if (std::holds_alternative<Interrupt>(*control))
    done = link.interrupt();
  else if (std::holds_alternative<Stop>(*control))
    done = link.finish();
  else
    done = wrong("start", "this session was started before", "POST an offer to /v1/whep for another one");
  if (!done) return refused(400, done.error());
  return {200, "application/json", "{}"};
}

void Hub::forget_watcher(const std::string& name) {
  const auto found = where_.find(name);
  if (found == where_.end()) return;
  for (const udp::endpoint& endpoint : found->second.seen)
    if (const auto from = from_.find(endpoint); from != from_.end() && from->second == name)
      from_.erase(from);
  for (const std::string& ice_name : found->second.ice_names) called_.erase(ice_name);
  where_.erase(found);
}

void Hub::end(const std::string& id) {
  const auto found = sessions_.find(id);
  if (found == sessions_.end()) return;
  const auto session = found->second;
  sessions_.erase(found);
  session->close();
  std::vector<std::string> names;
  for (const auto& [name, where] : where_)
    if (where.session == session) names.push_back(name);
  for (const std::string& name : names) forget_watcher(name);
}

void Hub::tick() {
  const std::int64_t now = now_us();
  for (const auto& [id, session] : std::map(sessions_)) {
    session->on_time(now, [this](const std::string& name) { forget_watcher(name); });
    if (session->is_left()) end(id);
  }
  ticking_ = !sessions_.empty();
  if (!ticking_) return;
  timer_.expires_after(kTick);
  timer_.async_wait([this](error_code error) {
    if (!error) tick();
  });
}

}  // namespace

Result<std::unique_ptr<Whep>> open_whep(Shared& shared) {
  auto hub = std::make_unique<Hub>(shared);
  FRAMEGEN_TRY(hub->open());
  return std::unique_ptr<Whep>(std::move(hub));
}

}  // namespace framegen::server
