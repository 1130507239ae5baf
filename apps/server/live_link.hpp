// live_link.hpp: a live session with a clock: its own thread pulls 25 times a second and hands messages on.
#pragma once

#include <array>
#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <thread>

#include "live_voice.hpp"
#include "pictures/picture_encoder.hpp"
#include "protocol.hpp"
#include "state.hpp"

namespace framegen::server {

class LiveLink {
 public:
  // Called on the link's thread; `text` on the voice's, and on who interrupts, too.
  struct Ways {
    std::function<void(std::string)> text;
    std::function<void(std::vector<std::uint8_t>)> media;
    std::function<void()> ended;  // the last call
    // Bytes handed on and not yet sent.
    std::function<std::size_t()> waiting_bytes;
  };

  // Errors: kBadUse (no such avatar, an option out of range), kInternal (no thread can be started).
  static Result<std::unique_ptr<LiveLink>> start(State& state, const Start& start, Ways ways);
  ~LiveLink();  // stops at once

  // s16le samples as they came, channels interleaved. False: full, try again later. Errors: kBadUse.
  Result<bool> push(std::span<const std::uint8_t> bytes);
  // The text is a segment of its own, after what was pushed before. Errors: kBadUse (there is no voice, and
  // LiveVoice::say's).
  Status say(Say say);
  Status flush();
  // Answered by a text that says which segments are over. Of what comes behind it, pictures refer to none
  // before it.
  Status interrupt();
  // What was pushed and what is to be said is still spoken, then `ended` is called.
  Status finish();
  // From any thread: the next picture refers to none before it; what pictures may take from the next one on.
  void want_key() { key_wanted_ = true; }
  void set_rate(int bits_per_second) { bits_per_second_ = bits_per_second; }
  std::string ready(const std::string& watched_as = {}) const {
    return ready_message(avatar_->info(), session_, start_.live, watched_as);
  }

 private:
  using Clock = std::chrono::steady_clock;
  LiveLink(State& state, std::shared_ptr<const Avatar> avatar, const Start& start, LiveSession session,
           std::unique_ptr<PictureEncoder> encoder, Ways ways);
  enum class Next { kWhenDue, kAtOnce, kNothing };
  void run() noexcept;
  Status speak();
  LiveVoice::Into into_session();
  Result<bool> take(std::span<const std::int16_t> samples);
  Status end_segment();
  bool sleep_until(Clock::time_point due);
  Result<Next> one_pull();
  void tell_end(const LiveOutput& out);
  Status give(const LiveOutput& out, bool speech, Clock::time_point started);
  void give_stats();

  State& state_;
  std::shared_ptr<const Avatar> avatar_;
  Start start_;
  LiveSession session_;
  Ways ways_;
  std::unique_ptr<PictureEncoder> encoder_;
  std::size_t most_waiting_;  // bytes; beyond it pictures are dropped
  std::atomic<bool> key_wanted_{false};
  std::atomic<int> bits_per_second_{0};  // 0: nothing was said, or it was taken up

  std::vector<std::int16_t> samples_;
  std::uint32_t segment_ = 0;  // whose start was told
  std::int64_t position_ = 0;  // in it, samples given out
  std::int64_t dropped_ = 0, late_ = 0;
  std::array<double, 64> frame_ms_{};
  std::size_t frames_ = 0;
  bool resting_ = false;  // the last picture was an idle one, of no segment
  Clock::time_point next_stats_;

  std::mutex begun_mutex_;
  bool open_ = false;        // the last segment that was begun has no end yet
  std::uint32_t begun_ = 0;  // segments, by what was pushed

  std::mutex mutex_;
  std::condition_variable stop_changed_;
  bool stop_ = false;
  std::thread thread_;
  std::unique_ptr<LiveVoice> voice_;  // null: this server has none
};

}  // namespace framegen::server
