// core.hpp: what is behind LiveSession: segments of sound through two face streams, one picture per
// pull.
#pragma once

#include <array>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <mutex>
#include <optional>
#include <vector>

#include "audio/resampler.hpp"
#include "core/frame_rate.hpp"
#include "framegen/live.hpp"
#include "pipeline/live/input.hpp"
#include "pipeline/live/picture.hpp"
#include "pipeline/speaking/engine_impl.hpp"
#include "pipeline/speaking/face_stream.hpp"

namespace framegen {

//   push ─► LiveInput ─► resampler ─► FaceStream of the front segment ─► LivePicture ─► pull
//               └──────────────── the same samples as sound ────────────────────────────┘
// Two streams take turns, so that an interrupted one can let go of its last faces while nobody waits for it.
// `mutex_` guards all but the streams (which have the pool's) and the picture (the pulling thread's own). It
// is never held while a face is waited for or a picture is made: push() and interrupt() wait for neither.
class LiveCore {
 public:
  static Result<std::unique_ptr<LiveCore>> create(std::shared_ptr<const Avatar> avatar,
                                                  const LiveOptions& options);

  Status speak(std::span<const std::int16_t> samples);
  Result<bool> push(std::span<const std::int16_t> samples);
  Status flush();
  void interrupt();
  Status finish();
  Result<LivePulled> pull(LiveOutput& out, std::chrono::milliseconds wait);
  LiveStats stats() const;
  int samples_per_frame() const { return samples_per_frame_; }
  int look_ahead_ms() const;

 private:
  using Clock = std::chrono::steady_clock;
  LiveCore(std::shared_ptr<const Avatar> avatar, const LiveOptions& options);
  Status make_streams();
  FaceStream& stream() { return *streams_[current_]; }

  Error too_late(const char* function) const;
  void changed();
  void move_in();
  Result<bool> begin_front();
  Status feed();
  // One pull() under way, on the pulling thread.
  struct Pulling {
    LiveOutput& out;
    std::optional<Clock::time_point> deadline;
    std::unique_lock<std::mutex> lock;
    // What is left of the wait; negative: without end.
    std::chrono::milliseconds wait() const;
  };
  Result<std::optional<LivePulled>> step(Pulling& pulling);
  Result<std::optional<LivePulled>> wait_for_stream(Pulling& pulling);
  Result<std::optional<LivePulled>> nobody_speaks(Pulling& pulling);
  Result<std::optional<LivePulled>> rest_of_segment(Pulling& pulling);
  bool wait_for_input(Pulling& pulling);
  template <class Make>
  Status make_picture(Pulling& pulling, const Make& make);
  Result<LivePulled> give_speech(Pulling& pulling, const FinishedFace& face);
  Result<LivePulled> give_idle(Pulling& pulling, bool in_segment);
  LivePulled give_end(LiveOutput& out);
  void give_sound(LiveOutput& out, bool of_segment);
  bool silent();

  std::shared_ptr<const Avatar> avatar_;
  LiveOptions options_;
  int samples_per_frame_;
  double gate_power_ = 0;  // mean square below which sound is silence; 0: no gate
  const Speaker& speaker_;
  TemplateLoop loop_;

  mutable std::mutex mutex_;
  std::condition_variable changed_;  // input came, or an interrupt
  LiveInput input_;
  // What speak() was given, as far as the input has had no room for it yet; each is a segment of its own.
  struct Utterance {
    std::vector<std::int16_t> samples;
    std::size_t moved = 0;
  };
  std::deque<Utterance> utterances_;
  bool finished_ = false;
  std::optional<Error> error_;
  std::uint64_t changes_ = 0;     // of the input
  std::uint64_t interrupts_ = 0;  // so that a pull notices what happened while it waited

  std::array<std::unique_ptr<FaceStream>, 2> streams_;
  std::size_t current_ = 0;
  std::optional<std::size_t> pulled_from_;  // the stream that the pulling thread is in or shows a face of
  bool active_ = false;                     // the current stream works for the front segment
  bool begun_ = false;                      // the front segment's first picture has been given
  bool ending_ = false;                     // the stream knows all of the segment's sound
  std::optional<Resampler> resampler_;      // none at 16 kHz
  std::vector<std::int16_t> block_;
  std::vector<float> as_float_, waiting_;  // waiting_: resampled, the stream was full

  LivePicture picture_;
  std::vector<std::int16_t> sound_;
  std::int64_t place_ = 0;                      // of the next picture in the template loop
  std::array<bool, 2> was_silent_{true, true};  // the last two speech pictures' sound
  LiveStats stats_;
};

}  // namespace framegen
