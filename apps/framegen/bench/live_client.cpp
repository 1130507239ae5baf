// live_client.cpp: messages of framegen.v1 become events.
#include "bench/live_client.hpp"

#include <algorithm>
#include <cstring>
#include <nlohmann/json.hpp>

#include "command.hpp"

namespace framegen::app {
namespace {

using namespace std::chrono_literals;
constexpr auto kBenchFrameTime = 40ms;
constexpr auto kAhead = 600ms;         // of sound: what a picture's mouth needs, and a little
constexpr auto kPatienceForOne = 60s;  // an event that has not come by then does not come
constexpr std::size_t kBenchFrameSamples = 640;

// Of a media message (apps/server/protocol.hpp): where its kind, its flags and its picture's bytes lie.
constexpr std::size_t kKindAt = 4, kFlagsAt = 5, kPictureBytesAt = 24;
constexpr std::uint8_t kSpeechKind = 2, kOwnSound = 1;

}  // namespace

Result<std::unique_ptr<LiveClient>> LiveClient::open(server::State& state, bool fast) {
  std::unique_ptr<LiveClient> client(new LiveClient);
  server::Start start;
  start.fast = fast;
  client->link_ = FRAMEGEN_TRY(server::LiveLink::start(
      state, start,
      {.text = [c = client.get()](const std::string& text) { c->take_text(text); },
       .media = [c = client.get()](const std::vector<std::uint8_t>& message) { c->take_media(message); },
       .ended = [c = client.get()] { c->end(); },
       .waiting_bytes = [] { return std::size_t{0}; }}));
  return client;
}

void LiveClient::take_media(const std::vector<std::uint8_t>& message) {
  std::uint32_t picture_bytes = 0;
  std::memcpy(&picture_bytes, message.data() + kPictureBytesAt, sizeof picture_bytes);
  Event event{Clock::now(), false, message[kKindAt] == kSpeechKind, (message[kFlagsAt] & kOwnSound) == 0,
              picture_bytes == 0};
  const std::lock_guard lock(mutex_);
  events_.push_back(event);
  came_.notify_one();
}

void LiveClient::take_text(const std::string& text) {
  const auto json = nlohmann::json::parse(text, nullptr, false);
  if (!json.is_object()) return;
  const std::string type = json.value("type", "");
  if (type == "stats") late_ = json.value("late_frames", std::int64_t{0});
  const std::lock_guard lock(mutex_);
  if (type == "error") wrong_ = text;
  if (type != "segment_end") return;
  events_.push_back({Clock::now(), true, false, true, false});
  came_.notify_one();
}

void LiveClient::end() {
  const std::lock_guard lock(mutex_);
  ended_ = true;
  came_.notify_one();
}

Status LiveClient::push(std::span<const std::int16_t> samples) {
  const auto bytes = std::as_bytes(samples);
  const bool taken =
      FRAMEGEN_TRY(link_->push({reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()}));
  if (taken) return {};
  return Error{ErrorCode::kInternal, "bench",
               "a live session takes no more sound: it is half a minute behind", "close other programs"};
}

Result<std::optional<LiveClient::Event>> LiveClient::next(Clock::time_point deadline) {
  std::unique_lock lock(mutex_);
  came_.wait_until(lock, deadline, [&] { return ended_ || !events_.empty(); });
  if (events_.empty()) {
    if (!ended_) return std::optional<Event>();
    return Error{ErrorCode::kInternal, "bench", "the live session has ended: " + wrong_, ""};
  }
  const Event event = events_.front();
  events_.pop_front();
  return std::optional(event);
}

Result<LiveClient::Event> LiveClient::until(const std::function<bool(const Event&)>& wanted) {
  const auto deadline = Clock::now() + kPatienceForOne;
  while (Clock::now() < deadline) {
    if (interrupted) return Error{ErrorCode::kCancelled, "bench", "stopped as you asked", ""};
    const auto event = FRAMEGEN_TRY(next(std::min(deadline, Clock::now() + 100ms)));
    if (event && wanted(*event)) return *event;
  }
  return Error{ErrorCode::kInternal, "bench", "a live session gave nothing that was waited for in a minute",
               "close other programs, or name an avatar with smaller networks"};
}

LiveFeeder::LiveFeeder(std::span<const std::unique_ptr<LiveClient>> clients,
                       std::span<const std::int16_t> speech)
    : clients_(clients), speech_(speech), thread_([this] { run(); }) {}

LiveFeeder::~LiveFeeder() {
  stop_ = true;
  thread_.join();
}

Status LiveFeeder::status() const {
  const std::lock_guard lock(mutex_);
  return failed_;
}

void LiveFeeder::run() {
  auto due = LiveClient::Clock::now() - kAhead;
  std::size_t at = 0;
  while (!stop_) {
    for (const auto& client : clients_) {
      const Status pushed = client->push(speech_.subspan(at, kBenchFrameSamples));
      if (pushed) continue;
      const std::lock_guard lock(mutex_);
      failed_ = pushed;
      return;
    }
    at += kBenchFrameSamples;
    if (at + kBenchFrameSamples > speech_.size()) at = 0;
    due += kBenchFrameTime;
    std::this_thread::sleep_until(due);
  }
}

}  // namespace framegen::app
