// live_voice.cpp: a voice's sound, resampled, pushed as it comes; an interrupt and a push never overlap.
#include "live_voice.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <system_error>

namespace framegen::server {
namespace {

using namespace std::chrono_literals;
constexpr auto kRoomRetry = 20ms;
constexpr std::size_t kPieceMs = 100;  // pushed at once

Error cancelled() { return {ErrorCode::kCancelled, "text", "was interrupted", ""}; }

}  // namespace

LiveVoice::~LiveVoice() {
  cancel();
  {
    const std::lock_guard lock(mutex_);
    over_ = true;
  }
  changed_.notify_all();
  if (thread_.joinable()) thread_.join();
}

Status LiveVoice::say(std::string text, std::string voice) {
  if (text.size() > kLongestText)
    return Error{ErrorCode::kBadUse, "text", "is longer than " + std::to_string(kLongestText) + " bytes",
                 "say it in pieces"};
  const std::lock_guard lock(mutex_);
  if (waiting_.size() >= kMostWaiting)
    return Error{ErrorCode::kBadUse, "text", std::to_string(kMostWaiting) + " texts wait already to be said",
                 "wait for a segment's end"};
  waiting_.push_back({std::move(text), std::move(voice)});
  if (!thread_.joinable()) try {
      thread_ = std::thread([this] { run(); });
    } catch (const std::system_error&) {
      waiting_.clear();
      return Error{ErrorCode::kInternal, "text", "no thread can be started for it", "come back later"};
    }
  changed_.notify_all();
  return {};
}

bool LiveVoice::busy() const {
  const std::lock_guard lock(mutex_);
  return saying_ || !waiting_.empty();
}

void LiveVoice::cancel() {
  const std::lock_guard lock(mutex_);
  if (finish_ && !saying_ && !waiting_.empty()) into_.finish();
  waiting_.clear();
  if (saying_) stop_ = true;
  changed_.notify_all();
}

bool LiveVoice::finish_when_said() {
  const std::lock_guard lock(mutex_);
  finish_ = saying_ || !waiting_.empty();
  return finish_;
}

void LiveVoice::run() {
  std::unique_lock lock(mutex_);
  while (!over_) {
    if (waiting_.empty()) {
      changed_.wait(lock);
      continue;
    }
    const Text text = std::move(waiting_.front());
    waiting_.pop_front();
    saying_ = true;
    stop_ = false;
    lock.unlock();
    say_next(text);
    lock.lock();
    saying_ = false;
    if (finish_ && waiting_.empty()) into_.finish();
  }
}

void LiveVoice::say_next(const Text& text) {
  Status said = Error{ErrorCode::kInternal, "text", "out of memory", "come back later"};
  try {
    from_rate_hz_ = 0;
    resampled_.clear();
    said = voice_->say(
        text.text, text.voice,
        [this](int rate_hz, std::span<const std::int16_t> samples) { return take(rate_hz, samples); }, stop_);
    if (said && from_rate_hz_ != 0) said = resampler_->finish(resampled_);
    std::unique_lock lock(mutex_);
    if (said) said = hand_on(lock);
    if (!stop_) into_.flush();
  } catch (const std::exception&) {  // as it was said above
  }
  const std::lock_guard lock(mutex_);
  if (!said && said.error().code != ErrorCode::kCancelled) into_.failed(said.error());
}

Status LiveVoice::take(int rate_hz, std::span<const std::int16_t> samples) {
  if (from_rate_hz_ == 0) {
    resampler_ = FRAMEGEN_TRY(Resampler::create(rate_hz, into_.rate_hz));
    from_rate_hz_ = rate_hz;
  }
  floats_.resize(samples.size());
  std::transform(samples.begin(), samples.end(), floats_.begin(),
                 [](std::int16_t sample) { return static_cast<float>(sample) / 32768.0F; });
  FRAMEGEN_TRY(resampler_->push(floats_, resampled_));
  std::unique_lock lock(mutex_);
  return hand_on(lock);
}

// What is resampled goes into the session, and waits where that is full.
Status LiveVoice::hand_on(std::unique_lock<std::mutex>& lock) {
  const auto most = static_cast<std::size_t>(into_.rate_hz) * kPieceMs / 1000;
  for (std::size_t at = 0; at < resampled_.size();) {
    if (stop_) return cancelled();
    const std::size_t size = std::min(most, resampled_.size() - at);
    samples_.resize(size);
    for (std::size_t i = 0; i < size; ++i)
      samples_[i] =
          static_cast<std::int16_t>(std::clamp(std::lround(resampled_[at + i] * 32768.0F), -32768L, 32767L));
    if (FRAMEGEN_TRY(into_.push(samples_))) {
      at += size;
    } else {
      changed_.wait_for(lock, kRoomRetry);
    }
  }
  resampled_.clear();
  return {};
}

}  // namespace framegen::server
