// spoken_text.hpp: a text that a voice speaks into a live session: lips move before all of it is spoken.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "framegen/live.hpp"
#include "voice/voice.hpp"

namespace framegen::app {

// The voice begins at once, on a thread of its own; its first sound waits for a session to go into.
class SpokenText {
 public:
  SpokenText(const voice::Voice& voice, std::string text);
  ~SpokenText();
  SpokenText(const SpokenText&) = delete;
  SpokenText& operator=(const SpokenText&) = delete;

  // Waits for the first sound. Errors: the voice's.
  Result<int> rate_hz();

  // Between the two the text is spoken into a session, which is finished with it.
  class Into {
   public:
    Into(SpokenText& text, LiveSession& session) : text_(text), session_(session) {}
    ~Into() { text_.stop(); }
    Into(const Into&) = delete;
    Into& operator=(const Into&) = delete;
    void begin() { text_.go_on(&session_); }
    // Waits for the end. Errors: the voice's.
    Status end();

   private:
    SpokenText& text_;
    LiveSession& session_;
  };

 private:
  void run();
  Status take(int rate_hz, std::span<const std::int16_t> samples);
  void go_on(LiveSession* session);
  void stop();

  const voice::Voice& voice_;
  std::string text_;
  std::atomic<bool> stop_{false};
  std::mutex mutex_;
  std::condition_variable changed_;
  int rate_hz_ = 0;
  LiveSession* session_ = nullptr;
  std::optional<Status> result_;  // when it is over
  std::thread thread_;
};

}  // namespace framegen::app
