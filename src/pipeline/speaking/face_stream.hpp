// face_stream.hpp: 16 kHz speech in, finished face boxes out, in order, made by the engine's workers.
#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "audio/resampler.hpp"
#include "avatar/template_loop.hpp"
#include "core/frame_rate.hpp"
#include "framegen/session.hpp"
#include "pipeline/speaking/finished_face.hpp"
#include "pipeline/speaking/prepared_frames.hpp"
#include "pipeline/speaking/sample_fifo.hpp"
#include "pipeline/speaking/speaker.hpp"
#include "pipeline/speaking/worker_pool.hpp"

namespace framegen {

// A longer wait would pass the end of the clock when it is added to now.
inline constexpr std::chrono::milliseconds kLongestWait = std::chrono::hours(24 * 365);

//   push ─► fifo ─► [mel → audio encoder → windows] ─► ring of slots ─► [generator → paste] ─► pull
//                    one worker at a time               capacity frames   any number of workers
class FaceStream final : public WorkSource {
 public:
  struct Options {
    TemplateLoop loop;  // frame n stands at place n of it, unless place_next() says otherwise
    std::int64_t first_frame = 0;
    std::int64_t expected_frames = 0;  // SessionOptions'
    int max_buffer_ms = 30000;
    int batch = 0;   // faces per piece; 0: what suits the backend
    int ahead = -1;  // as Speaker::make_window_stream's
    // Sound is looked at once there is this much of it: pieces of a frame's worth cost least, a few samples
    // is soonest.
    std::size_t least_step = kSpeechRateHz / kFramesPerSecond;
  };
  // Registers itself with the pool; `speaker` and `pool` outlive it.
  static Result<std::unique_ptr<FaceStream>> create(WorkerPool& pool, const Speaker& speaker,
                                                    const Options& options);
  ~FaceStream() override;

  // As Session's. Samples are finite (the caller checked).
  Result<bool> push(std::span<const float> samples_16k);
  // `tail` is the end of the speech, taken even when full.
  Status finish(std::span<const float> tail);
  std::optional<std::int64_t> frames_all() const;
  bool padded() const;
  // `until_starving`: waits no longer than until more speech must be pushed.
  Result<Pulled> pull(FinishedFace& face, std::chrono::milliseconds wait, bool until_starving);
  SessionStats stats() const;

  // For live speech, segment after segment through one stream; never while another thread is in pull(), but
  // for abandon(). Gives up what is under way: pull() gives nothing any more.
  void abandon();
  // Ready for another segment, whose frame 0 stands at `place`. Where faces are still being made: false, and
  // nothing has happened but an abandon().
  bool restart(std::int64_t place);
  // Waits, negative: without end, until restart() would succeed. After an abandon().
  bool wait_at_rest(std::chrono::milliseconds wait);
  // The next face will stand at `place`. False where it is being made already: it has its place then.
  bool place_next(std::int64_t place);

  std::int64_t slack() const override;
  bool claim(int worker, Piece& piece) override;
  void run(int worker, const Piece& piece) noexcept override;
  void complete(int worker, const Piece& piece) override;

 private:
  enum Kind { kWindows, kFaces };
  struct Slot {
    AlignedBuffer<float> window;
    AlignedBuffer<std::uint8_t> face;  // the generator's face, BGR
    Image area;
    int template_frame = 0;
    std::int64_t place = 0;
    std::shared_ptr<const PreparedFrame> prepared;
    bool seen_again = true;
    bool done = false;
  };

  FaceStream(WorkerPool& pool, const Speaker& speaker, const Options& options, AudioWindowStream windows);
  std::size_t take_step();
  Slot& slot(std::int64_t frame) {
    return slots_[static_cast<std::size_t>(frame % static_cast<std::int64_t>(slots_.size()))];
  }
  std::int64_t capacity() const { return static_cast<std::int64_t>(slots_.size()); }
  bool windows_claimable() const;
  int faces_claimable() const;
  Status make_windows();
  Status make_faces(int worker, const Piece& piece);
  Status prepare(const Piece& piece);
  Status generate(int worker, const Piece& piece);
  Status paste(int worker, const Piece& piece);
  bool starving() const;
  bool at_rest() const { return !making_windows_ && faces_out_ == 0; }
  int batch() const { return options_.batch > 0 ? options_.batch : speaker_.batch(); }
  ImageView face_view(const Slot& slot) const;
  void fail(Error error);
  // Negative: without end. Says whether the condition holds.
  template <class Condition>
  bool wait_for(std::unique_lock<std::mutex>& lock, std::chrono::milliseconds wait, const Condition& holds) {
    if (wait.count() >= 0) return pool_.changed().wait_for(lock, std::min(wait, kLongestWait), holds);
    pool_.changed().wait(lock, holds);
    return true;
  }

  WorkerPool& pool_;
  const Speaker& speaker_;
  Options options_;

  // Touched by the worker that holds the windows piece, and by nobody else.
  AudioWindowStream windows_;
  AlignedBuffer<float> step_;
  std::size_t step_size_ = 0;   // samples in step_
  std::size_t step_taken_ = 0;  // of them, already pushed into windows_
  bool step_is_last_ = false;
  bool windows_finished_ = false;
  int made_in_step_ = 0;
  bool ended_in_step_ = false;

  // Under the pool's mutex.
  SampleFifo fifo_;
  std::vector<float> tail_;  // comes after the fifo's
  std::size_t tail_taken_ = 0;
  std::vector<Slot> slots_;
  bool input_finished_ = false;
  bool making_windows_ = false;
  std::int64_t windows_ready_;  // frames < this have a window
  std::int64_t next_face_;      // frames < this were claimed
  std::int64_t pulled_;         // frames < this were given away
  bool holding_ = false;        // the last given frame's slot is still the caller's
  std::int64_t shift_ = 0;      // frame n stands at place n + shift_
  int faces_out_ = 0;           // pieces of faces under way
  bool abandoned_ = false;
  std::optional<std::int64_t> frames_all_;  // known once the last window is made
  bool padded_ = false;
  std::optional<Error> error_;

  struct Times {
    std::atomic<std::int64_t> features{0}, prepare{0}, generator{0}, paste{0};  // ns
  };
  mutable Times times_;
};

}  // namespace framegen
