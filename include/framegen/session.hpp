// session.hpp: push speech, pull pictures.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "framegen/avatar.hpp"
#include "framegen/image.hpp"

namespace framegen {

enum class PixelFormat {
  kBgr,   // 8-bit B,G,R interleaved
  kI420,  // planar 8-bit Y, then U and V of half its size, BT.709 limited range: what video encoders take
  kBgrAndI420
};

// How a finished face meets its template frame.
enum class Blend {
  kReference,  // pasted over the face box, as the reference does (docs/reference.md §7)
  kFeather     // the same, mixed with the template's pixels towards the box's edges: no seam
};

struct SessionOptions {
  int sample_rate_hz = 16000;              // of the pushed sound, 8,000 … 192,000. Default 16000
  PixelFormat format = PixelFormat::kBgr;  // default kBgr
  int start_frame = 0;           // first template frame of the loop, 0 … template_frames−1. Default 0
  std::int64_t first_frame = 0;  // output frames before this one are left out, not made; 0 … 10⁹. Default 0
  int max_buffer_ms = 30000;     // sound held before push() says "full", 1,000 … 3,600,000. Default 30000
  Blend blend = Blend::kReference;  // default kReference
  // Of the whole speech, where that is known and the avatar is not for other speech too: of template frames
  // that it shows once nothing is kept. 0: not known, what fits is kept. Default 0
  std::int64_t expected_frames = 0;
};

enum class Pulled {
  kFrame,    // `frame` is the next picture
  kAgain,    // none yet: push more speech, or wait longer
  kFinished  // finish() was called and every picture has been pulled
};

// Valid until the next pull on the same session, or as long as a copy of `memory` is held.
struct Frame {
  std::int64_t index = 0;  // 0, 1, … at the avatar's frame rate
  int template_frame = 0;
  int width = 0;  // of the picture, pixels
  int height = 0;
  Rectangle box;           // the face box: outside it the picture is the template's
  bool untouched = false;  // inside it too: nobody speaks
  ImageView bgr;           // empty with kI420
  std::array<const std::uint8_t*, 3>
      planes{};  // Y, U, V; null with kBgr. An odd picture's last column and row are
  std::array<std::ptrdiff_t, 3>
      plane_strides{};  // repeated, so that Y is of even size and U and V of half of that
  // Keeps the pixels: nothing is written over them while a copy of it is held, also after the session's end.
  // pull() lets go of the one that it is given.
  std::shared_ptr<const void> memory;
};

// Where the time went, summed over all threads, in seconds.
struct SessionStats {
  std::int64_t frames = 0;
  double features_s = 0;  // mel spectrogram and audio encoder
  double prepare_s = 0;   // template frames: decode, crop, convert
  double generator_s = 0;
  double paste_s = 0;    // face → face box
  double compose_s = 0;  // face box → picture
};

// One presenter speaking. One thread may push while another pulls; many sessions may share one avatar.
//
// Either speak(), once, and pull until kFinished: pull() takes the speech as it has room for it. Or push()
// pieces as they come and pull in between, and finish().
class FRAMEGEN_EXPORT Session {
 public:
  // Fills `samples` from the front and says how many it filled; 0: the speech is over. Called by pull(), on
  // its thread, which waits for it. Its errors become pull()'s.
  using Source = std::function<Result<std::size_t>(std::span<float> samples)>;

  // Errors: kBadUse (an option out of range).
  static Result<Session> create(std::shared_ptr<const Avatar> avatar, const SessionOptions& options = {});
  Session(Session&&) noexcept;
  Session& operator=(Session&&) noexcept;
  ~Session();  // gives up what is unfinished

  // The whole speech, however long, mono, full scale ±1; push() and finish() are not needed then. Errors:
  // kBadUse (after speak(), push() or finish()), kBadInput (NaN, infinite or absurdly large samples).
  Status speak(std::vector<float> samples);
  Status speak(std::vector<std::int16_t> samples);
  Status speak(Source source);

  // Mono, full scale ±1. All or nothing: false means full and nothing was taken, pull first.
  // Errors: kBadInput (as above), kBadUse (after speak() or finish(); more than max_buffer_ms at once).
  Result<bool> push(std::span<const float> samples);
  Result<bool> push(std::span<const std::int16_t> samples);
  // No more speech: the last pictures can be made. Shorter speech than 3,000 samples is padded with silence.
  Status finish();
  // Waits at most `wait` for the next picture; a negative wait: until it is there or more must be pushed.
  // Errors: what went wrong inside, kBadAvatar for a broken template frame; the session is over then.
  Result<Pulled> pull(Frame& frame, std::chrono::milliseconds wait = std::chrono::milliseconds(-1));
  // How many frames the whole speech has, first_frame or not; known soon after finish().
  std::optional<std::int64_t> frames_all() const;
  // After finish(): the speech was shorter than 3,000 samples, and silence was added.
  bool padded() const;
  SessionStats stats() const;

 private:
  struct Impl;
  explicit Session(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace framegen
