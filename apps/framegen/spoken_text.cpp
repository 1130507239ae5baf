// spoken_text.cpp: what the voice gives is pushed as it comes, and waits where the session is full.
#include "spoken_text.hpp"

#include <chrono>

#include "command.hpp"

namespace framegen::app {

using namespace std::chrono_literals;

SpokenText::SpokenText(const voice::Voice& voice, std::string text)
    : voice_(voice), text_(std::move(text)), thread_([this] { run(); }) {}

SpokenText::~SpokenText() { stop(); }

void SpokenText::stop() {
  stop_ = true;
  changed_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void SpokenText::run() {
  Status said = voice_.say(
      text_, "",
      [this](int rate_hz, std::span<const std::int16_t> samples) { return take(rate_hz, samples); }, stop_);
  const std::lock_guard lock(mutex_);
  if (session_ != nullptr) (void)session_->finish();
  result_ = std::move(said);
  changed_.notify_all();
}

Status SpokenText::take(int rate_hz, std::span<const std::int16_t> samples) {
  LiveSession* session = nullptr;
  {
    std::unique_lock lock(mutex_);
    rate_hz_ = rate_hz;
    changed_.notify_all();
    while (session_ == nullptr && !stop_ && !interrupted) changed_.wait_for(lock, 50ms);
    session = session_;
  }
  while (session != nullptr && !stop_ && !interrupted) {
    if (FRAMEGEN_TRY(session->push(samples))) return {};
    std::this_thread::sleep_for(20ms);
  }
  return Error{ErrorCode::kCancelled, voice_.name(), "stopped as you asked", ""};
}

Result<int> SpokenText::rate_hz() {
  std::unique_lock lock(mutex_);
  while (rate_hz_ == 0 && !result_) {
    if (interrupted) stop_ = true;
    changed_.wait_for(lock, 50ms);
  }
  if (result_ && !*result_) return result_->error();
  return rate_hz_;
}

void SpokenText::go_on(LiveSession* session) {
  const std::lock_guard lock(mutex_);
  session_ = session;
  if (result_) (void)session->finish();
  changed_.notify_all();
}

Status SpokenText::Into::end() {
  std::unique_lock lock(text_.mutex_);
  text_.changed_.wait(lock, [&] { return text_.result_.has_value(); });
  return *text_.result_;
}

}  // namespace framegen::app
