// live_voice.hpp: texts that a live session is to say, one after the other, on a thread of their own.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "audio/resampler.hpp"
#include "voice/voice.hpp"

namespace framegen::server {

class LiveVoice {
 public:
  static constexpr std::size_t kMostWaiting = 16;
  static constexpr std::size_t kLongestText = 8000;  // bytes

  // What is said becomes sound of a session. Called with the voice's mutex held, from its thread.
  struct Into {
    int rate_hz = 0;
    std::function<Result<bool>(std::span<const std::int16_t>)> push;  // false: full
    std::function<void()> flush;
    std::function<void()> finish;
    std::function<void(const Error&)> failed;  // a text was not said, or not to its end
  };

  LiveVoice(std::shared_ptr<const voice::Voice> voice, Into into)
      : voice_(std::move(voice)), into_(std::move(into)) {}
  ~LiveVoice();  // stops at once
  LiveVoice(const LiveVoice&) = delete;
  LiveVoice& operator=(const LiveVoice&) = delete;

  // Each text is a segment of its own. Errors: kBadUse (too long a text, too many waiting), kInternal (no
  // thread can be started).
  Status say(std::string text, std::string voice);
  // Something is being said, or waits to be.
  bool busy() const;
  // Forgets what waits and ends what is being said: when it returns, nothing of it will be pushed any more.
  void cancel();
  // Calls finish() after all that waits. False: nothing waits.
  bool finish_when_said();

 private:
  struct Text {
    std::string text, voice;
  };
  void run();
  void say_next(const Text& text);
  Status take(int rate_hz, std::span<const std::int16_t> samples);
  Status hand_on(std::unique_lock<std::mutex>& lock);

  std::shared_ptr<const voice::Voice> voice_;
  Into into_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Text> waiting_;
  bool saying_ = false, finish_ = false, over_ = false;
  std::atomic<bool> stop_{false};  // of the text that is being said
  std::thread thread_;
  // Of the thread alone:
  std::optional<Resampler> resampler_;
  int from_rate_hz_ = 0;
  std::vector<float> floats_, resampled_;
  std::vector<std::int16_t> samples_;
};

}  // namespace framegen::server
