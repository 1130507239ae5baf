// ice_agent.cpp: one question at a time, each asked again less and less often; the best that answers is
// nominated.
#include "webrtc/ice_agent.hpp"

#include <openssl/rand.h>

#include <algorithm>

namespace framegen::server::webrtc {
namespace {

constexpr std::size_t kMostPairs = 32;
constexpr int kMostTries = 7;
constexpr std::int64_t kBetweenQuestionsUs = 20'000;
constexpr std::int64_t kFirstWaitUs = 250'000, kLongestWaitUs = 2'000'000;
constexpr std::int64_t kForBetterUs = 250'000;  // that may still answer: so long the first one waits
constexpr std::int64_t kKeepUs = 2'500'000;
// Of the address under which they see us, should they not know it: a host's own (RFC 8445 §5.1.2.1).
constexpr std::uint32_t kOurPriority = (110U << 24) | (65535U << 8) | 255U;

}  // namespace

IceAgent::Pair* IceAgent::find(const Endpoint& to) {
  const auto found = std::ranges::find(pairs_, to, &Pair::to);
  return found == pairs_.end() ? nullptr : &*found;
}

void IceAgent::add(const Endpoint& theirs, std::uint32_t priority) {
  if (find(theirs) != nullptr || pairs_.size() >= kMostPairs) return;
  Pair pair;
  pair.to = theirs;
  pair.priority = priority;
  pairs_.insert(std::ranges::find_if(pairs_, [&](const Pair& p) { return p.priority < priority; }), pair);
}

bool IceAgent::has_failed() const {
  return !chosen_ && !pairs_.empty() &&
         std::ranges::all_of(pairs_, [](const Pair& p) { return p.state == State::kSilent; });
}

bool IceAgent::take(BytesView datagram, const Endpoint& from, std::int64_t now_us) {
  if (datagram.empty() || datagram[0] > 3) return false;  // RFC 7983
  now_us_ = now_us;
  if (const auto request = parse_binding_request(datagram))
    take_request(datagram, *request, from);
  else if (const auto response = parse_binding_response(datagram))
    take_response(datagram, *response, from);
  return true;
}

// Who asks from where we had not heard of is asked back: it is behind a NAT.
void IceAgent::take_request(BytesView datagram, const BindingRequest& request, const Endpoint& from) {
  if (request.username.substr(0, request.username.find(':')) != setup_.name ||
      !is_signed(datagram, request, setup_.password))
    return;
  heard_us_ = now_us_;
  if (request.controlling) return setup_.send(from, binding_conflict(request, setup_.password));
  setup_.send(from, binding_success(request, from, setup_.password));
  if (Pair* const pair = find(from)) {
    if (pair->state == State::kSilent) pair->state = State::kWaits;
  } else {
    add(from, 0);
  }
}

void IceAgent::take_response(BytesView datagram, const BindingResponse& response, const Endpoint& from) {
  Pair* const pair = find(from);
  if (pair == nullptr || pair->transaction != response.transaction || pair->tries == 0 ||
      !is_signed(datagram, response, setup_.their_password))
    return;
  heard_us_ = now_us_;
  pair->tries = 0;
  if (!response.success) {
    pair->nominated = false;
    if (chosen_ != pair->to) pair->state = State::kSilent;
    return;
  }
  pair->state = State::kAnswers;
  if (answered_us_ == 0) answered_us_ = now_us_;
  if (pair->nominated && !chosen_) {
    chosen_ = pair->to;
    kept_us_ = now_us_;
  }
}

void IceAgent::ask(Pair& pair, std::int64_t now_us) {
  RAND_bytes(pair.transaction.data(), static_cast<int>(pair.transaction.size()));
  pair.tries = 0;
  if (pair.state != State::kAnswers) pair.state = State::kAsked;
  ask_again(pair, now_us);
}

void IceAgent::ask_again(Pair& pair, std::int64_t now_us) {
  pair.again_us = now_us + std::min(kFirstWaitUs << pair.tries, kLongestWaitUs);
  ++pair.tries;
  setup_.send(pair.to, binding_request({pair.transaction, setup_.their_name + ":" + setup_.name, kOurPriority,
                                        pair.nominated},
                                       setup_.their_password));
}

void IceAgent::on_time(std::int64_t now_us) {
  if (chosen_) return keep_open(now_us);
  for (Pair& pair : pairs_) {
    if (pair.tries == 0 || now_us < pair.again_us) continue;
    if (pair.tries < kMostTries) {
      ask_again(pair, now_us);
    } else {
      pair.tries = 0;
      pair.nominated = false;
      pair.state = State::kSilent;
    }
  }
  if (now_us >= next_us_) ask_next(now_us);
  nominate(now_us);
}

void IceAgent::ask_next(std::int64_t now_us) {
  const auto next = std::ranges::find(pairs_, State::kWaits, &Pair::state);
  if (next == pairs_.end()) return;
  next_us_ = now_us + kBetweenQuestionsUs;
  ask(*next, now_us);
}

// The best of those that answer, once none that is better may still do so.
void IceAgent::nominate(std::int64_t now_us) {
  if (std::ranges::any_of(pairs_, &Pair::nominated)) return;
  const auto best = std::ranges::find(pairs_, State::kAnswers, &Pair::state);
  if (best == pairs_.end()) return;
  const bool final =
      std::all_of(pairs_.begin(), best, [](const Pair& p) { return p.state == State::kSilent; });
  if (!final && now_us - answered_us_ < kForBetterUs) return;
  best->nominated = true;
  ask(*best, now_us);
}

// A question now and then holds a NAT's door open, and its answers are their consent to be sent to.
void IceAgent::keep_open(std::int64_t now_us) {
  if (now_us - kept_us_ < kKeepUs) return;
  kept_us_ = now_us;
  Pair* const pair = find(*chosen_);
  pair->nominated = false;
  ask(*pair, now_us);
}

}  // namespace framegen::server::webrtc
