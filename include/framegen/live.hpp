// live.hpp: live speech: push sound, pull a picture and its sound every 40 ms, interrupt at any time.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <span>

#include "framegen/session.hpp"

namespace framegen {

// What pull() gives while nobody speaks.
enum class Idle {
  kLoop,  // the presenter's own template frames, untouched, with silence
  kNone   // nothing: kAgain. The end of a segment's sound still has its one or two idle pictures
};

struct LiveOptions {
  // Of the sound, in and out: 8000 … 48000 and divisible by 25. Default 16000
  int sample_rate_hz = 16000;
  PixelFormat format = PixelFormat::kBgr;  // default kBgr
  Idle idle = Idle::kLoop;                 // default kLoop
  Blend blend = Blend::kReference;         // default kReference
  // Sound after a frame's own time that is waited for before its mouth is made: 173 … 453; −1: all that the
  // network can use. Less makes a microphone's answer quicker and the mouth less sure. Default −1
  int look_ahead_ms = -1;
  int max_buffer_ms = 30000;  // sound held before push() says "full", 1000 … 600000. Default 30000
  int cross_fade_frames = 4;  // between idle and speech, inside the face box, 0 … 25. Default 4
  // The mouth rests where the sound is quieter than this for 240 ms, −90 … 0; 0: never. Only avatars with a
  // closed-mouth range (AvatarInfo::idle) can. Default 0
  int silence_gate_db = 0;
};

enum class LivePulled {
  kIdle,        // a picture of the presenter at rest
  kSpeech,      // a picture of the presenter speaking
  kSegmentEnd,  // no picture: a segment is over
  kAgain,       // nothing (Idle::kNone alone)
  kFinished     // finish() was called and everything has been pulled
};

// Valid until the next pull on the same session; the picture as long as a copy of frame.memory is held. Every
// picture owns samples_per_frame() samples of sound: played one after the other they are in sync by
// construction.
struct LiveOutput {
  Frame frame;                // frame.index counts this session's pictures from 0
  std::uint32_t segment = 0;  // 1, 2, …; 0: none has begun
  std::int64_t pts_us = 0;    // index · 40,000
  std::span<const std::int16_t> sound;
  std::int64_t position_samples = 0;  // of the segment's own sound given out, this picture's included
  std::int64_t position_ms = 0;       // the same, rounded down
  bool interrupted = false;           // kSegmentEnd: by interrupt()
};

struct LiveStats {
  std::int64_t frames = 0;         // pictures pulled
  std::int64_t speech_frames = 0;  // of them, speaking
  std::int64_t late_frames = 0;    // idle pictures because a face was not ready in time
  std::int64_t hungry_frames = 0;  // idle pictures inside a segment because its sound was not there yet
  std::int64_t buffered_ms = 0;    // sound pushed and not yet pulled
};

// One presenter, live. One thread pushes, one pulls; interrupt() and stats() may come from any thread. There
// is no clock inside: who pulls every 40 ms is live, who pulls without waiting renders. A segment begins with
// the first sound and ends with flush() or interrupt(); its pictures are those that `render` makes of its
// sound, and every segment gets exactly one kSegmentEnd. The first N pictures of a segment speak
// (docs/reference.md §3); the last 17 to 80 ms of its sound come with the idle pictures after them. Sound
// that comes too slowly gives idle pictures with silence: the position stands still. Nothing is allocated per
// picture.
class FRAMEGEN_EXPORT LiveSession {
 public:
  // Errors: kBadUse (an option out of range, an avatar that has not 25 frames/s).
  static Result<LiveSession> create(std::shared_ptr<const Avatar> avatar, const LiveOptions& options = {});
  LiveSession(LiveSession&&) noexcept;
  LiveSession& operator=(LiveSession&&) noexcept;
  ~LiveSession();

  // A whole segment, however long, mono: copied, and taken as pulls make room. Segments wait in line; an
  // interrupt() forgets those of which nothing was taken yet, as if they had not been. Errors: kBadUse (after
  // finish()).
  Status speak(std::span<const std::int16_t> samples);
  // Mono. All or nothing: false means full and nothing was taken, pull first. Errors: kBadUse (after
  // finish(); more than max_buffer_ms at once).
  Result<bool> push(std::span<const std::int16_t> samples);
  // The segment is complete. Nothing pushed since the last one: no segment, nothing happens.
  Status flush();
  // Throws away all sound not yet pulled: the next pulls give one kSegmentEnd for each segment that was begun
  // or waiting, and then the presenter is idle.
  Status interrupt();
  // flush(), and no more segments: pull ends with kFinished.
  Status finish();
  // Waits at most `wait` for a face that is being made; negative: until it is there. Sound that has not come
  // is never waited for with Idle::kLoop. Errors: what went wrong inside, kBadAvatar for a broken template
  // frame; the session is over then.
  Result<LivePulled> pull(LiveOutput& out, std::chrono::milliseconds wait = std::chrono::milliseconds(-1));

  int samples_per_frame() const;
  int look_ahead_ms() const;  // that is waited for; at most 452.5, rounded up
  LiveStats stats() const;

 private:
  struct Impl;
  explicit LiveSession(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace framegen
